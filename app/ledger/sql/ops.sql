-- name: claim_due
with picked as (
    select id from ops
    where status = 'due' and next_at <= now()
    order by next_at
    limit $1
    for update skip locked
)
update ops set status = 'sending', attempts = ops.attempts + 1,
               lease_until = now() + make_interval(secs => $2)
from picked, bets, players, sessions
where ops.id = picked.id and bets.id = ops.bet_id and players.id = bets.player_id
    and sessions.id = bets.session_id
returning ops.id, ops.kind, ops.transaction_id, ops.original_transaction_id, ops.amount,
          ops.currency, ops.attempts as attempt, ops.body_sha256, ops.operator_id,
          bets.id as bet, bets.stake, bets.cashout_multiplier as multiplier,
          bets.payout, bets.slot, bets.ref, bets.player_id, bets.session_id as session,
          players.external_id as player, sessions.title, sessions.table_id;

-- name: requeue_lapsed
-- Whoever held these is gone; sending them again is harmless, their ids never change.
update ops set status = 'due', lease_until = null, next_at = now()
where status = 'sending' and lease_until < now() and kind <> 'debit';

-- name: lapsed_debits
-- A debit whose sender is gone: nobody knows whether it left.
select ops.id as op, ops.transaction_id, bets.id as bet, bets.round_id as round,
       bets.operator_id as operator, bets.session_id as session, bets.currency,
       bets.stake as amount, bets.exit_at, bets.player_id, bets.slot, bets.ref,
       rounds.table_id, operators.dialect
from ops join bets on bets.id = ops.bet_id join rounds on rounds.id = bets.round_id
    join operators on operators.id = bets.operator_id
where ops.status = 'sending' and ops.lease_until < now() and ops.kind = 'debit'
order by ops.lease_until limit 500;

-- name: next_due_s
select extract(epoch from min(next_at) - now())::float8 as seconds from ops where status = 'due';

-- name: open_ops
select kind, status, count(*) as count, min(created_at) as oldest from ops
where status in ('waiting', 'due', 'sending', 'parked') group by 1, 2 order by 1, 2;
