-- name: take_table
-- A new runner: from here on every write of an older one is stale.
update game_tables set epoch = epoch + 1 where id = $1 returning epoch;

-- name: own_table
select 1 from game_tables where id = $1 and epoch = $2 for share;

-- name: unfinished_rounds
select rounds.id, rounds.chain_id, rounds.nonce, rounds.phase, rounds.client_seed
from rounds
where table_id = $1 and phase in ('betting', 'closing', 'locked', 'running')
order by opened_at;

-- name: adopt_round
update rounds set epoch = $2
from game_tables
where rounds.id = $1 and game_tables.id = rounds.table_id
    and game_tables.epoch = $2 and rounds.epoch <= $2
returning rounds.id;

-- name: shut_window
-- A round nobody can finish yet: it takes no more bets.
update rounds set phase = 'closing' where id = $1 and phase = 'betting';

-- name: use_nonce
update chains set next_nonce = next_nonce + 1 where id = $1 and next_nonce = $2 returning id;

-- name: open_round
insert into rounds (id, table_id, chain_id, nonce, epoch, phase, server_seed_hash, opened_at)
values ($1, $2, $3, $4, $5, 'betting', $6, now());

-- name: close_round
update rounds set phase = 'closing'
where id = $1 and epoch = $2 and phase = 'betting' returning id;

-- name: lock_round
select phase from rounds where id = $1 and epoch = $2 for update;

-- name: debits_in_flight
select count(*)::integer as pending from bets where round_id = $1 and status = 'DEBIT_PENDING';

-- name: accepted_bets
select id, operator_id, player_id, session_id, slot, ref, currency, stake, auto, exit_at,
       client_seed, leaf_salt
from bets where round_id = $1 and status = 'ACCEPTED' order by id;

-- name: seal_round
update rounds set phase = 'locked', sealed_bets = $2, bets_root = $3, client_seed = $4,
                  sealed_at = now()
where id = $1;

-- name: start_round
update rounds set phase = 'running', started_at = now()
where id = $1 and epoch = $2 and phase = 'locked' returning id;

-- name: lose_bets
update bets set status = 'LOST', payout = 0, ended_at = now()
where round_id = $1 and status = 'ACCEPTED'
returning id, operator_id,
          (select dialect from operators where operators.id = operator_id) as dialect,
          player_id, slot, ref, currency, stake;

-- name: crash_round
update rounds set phase = 'crashed', server_seed = $2, crash = $3, ended_at = now() where id = $1;

-- name: return_bets
update bets set status = 'ROLLBACK_PENDING'
where round_id = $1 and status = 'ACCEPTED'
returning id, operator_id,
          (select dialect from operators where operators.id = operator_id) as dialect,
          player_id, slot, ref, currency, stake;

-- name: void_round
update rounds set phase = 'void', server_seed = $2, client_seed = $3, crash = $4, void_reason = $5,
                  ended_at = now()
where id = $1;

-- name: history
select id as round, crash as m from rounds
where table_id = $1 and phase = 'crashed' order by opened_at desc limit $2;
