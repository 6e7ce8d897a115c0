-- name: ensure_table
insert into game_tables (id, title, rtp_bps, cap, growth, realm) values ($1, $2, $3, $4, $5, $6)
on conflict do nothing;

-- name: tables
select id, title, rtp_bps, cap, growth, realm from game_tables order by id;

-- name: current_chain
-- The oldest chain of the table with rounds left.
select id, s0, length, rules, rules_hash, salt_source, public_salt, sealed_checkpoints, next_nonce
from chains where table_id = $1 and next_nonce <= length order by committed_at limit 1;

-- name: chain
select id, s0, length, rules, rules_hash, salt_source, public_salt, sealed_checkpoints, next_nonce
from chains where id = $1;

-- name: chains
select id, table_id as table, s0, length, next_nonce, salt_source, public_salt from chains
order by committed_at;

-- name: insert_chain
insert into chains (id, table_id, s0, length, rules, rules_hash, salt_source, public_salt,
                    sealed_checkpoints)
values ($1, $2, $3, $4, $5, $6, $7, null, $8);

-- name: fix_salt
update chains set public_salt = $2 where id = $1 and public_salt is null returning id;
