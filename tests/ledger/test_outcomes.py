"""What becomes of a bet: debits that come back, cancels, cash-outs."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest

from app.ledger.database import Database
from app.ledger.entries import PlaceBet
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from engine.bet import BetState
from engine.errors import InvariantError
from tests.ledger.casino import Casino, accepted, answered, cancelling, cashing_out, placing


async def _ops(database: Database, bet: PlaceBet) -> list[tuple[Any, ...]]:
    rows = await database.fetch(
        "select kind, status from ops where bet_id = $1 order by seq", bet.stake.bet
    )
    return [tuple(row) for row in rows]


async def test_an_accepted_debit_owes_nothing_yet(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    assert await _ops(database, bet) == [("debit", "done")]


@pytest.mark.parametrize(("outcome", "op"), [("declined", "declined"), ("unsent", "unsent")])
async def test_a_debit_that_moved_nothing_is_not_rolled_back(
    database: Database, journal: Journal, casino: Casino, outcome: str, op: str
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet, outcome)) is BetState.REJECTED
    assert await _ops(database, bet) == [("debit", op)]


async def test_an_unknown_debit_owes_a_rollback_from_the_same_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet, "unknown")) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "unknown"), ("rollback", "due")]


async def test_a_debit_accepted_after_the_seal_goes_back(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    assert (await casino.seal()).bets == ()
    assert await journal.submit(answered(bet)) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "done"), ("rollback", "due")]


async def test_a_debit_accepted_between_close_and_seal_plays(
    journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED
    assert [sealed.id for sealed in (await casino.seal()).bets] == [bet.stake.bet]


async def test_the_first_outcome_of_a_debit_stands(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet, "unknown"))
    assert await journal.submit(answered(bet, "accepted")) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "unknown"), ("rollback", "due")]


async def test_accept_and_seal_at_the_same_instant_agree(
    database: Database, journal: Journal, casino: Casino
) -> None:
    """Whoever comes first decides: a bet plays exactly if the seal lists it."""
    bets = [placing(casino, await casino.player(f"p{i}")) for i in range(30)]
    await asyncio.gather(*(journal.submit(bet) for bet in bets))
    await casino.close()
    states, seal = await asyncio.gather(
        asyncio.gather(*(journal.submit(answered(bet)) for bet in bets)), casino.seal()
    )
    playing = {sealed.id for sealed in seal.bets}
    for bet, state in zip(bets, states, strict=True):
        assert (state is BetState.ACCEPTED) == (bet.stake.bet in playing)


async def test_a_cancel_before_the_close_owes_a_rollback(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    assert await journal.submit(cancelling(bet)) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "done"), ("rollback", "due")]


async def test_a_cancel_after_the_close_changes_nothing(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.close()
    assert await journal.submit(cancelling(bet)) is BetState.ACCEPTED
    assert await _ops(database, bet) == [("debit", "done")]


async def test_a_cash_out_and_its_credit_are_one_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    assert await journal.submit(cashing_out(casino, bet, 237)) is True
    row = await database.fetchrow("select status, payout from bets")
    assert row is not None
    assert tuple(row) == ("CREDIT_PENDING", 2_370)
    assert await _ops(database, bet) == [("debit", "done"), ("credit", "due")]


async def test_a_repeated_cash_out_is_the_same_cash_out(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    entry = cashing_out(casino, bet)
    assert await journal.submit(entry) is True
    assert await journal.submit(entry) is True
    assert await _ops(database, bet) == [("debit", "done"), ("credit", "due")]


async def test_a_cash_out_the_ledger_has_otherwise_is_an_alarm(
    journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet, 150))
    with pytest.raises(InvariantError):
        await journal.submit(cashing_out(casino, bet, 151))


async def test_a_stale_runner_cashes_nobody_out(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    stale = msgspec.structs.replace(cashing_out(casino, bet), epoch=casino.epoch - 1)
    with pytest.raises(StaleEpoch):
        await journal.submit(stale)
    assert await _ops(database, bet) == [("debit", "done")]


async def test_nobody_is_cashed_out_before_the_start(journal: Journal, casino: Casino) -> None:
    bet = await accepted(journal, casino)
    with pytest.raises(StaleEpoch):
        await journal.submit(cashing_out(casino, bet))


async def test_an_inexact_payout_cannot_be_stored(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    wrong = msgspec.structs.replace(cashing_out(casino, bet, 150), payout=1_501)
    with pytest.raises(asyncpg.CheckViolationError):
        await journal.submit(wrong)
    assert await _ops(database, bet) == [("debit", "done")]


async def test_one_broken_entry_fails_alone(journal: Journal, casino: Casino) -> None:
    good = await accepted(journal, casino, "good")
    bad = await accepted(journal, casino, "bad")
    await casino.fly()
    broken = msgspec.structs.replace(cashing_out(casino, bad), payout=1)
    results = await asyncio.gather(
        journal.submit(cashing_out(casino, good)), journal.submit(broken), return_exceptions=True
    )
    assert results[0] is True
    assert isinstance(results[1], asyncpg.CheckViolationError)
