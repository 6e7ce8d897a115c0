-- name: queue_bet
insert into queued_bets (player_id, slot, session_id, ref, stake, auto)
values ($1, $2, $3, $4, $5, $6)
on conflict (player_id, slot) do update
    set session_id = excluded.session_id, ref = excluded.ref, stake = excluded.stake,
        auto = excluded.auto, queued_at = now();

-- name: queued
select player_id, slot, session_id, ref, stake, auto from queued_bets where player_id = $1
order by slot;

-- name: queued_for_sessions
select player_id, slot, session_id, ref, stake, auto from queued_bets
where session_id = any($1::uuid[]) order by queued_at;

-- name: unqueue
delete from queued_bets where player_id = $1 and slot = $2 returning ref, stake, auto;

-- name: unqueue_session
delete from queued_bets where session_id = $1;

-- name: bets_in_round
select bets.id, ref, slot, round_id, stake, auto, exit_at, status, cashout_multiplier, payout,
       currency
from bets where player_id = $1 and round_id = $2 order by id;

-- name: bet_by_ref
select bets.id, ref, slot, round_id, stake, auto, exit_at, status, cashout_multiplier, payout,
       currency
from bets where player_id = $1 and ref = $2;
