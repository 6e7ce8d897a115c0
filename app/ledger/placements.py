"""Applying a batch of placements: one result a row, a refused row never harms its neighbours."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.ledger import exposures
from app.ledger.database import Connection
from app.ledger.entries import NotPlaced, PlaceBet, Placed
from app.ledger.op_rows import OwedOp, insert_ops
from app.ledger.queries import load
from engine.bet import BetState
from engine.round import Phase

_SQL = load("journal")

Result = Placed | NotPlaced


async def place(
    connection: Connection, entries: Sequence[PlaceBet], phases: Mapping[UUID, Phase]
) -> list[Result]:
    """At most one entry a player in a batch (their key says so), so sums need no ordering."""
    results = await _placed_before(connection, entries)
    left = [entry for entry in entries if entry.stake.bet not in results]
    for entry in left:
        if phases.get(entry.stake.round) is not Phase.BETTING:
            results[entry.stake.bet] = NotPlaced("betting_closed")
    left = [entry for entry in left if entry.stake.bet not in results]
    for entry in await _over_daily_loss(connection, left):
        results[entry.stake.bet] = NotPlaced("daily_loss_limit")
    left = [entry for entry in left if entry.stake.bet not in results]
    if left:
        fits = await exposures.fitting(connection, left)
        for entry in left:
            if entry.stake.bet not in fits:
                results[entry.stake.bet] = NotPlaced("exposure_limit")
        results |= await _insert(connection, [e for e in left if e.stake.bet in fits])
    return [results[entry.stake.bet] for entry in entries]


async def _placed_before(connection: Connection, entries: Sequence[PlaceBet]) -> dict[UUID, Result]:
    """A `ref` seen before: the bet it placed, or a refusal if it was for something else."""
    rows = await connection.fetch(
        _SQL["bets_by_ref"],
        [entry.player for entry in entries],
        [entry.ref for entry in entries],
    )
    earlier = {(row["player_id"], row["ref"]): row for row in rows}
    results: dict[UUID, Result] = {}
    for entry in entries:
        row = earlier.get((entry.player, entry.ref))
        if row is None:
            continue
        same = (row["slot"], row["stake"], row["auto"]) == (
            entry.slot,
            entry.stake.amount,
            entry.auto,
        )
        own = row["id"] == entry.stake.bet
        state = BetState(row["status"])
        # Written by this very entry, unless its lease has lapsed meanwhile and the stake goes back.
        fresh = own and state is BetState.DEBIT_PENDING
        results[entry.stake.bet] = (
            Placed(row["id"], state, fresh=fresh) if same else NotPlaced("ref_reused")
        )
    return results


async def _over_daily_loss(connection: Connection, entries: Sequence[PlaceBet]) -> list[PlaceBet]:
    limited = [entry for entry in entries if entry.max_daily_loss is not None]
    if not limited:
        return []
    await connection.fetch(_SQL["lock_players"], [entry.player for entry in limited])
    rows = await connection.fetch(
        _SQL["net_losses_today"],
        [entry.player for entry in limited],
        [entry.stake.currency for entry in limited],
    )
    lost = {row["player_id"]: row["net_loss"] for row in rows}
    return [
        entry
        for entry in limited
        if lost[entry.player] + entry.stake.amount > (entry.max_daily_loss or 0)
    ]


async def _insert(connection: Connection, entries: Sequence[PlaceBet]) -> dict[UUID, Result]:
    rows = await connection.fetch(
        _SQL["insert_bets"],
        [entry.stake.bet for entry in entries],
        [entry.stake.round for entry in entries],
        [entry.stake.operator for entry in entries],
        [entry.player for entry in entries],
        [entry.stake.session for entry in entries],
        [entry.slot for entry in entries],
        [entry.ref for entry in entries],
        [entry.stake.currency for entry in entries],
        [entry.stake.amount for entry in entries],
        [entry.auto for entry in entries],
        [entry.exit_at for entry in entries],
        [entry.client_seed for entry in entries],
        [entry.leaf_salt for entry in entries],
    )
    inserted = {row["id"] for row in rows}
    fresh = [entry for entry in entries if entry.stake.bet in inserted]
    await exposures.add(connection, [entry.stake for entry in fresh])
    await insert_ops(
        connection,
        [
            OwedOp(entry.debit, entry.stake.bet, entry.stake.operator, entry.stake.currency)
            for entry in fresh
        ],
    )
    await connection.execute(
        _SQL["drop_queued"],
        [entry.player for entry in fresh],
        [entry.slot for entry in fresh],
        [entry.ref for entry in fresh],
    )
    results: dict[UUID, Result] = {
        entry.stake.bet: Placed(entry.stake.bet, BetState.DEBIT_PENDING, fresh=True)
        for entry in fresh
    }
    refused = [entry for entry in entries if entry.stake.bet not in inserted]
    if refused:
        # Another process may have placed the same `ref` since we looked.
        results |= await _placed_before(connection, refused)
        for entry in refused:
            results.setdefault(entry.stake.bet, NotPlaced("slot_taken"))
    return results
