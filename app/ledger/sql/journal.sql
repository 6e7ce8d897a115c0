-- name: share_rounds
-- Held to the end of the transaction: a seal, which locks the row for itself, waits for us.
select id, phase, epoch from rounds where id = any($1::uuid[]) order by id for share;

-- name: lock_players
-- Serialises placements of players who have a loss limit, so that the sums below are exact.
select id from players where id = any($1::uuid[]) order by id for no key update;

-- name: net_losses_today
select asked.player_id,
       coalesce(sum(bets.stake - coalesce(bets.payout, 0)), 0)::bigint as net_loss
from unnest($1::uuid[], $2::text[]) as asked (player_id, currency)
left join bets on bets.player_id = asked.player_id
    and bets.currency = asked.currency
    and bets.placed_at >= date_trunc('day', now(), 'UTC')
    and bets.status not in ('REJECTED', 'ROLLBACK_PENDING', 'ROLLED_BACK', 'ROLLBACK_PARKED')
group by asked.player_id;

-- name: lock_exposures
insert into exposures (round_id, operator_id, currency, liability)
select * from unnest($1::uuid[], $2::uuid[], $3::text[]) as x (round_id, operator_id, currency)
    cross join (values (0::bigint)) as zero (liability)
order by 1, 2, 3
on conflict (round_id, operator_id, currency)
    do update set liability = exposures.liability
returning round_id, operator_id, currency, liability;

-- name: add_exposures
update exposures set liability = exposures.liability + x.liability
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[])
    as x (round_id, operator_id, currency, liability)
where exposures.round_id = x.round_id
    and exposures.operator_id = x.operator_id
    and exposures.currency = x.currency;

-- name: insert_bets
insert into bets (id, round_id, operator_id, player_id, session_id, slot, ref, currency, stake,
                  auto, exit_at, status, client_seed, leaf_salt)
select id, round_id, operator_id, player_id, session_id, slot, ref, currency, stake,
       auto, exit_at, 'DEBIT_PENDING', client_seed, leaf_salt
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[],
            $7::text[], $8::text[], $9::bigint[], $10::integer[], $11::integer[], $12::text[],
            $13::text[])
    as x (id, round_id, operator_id, player_id, session_id, slot, ref, currency, stake,
          auto, exit_at, client_seed, leaf_salt)
order by player_id, slot
on conflict do nothing
returning id;

-- name: bets_by_ref
select bets.id, bets.player_id, bets.ref, bets.round_id, bets.slot, bets.stake, bets.auto,
       bets.exit_at, bets.status
from unnest($1::uuid[], $2::text[]) as x (player_id, ref)
join bets on bets.player_id = x.player_id and bets.ref = x.ref;

-- name: insert_ops
insert into ops (id, bet_id, operator_id, seq, kind, transaction_id, original_transaction_id,
                 amount, currency, status, attempts, next_at, lease_until)
select id, bet_id, operator_id, seq, kind, transaction_id, original_transaction_id,
       amount, currency, status, case when status = 'sending' then 1 else 0 end, now(),
       case when status = 'sending' then now() + make_interval(secs => lease_s) end
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::text[],
            $7::text[], $8::bigint[], $9::text[], $10::text[], $11::float8[])
    as x (id, bet_id, operator_id, seq, kind, transaction_id, original_transaction_id,
          amount, currency, status, lease_s);

-- name: drop_queued
delete from queued_bets using unnest($1::uuid[], $2::smallint[], $3::text[]) as x (p, s, r)
where player_id = x.p and slot = x.s and ref = x.r;

-- name: finish_debits
update ops set status = x.status, last_reason = x.reason, balance_after = x.balance,
               body_sha256 = x.body_sha256, lease_until = null, done_at = now()
from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bytea[])
    as x (id, status, reason, balance, body_sha256)
where ops.id = x.id and ops.kind = 'debit' and ops.status = 'sending'
returning ops.id;

-- name: move_bets
-- The outcome of a debit. Which move is legal is the trigger's business.
update bets set status = x.status, refusal_code = x.code, refusal_message = x.message,
                ended_at = case when x.status = 'REJECTED' then now() end
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as x (id, status, code, message)
where bets.id = x.id;

-- name: bet_states
select id, status from bets where id = any($1::uuid[]);

-- name: remember_balances
update sessions set balance = x.balance
from unnest($1::uuid[], $2::bigint[]) as x (id, balance)
where sessions.id = x.id and sessions.balance is distinct from x.balance;

-- name: cancel_bets
update bets set status = 'ROLLBACK_PENDING'
where id = any($1::uuid[]) and status = 'ACCEPTED'
returning id;

-- name: cash_out_bets
update bets set status = 'CREDIT_PENDING', cashout_multiplier = x.multiplier,
                cashout_elapsed_ms = x.elapsed_ms, payout = x.payout
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::integer[], $5::bigint[])
    as x (id, round_id, multiplier, elapsed_ms, payout)
where bets.id = x.id and bets.round_id = x.round_id and bets.status = 'ACCEPTED'
returning bets.id;

-- name: cashed_out
select id, cashout_multiplier, payout from bets
where id = any($1::uuid[]) and cashout_multiplier is not null;

-- name: finish_ops
-- `attempt` keeps out a writer whose lease lapsed and whose op somebody else holds by now.
update ops set status = x.status, last_reason = x.reason, balance_after = x.balance,
               body_sha256 = coalesce(ops.body_sha256, x.body_sha256), lease_until = null,
               next_at = now() + make_interval(secs => x.retry_s),
               done_at = case when x.status = 'done' then now() end
from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::bytea[],
            $7::float8[]) as x (id, attempt, status, reason, balance, body_sha256, retry_s)
where ops.id = x.id and ops.status = 'sending' and ops.attempts = x.attempt
returning ops.id;

-- name: finished_before
select ops.id from unnest($1::uuid[], $2::integer[], $3::text[]) as x (id, attempt, status)
join ops on ops.id = x.id and ops.attempts = x.attempt and ops.status = x.status
where x.status <> 'due';

-- name: end_bets
update bets set status = x.status, ended_at = now()
from unnest($1::uuid[], $2::text[]) as x (id, status)
where bets.id = x.id and bets.status <> x.status;

-- name: release_waiting
-- The next op of each bet whose earlier ones are all acknowledged.
update ops set status = 'due', next_at = now()
where status = 'waiting' and bet_id = any($1::uuid[])
    and seq = (select min(later.seq) from ops as later
               where later.bet_id = ops.bet_id and later.status = 'waiting')
    and not exists (select from ops as earlier
                    where earlier.bet_id = ops.bet_id and earlier.seq < ops.seq
                        and earlier.status in ('due', 'sending', 'parked'));
