-- Who plays where: operators, their players and sessions, and the tables' seed chains.

create table operators (
    id             uuid primary key,
    slug           text not null unique,
    name           text not null,
    dialect        text not null,
    wallet_url     text not null,
    currencies     text[] not null check (cardinality(currencies) > 0),
    rtp_bps        integer not null check (rtp_bps between 5000 and 10000),
    cap            integer not null check (cap > 101),
    ggr_share_bps  integer not null check (ggr_share_bps between 0 and 10000),
    is_sandbox     boolean not null,
    active         boolean not null default true,
    limits         jsonb not null default '{}',
    created_at     timestamptz not null default now()
);

-- Keys are hashed, secrets sealed; more than one row is valid during a rotation.
create table operator_credentials (
    id              uuid primary key,
    operator_id     uuid not null references operators,
    api_key_sha256  bytea not null,
    sealed_secrets  bytea not null,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz
);
create index operator_credentials_by_operator on operator_credentials (operator_id, created_at desc);

create table players (
    id           uuid primary key,
    operator_id  uuid not null references operators,
    external_id  text not null,
    created_at   timestamptz not null default now(),
    constraint players_external_id unique (operator_id, external_id)
);

-- A running sequence of rounds. `epoch` is issued to one runner at a time: every write of a round
-- carries it, and a stale one changes nothing.
create table game_tables (
    id          text primary key,
    title       text not null,
    rtp_bps     integer not null,
    cap         integer not null,
    growth      integer not null,
    realm       text not null check (realm in ('live', 'sandbox', 'demo')),
    epoch       bigint not null default 0,
    created_at  timestamptz not null default now(),
    constraint game_tables_settings unique (title, rtp_bps, cap, growth, realm)
);

-- `sealed_checkpoints` is the only place where unrevealed seeds are stored, encrypted.
create table chains (
    id                  uuid primary key,
    table_id            text not null references game_tables,
    s0                  text not null unique,
    length              integer not null check (length > 0),
    rules               text not null,
    rules_hash          text not null,
    salt_source         text not null,
    public_salt         text,
    sealed_checkpoints  bytea not null,
    next_nonce          integer not null default 1 check (next_nonce between 1 and length + 1),
    committed_at        timestamptz not null default now()
);
create index chains_by_table on chains (table_id, committed_at);

create table sessions (
    id                   uuid primary key,
    operator_id          uuid not null references operators,
    player_id            uuid not null references players,
    table_id             text not null references game_tables,
    title                text not null,
    currency             text not null,
    lang                 text not null,
    country              text,
    return_url           text,
    launch_token_sha256  bytea not null,
    balance              bigint,
    client_seed          text,
    created_at           timestamptz not null default now(),
    expires_at           timestamptz not null,
    revoked_at           timestamptz,
    constraint sessions_launch_token unique (launch_token_sha256)
);
