-- name: round_by_id
select rounds.id as round, rounds.table_id as table, rounds.phase, rounds.nonce,
       rounds.server_seed_hash, rounds.server_seed, chains.public_salt, rounds.client_seed,
       rounds.bets_root, chains.rules_hash, game_tables.rtp_bps, game_tables.cap,
       game_tables.growth, rounds.crash, rounds.started_at
from rounds
join chains on chains.id = rounds.chain_id
join game_tables on game_tables.id = rounds.table_id
where rounds.id = $1;

-- name: bet_of_operator
select id, round_id, status, cashout_multiplier, payout from bets
where id = $1 and operator_id = $2;

-- name: sealed_leaves
select bets.id, operator_id, player_id, session_id, slot, ref, currency, stake, auto, exit_at,
       bets.client_seed, leaf_salt
from rounds
cross join unnest(rounds.sealed_bets) with ordinality as sealed (bet, position)
join bets on bets.id = sealed.bet
where rounds.id = $1
order by sealed.position;
