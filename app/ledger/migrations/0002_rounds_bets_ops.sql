-- Rounds, bets and the wallet ops they own. The constraints here are the money rules' last line of
-- defence: whatever the code above does, these rows cannot come to stand.

create table rounds (
    id                uuid primary key,
    table_id          text not null references game_tables,
    chain_id          uuid not null references chains,
    nonce             integer not null,
    epoch             bigint not null,
    phase             text not null
        check (phase in ('betting', 'closing', 'locked', 'running', 'crashed', 'void')),
    server_seed_hash  text not null,
    server_seed       text,
    client_seed       text,
    bets_root         text,
    sealed_bets       uuid[],
    crash             integer,
    void_reason       text,
    opened_at         timestamptz not null,
    sealed_at         timestamptz,
    started_at        timestamptz,
    ended_at          timestamptz,
    constraint rounds_nonce unique (chain_id, nonce),
    constraint rounds_seed_revealed_at_the_end
        check ((phase in ('crashed', 'void')) = (server_seed is not null)),
    constraint rounds_crash_revealed_at_the_end
        check ((phase in ('crashed', 'void')) = (crash is not null)),
    constraint rounds_sealed_before_running
        check (phase not in ('locked', 'running', 'crashed') or bets_root is not null)
);
create unique index rounds_one_live on rounds (table_id)
    where phase in ('betting', 'closing', 'locked', 'running');
create index rounds_history on rounds (table_id, opened_at desc);

create table bets (
    id                  uuid primary key,
    round_id            uuid not null references rounds,
    operator_id         uuid not null references operators,
    player_id           uuid not null references players,
    session_id          uuid not null references sessions,
    slot                smallint not null check (slot in (0, 1)),
    ref                 text not null,
    currency            text not null,
    stake               bigint not null check (stake > 0),
    auto                integer check (auto >= 101),
    exit_at             integer not null check (exit_at >= 101),
    status              text not null,
    client_seed         text,
    leaf_salt           text not null,
    cashout_multiplier  integer,
    cashout_elapsed_ms  integer,
    payout              bigint,
    refusal_code        text,
    refusal_message     text,
    placed_at           timestamptz not null default now(),
    ended_at            timestamptz,
    constraint bets_ref unique (player_id, ref),
    constraint bets_payout_exact check (
        payout is null
        or (payout = 0 and cashout_multiplier is null)
        or payout = div(stake::numeric * cashout_multiplier, 100)
    ),
    constraint bets_credit_has_payout check (
        (status in ('CREDIT_PENDING', 'CREDITED', 'CREDIT_PARKED'))
        = (cashout_multiplier is not null and payout is not null)
    ),
    constraint bets_exit_respected check (cashout_multiplier <= exit_at)
);
create unique index bets_live_slot on bets (round_id, player_id, slot)
    where status in
        ('DEBIT_PENDING', 'ACCEPTED', 'LOST', 'CREDIT_PENDING', 'CREDITED', 'CREDIT_PARKED');
create index bets_riding on bets (round_id) where status in ('DEBIT_PENDING', 'ACCEPTED');
create index bets_by_player on bets (player_id, placed_at desc);

-- engine/bet.py is the source of this list; a test holds the two together.
create function bets_check_transition() returns trigger language plpgsql as $$
begin
    if (old.status || '>' || new.status) not in (
        'DEBIT_PENDING>ACCEPTED', 'DEBIT_PENDING>REJECTED', 'DEBIT_PENDING>ROLLBACK_PENDING',
        'ACCEPTED>LOST', 'ACCEPTED>CREDIT_PENDING', 'ACCEPTED>ROLLBACK_PENDING',
        'CREDIT_PENDING>CREDITED', 'CREDIT_PENDING>CREDIT_PARKED',
        'CREDIT_PARKED>CREDIT_PENDING',
        'ROLLBACK_PENDING>ROLLED_BACK', 'ROLLBACK_PENDING>REJECTED',
        'ROLLBACK_PENDING>ROLLBACK_PARKED', 'ROLLBACK_PENDING>CONFLICT',
        'ROLLBACK_PARKED>ROLLBACK_PENDING'
    ) then
        raise exception 'bet % may not go from % to %', new.id, old.status, new.status
            using errcode = 'check_violation', constraint = 'bets_transition';
    end if;
    return new;
end $$;
create trigger bets_transition before update of status on bets
    for each row when (old.status is distinct from new.status)
    execute function bets_check_transition();

create function bets_check_birth() returns trigger language plpgsql as $$
begin
    if new.status <> 'DEBIT_PENDING' then
        raise exception 'bet % may not begin as %', new.id, new.status
            using errcode = 'check_violation', constraint = 'bets_transition';
    end if;
    return new;
end $$;
create trigger bets_birth before insert on bets
    for each row execute function bets_check_birth();

-- One call owed to a wallet. `waiting`: an earlier op of the bet is not acknowledged yet; `due`: to be
-- sent at `next_at`; `sending`: somebody holds it until `lease_until`; the rest are final, except
-- that `parked` can be made due again by a person.
create table ops (
    id                       uuid primary key,
    bet_id                   uuid not null references bets,
    operator_id              uuid not null references operators,
    seq                      smallint not null,
    kind                     text not null
        check (kind in ('debit', 'credit', 'rollback', 'close', 'record')),
    transaction_id           text not null,
    original_transaction_id  text,
    amount                   bigint not null check (amount >= 0),
    currency                 text not null,
    status                   text not null check (status in
        ('waiting', 'due', 'sending', 'done', 'declined', 'unknown', 'unsent', 'parked')),
    attempts                 integer not null default 0,
    next_at                  timestamptz not null,
    lease_until              timestamptz,
    body_sha256              bytea,
    last_reason              text,
    balance_after            bigint,
    created_at               timestamptz not null default now(),
    done_at                  timestamptz,
    constraint ops_sequence unique (bet_id, seq),
    constraint ops_transaction unique (operator_id, kind, transaction_id),
    constraint ops_lease check ((status = 'sending') = (lease_until is not null)),
    constraint ops_debit_first check ((kind = 'debit') = (seq = 1)),
    constraint ops_debit_never_repeated check (kind <> 'debit' or attempts <= 1)
);
-- Neither two credits, nor two rollbacks, nor one of each.
create unique index ops_one_way_out on ops (bet_id)
    where kind in ('credit', 'rollback') and amount > 0;
create index ops_due on ops (next_at) where status = 'due';
create index ops_leased on ops (lease_until) where status = 'sending';

-- The most one operator's bets of a round can pay, kept with every placement and withdrawal.
create table exposures (
    round_id     uuid not null references rounds,
    operator_id  uuid not null references operators,
    currency     text not null,
    liability    bigint not null check (liability >= 0),
    primary key (round_id, operator_id, currency)
);

-- Intents without money, taken when the next round opens while their session is connected.
create table queued_bets (
    player_id   uuid not null references players,
    slot        smallint not null check (slot in (0, 1)),
    session_id  uuid not null references sessions,
    ref         text not null,
    stake       bigint not null check (stake > 0),
    auto        integer check (auto >= 101),
    queued_at   timestamptz not null default now(),
    primary key (player_id, slot)
);
