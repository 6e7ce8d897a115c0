"""A commit whose answer is lost is tried again, and must come to the same end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.ledger import ops
from app.ledger.database import Connection, Database
from app.ledger.entries import Entry, FinishOp, PlaceBet, Placed
from app.ledger.journal import Journal, open_journal
from engine.bet import BetState
from tests.ledger.casino import Casino, answered, cancelling, cashing_out, placing


class _LosesAnswers(Database):
    """Commits, and then loses the connection before anybody hears of it."""

    losing = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with super().transaction() as connection:
            yield connection
        if self.losing:
            self.losing = False
            raise asyncpg.ConnectionDoesNotExistError("the answer is lost")


@pytest.fixture
def lossy(database: Database) -> _LosesAnswers:
    return _LosesAnswers(database._pool)


@pytest.fixture
async def journal(lossy: _LosesAnswers) -> AsyncIterator[Journal]:
    async with open_journal(lossy) as journal:
        yield journal


async def _lost(lossy: _LosesAnswers, journal: Journal, entry: Entry) -> object:
    """The result of an entry whose first answer is lost."""
    lossy.losing = True
    result = await journal.enqueue(entry)
    assert not lossy.losing
    return result


async def _count(database: Database) -> tuple[int, int]:
    row = await database.fetchrow(
        "select (select count(*) from bets) as bets, (select count(*) from ops) as ops"
    )
    assert row is not None
    return row["bets"], row["ops"]


async def _accepted(journal: Journal, casino: Casino) -> PlaceBet:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED
    return bet


async def test_a_placement_is_still_the_callers_to_debit(
    lossy: _LosesAnswers, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    expected = Placed(bet.stake.bet, BetState.DEBIT_PENDING, fresh=True)
    assert await _lost(lossy, journal, bet) == expected
    assert await _count(lossy) == (1, 1)


async def test_a_placement_given_up_meanwhile_is_not_debited_any_more(
    journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet, "unknown"))
    expected = Placed(bet.stake.bet, BetState.ROLLBACK_PENDING, fresh=False)
    assert await journal.submit(bet) == expected


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("accepted", BetState.ACCEPTED),
        ("declined", BetState.REJECTED),
        ("unknown", BetState.ROLLBACK_PENDING),
    ],
)
async def test_a_debits_outcome_counts_once(
    lossy: _LosesAnswers, journal: Journal, casino: Casino, outcome: str, state: BetState
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await _lost(lossy, journal, answered(bet, outcome)) is state
    assert await _count(lossy) == (1, 2 if state is BetState.ROLLBACK_PENDING else 1)
    row = await lossy.fetchrow("select liability from exposures")
    assert row is not None
    assert row["liability"] == (bet.stake.liability if state is BetState.ACCEPTED else 0)


async def test_a_cancel_counts_once(lossy: _LosesAnswers, journal: Journal, casino: Casino) -> None:
    bet = await _accepted(journal, casino)
    assert await _lost(lossy, journal, cancelling(bet)) is BetState.ROLLBACK_PENDING
    assert await _count(lossy) == (1, 2)


async def test_a_cash_out_counts_once(
    lossy: _LosesAnswers, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    assert await _lost(lossy, journal, cashing_out(casino, bet)) is True
    assert await _count(lossy) == (1, 2)


@pytest.mark.parametrize("status", ["done", "parked"])
async def test_an_acknowledgement_is_known_to_whoever_made_it(
    lossy: _LosesAnswers, journal: Journal, casino: Casino, status: str
) -> None:
    """Else the player would not be told, and the bet's next op would wait for nobody."""
    bet = await _accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))
    (claimed,) = await ops.claim_due(lossy, 10, 30)
    finish = FinishOp(
        op=claimed.id,
        attempt=claimed.attempt,
        bet=claimed.bet,
        session=claimed.session,
        status=status,  # type: ignore[arg-type]
        bet_state=BetState.CREDITED if status == "done" else BetState.CREDIT_PARKED,
    )
    assert await _lost(lossy, journal, finish) is True
