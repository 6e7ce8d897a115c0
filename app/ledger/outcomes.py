"""Applying batches of outcomes: debits that came back, cancels, cash-outs, ops acknowledged."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.ledger import exposures
from app.ledger.database import Connection
from app.ledger.entries import CancelBet, CashOutBet, FinishDebit, FinishOp
from app.ledger.errors import StaleEpoch
from app.ledger.op_rows import OwedOp, insert_ops
from app.ledger.queries import load
from engine.bet import BetState
from engine.errors import InvariantError
from engine.round import Phase

_SQL = load("journal")

_OP_STATUS = {
    "accepted": "done",
    "declined": "declined",
    "unknown": "unknown",
    "unsent": "unsent",
}


async def finish_debits(
    connection: Connection, entries: Sequence[FinishDebit], phases: Mapping[UUID, Phase]
) -> list[BetState]:
    """An outcome counts once: whoever comes second is told the state the first one made."""
    rows = await connection.fetch(
        _SQL["finish_debits"],
        [entry.op for entry in entries],
        [_OP_STATUS[entry.outcome] for entry in entries],
        [entry.reason for entry in entries],
        [entry.balance for entry in entries],
        [entry.body_sha256 for entry in entries],
    )
    finished = {row["id"] for row in rows}
    first = [entry for entry in entries if entry.op in finished]
    states = {entry.stake.bet: _after_debit(entry, phases) for entry in first}
    await connection.execute(
        _SQL["move_bets"],
        list(states),
        list(states.values()),
        [entry.code for entry in first],
        [entry.message for entry in first],
    )
    returning = [e for e in first if states[e.stake.bet] is BetState.ROLLBACK_PENDING]
    await insert_ops(connection, [_owed_rollback(entry) for entry in returning])
    await exposures.withdraw(
        connection,
        [e.stake for e in first if states[e.stake.bet] is not BetState.ACCEPTED],
    )
    await _remember_balances(
        connection, [(e.stake.session, e.balance) for e in first if e.balance is not None]
    )
    late = [entry.stake.bet for entry in entries if entry.op not in finished]
    states |= await _states(connection, late)
    return [states[entry.stake.bet] for entry in entries]


def _after_debit(entry: FinishDebit, phases: Mapping[UUID, Phase]) -> BetState:
    if entry.outcome in ("declined", "unsent"):
        return BetState.REJECTED
    takes_bets = phases.get(entry.stake.round) in (Phase.BETTING, Phase.CLOSING)
    if entry.outcome == "accepted" and takes_bets:
        return BetState.ACCEPTED
    return BetState.ROLLBACK_PENDING


async def cancel(
    connection: Connection, entries: Sequence[CancelBet], phases: Mapping[UUID, Phase]
) -> list[BetState]:
    """Only while the window is open; a state other than ROLLBACK_PENDING says it came too late."""
    open_now = [entry for entry in entries if phases.get(entry.stake.round) is Phase.BETTING]
    rows = await connection.fetch(
        _SQL["cancel_bets"], sorted(entry.stake.bet for entry in open_now)
    )
    cancelled = {row["id"] for row in rows}
    taken_back = [entry for entry in open_now if entry.stake.bet in cancelled]
    await insert_ops(connection, [_owed_rollback(entry) for entry in taken_back])
    await exposures.withdraw(connection, [entry.stake for entry in taken_back])
    states = await _states(connection, [entry.stake.bet for entry in entries])
    return [states[entry.stake.bet] for entry in entries]


async def cash_out(
    connection: Connection,
    entries: Sequence[CashOutBet],
    phases: Mapping[UUID, Phase],
    epochs: Mapping[UUID, int],
) -> list[bool | Exception]:
    """The machine has decided; the ledger only checks that this machine still runs the table."""
    results: dict[UUID, bool | Exception] = {}
    valid = []
    for entry in entries:
        if epochs.get(entry.round) != entry.epoch or phases[entry.round] is not Phase.RUNNING:
            results[entry.bet] = StaleEpoch(f"round {entry.round} is not run by this process")
        else:
            valid.append(entry)
    rows = await connection.fetch(
        _SQL["cash_out_bets"],
        [entry.bet for entry in valid],
        [entry.round for entry in valid],
        [entry.multiplier for entry in valid],
        [entry.elapsed_ms for entry in valid],
        [entry.payout for entry in valid],
    )
    paid = {row["id"] for row in rows}
    await insert_ops(
        connection,
        [
            OwedOp(op, entry.bet, entry.operator, entry.currency)
            for entry in valid
            if entry.bet in paid
            for op in entry.ops
        ],
    )
    repeated = [entry for entry in valid if entry.bet not in paid]
    known = await connection.fetch(_SQL["cashed_out"], [entry.bet for entry in repeated])
    earlier = {row["id"]: (row["cashout_multiplier"], row["payout"]) for row in known}
    for entry in valid:
        same = earlier.get(entry.bet) == (entry.multiplier, entry.payout)
        results[entry.bet] = (
            True
            if entry.bet in paid or same
            else InvariantError(f"bet {entry.bet} was riding, yet the ledger has it otherwise")
        )
    return [results[entry.bet] for entry in entries]


async def finish_ops(connection: Connection, entries: Sequence[FinishOp]) -> list[bool]:
    """Acknowledged, to be tried again, or parked; with it the bet's state and its next op."""
    rows = await connection.fetch(
        _SQL["finish_ops"],
        [entry.op for entry in entries],
        [entry.attempt for entry in entries],
        [entry.status for entry in entries],
        [entry.reason for entry in entries],
        [entry.balance for entry in entries],
        [entry.body_sha256 for entry in entries],
        [entry.retry_s for entry in entries],
    )
    finished = {row["id"] for row in rows}
    first = [entry for entry in entries if entry.op in finished]
    moving = [entry for entry in first if entry.bet_state is not None]
    await connection.execute(
        _SQL["end_bets"],
        [entry.bet for entry in moving],
        [entry.bet_state for entry in moving],
    )
    await connection.execute(
        _SQL["release_waiting"], [entry.bet for entry in first if entry.status == "done"]
    )
    await _remember_balances(
        connection, [(e.session, e.balance) for e in first if e.balance is not None]
    )
    finished |= await _finished_before(connection, [e for e in entries if e.op not in finished])
    return [entry.op in finished for entry in entries]


async def _finished_before(connection: Connection, entries: Sequence[FinishOp]) -> set[UUID]:
    """Those whose commit went through although its answer was lost. An attempt is one holder's."""
    if not entries:
        return set()
    rows = await connection.fetch(
        _SQL["finished_before"],
        [entry.op for entry in entries],
        [entry.attempt for entry in entries],
        [entry.status for entry in entries],
    )
    return {row["id"] for row in rows}


def _owed_rollback(entry: FinishDebit | CancelBet) -> OwedOp:
    stake = entry.stake
    return OwedOp(entry.rollback, stake.bet, stake.operator, stake.currency)


async def _states(connection: Connection, bets: Sequence[UUID]) -> dict[UUID, BetState]:
    if not bets:
        return {}
    rows = await connection.fetch(_SQL["bet_states"], bets)
    return {row["id"]: BetState(row["status"]) for row in rows}


async def _remember_balances(
    connection: Connection, balances: Sequence[tuple[UUID, int | None]]
) -> None:
    latest = dict(balances)
    if latest:
        sessions = sorted(latest)
        await connection.execute(
            _SQL["remember_balances"], sessions, [latest[session] for session in sessions]
        )
