-- name: insert_operator
insert into operators (id, slug, name, dialect, wallet_url, currencies, rtp_bps, cap,
                       ggr_share_bps, is_sandbox, limits)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb);

-- name: insert_credentials
insert into operator_credentials (id, operator_id, api_key_sha256, sealed_secrets)
values ($1, $2, $3, $4);

-- name: operators
select id, slug, name, dialect, wallet_url, currencies, rtp_bps, cap, ggr_share_bps, is_sandbox,
       active, limits::text as limits
from operators order by created_at;

-- name: operator
select id, slug, name, dialect, wallet_url, currencies, rtp_bps, cap, ggr_share_bps, is_sandbox,
       active, limits::text as limits
from operators where id::text = $1 or slug = $1;

-- name: credentials
select operator_id, api_key_sha256, sealed_secrets from operator_credentials
where operator_id = $1 and (expires_at is null or expires_at > now())
order by created_at desc limit 4;

-- name: set_wallet_url
update operators set wallet_url = $2 where id = $1;

-- name: ensure_player
with fresh as (
    insert into players (id, operator_id, external_id) values ($1, $2, $3)
    on conflict do nothing returning id
)
select id from fresh
union all
select id from players where operator_id = $2 and external_id = $3
limit 1;

-- name: insert_session
insert into sessions (id, operator_id, player_id, table_id, title, currency, lang, country,
                      return_url, launch_token_sha256, balance, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: session_by_launch_token
select sessions.id, sessions.operator_id, sessions.player_id, players.external_id as player,
       sessions.table_id, sessions.title, sessions.currency, sessions.lang, sessions.return_url,
       sessions.balance, sessions.client_seed, sessions.expires_at, sessions.revoked_at
from sessions join players on players.id = sessions.player_id
where launch_token_sha256 = $1;

-- name: session_by_id
select sessions.id, sessions.operator_id, sessions.player_id, players.external_id as player,
       sessions.table_id, sessions.title, sessions.currency, sessions.lang, sessions.return_url,
       sessions.balance, sessions.client_seed, sessions.expires_at, sessions.revoked_at
from sessions join players on players.id = sessions.player_id
where sessions.id = $1;

-- name: set_client_seed
update sessions set client_seed = $2 where id = $1;
