"""The journal itself: whom a bad entry harms, what a full one refuses, and that it stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest

from app.ledger import journal as journals
from app.ledger.database import Connection, Database
from app.ledger.entries import Placed
from app.ledger.errors import LedgerUnavailable
from app.ledger.journal import Journal, open_journal
from engine.bet import BetState
from tests.ledger.casino import Casino, answered, cancelling, placing


async def test_an_argument_that_fits_no_column_fails_alone_and_at_once(
    journal: Journal, casino: Casino
) -> None:
    good = placing(casino, await casino.player("good"))
    bad = msgspec.structs.replace(placing(casino, await casino.player("bad")), auto=2**40)
    async with asyncio.timeout(5):
        results = await asyncio.gather(
            journal.submit(good), journal.submit(bad), return_exceptions=True
        )
    assert isinstance(results[0], Placed)
    assert isinstance(results[1], asyncpg.DataError)


async def test_an_entry_about_nothing_fails_alone(journal: Journal, casino: Casino) -> None:
    good = placing(casino, await casino.player("good"))
    await journal.submit(good)
    never_placed = placing(casino, await casino.player("bad"))
    results = await asyncio.gather(
        journal.submit(answered(good)),
        journal.submit(cancelling(never_placed)),
        return_exceptions=True,
    )
    assert results[0] is BetState.ACCEPTED
    assert isinstance(results[1], Exception)


async def test_a_full_journal_refuses_new_bets_but_no_outcome(
    journal: Journal, casino: Casino, monkeypatch: pytest.MonkeyPatch
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    monkeypatch.setattr(journals, "MAX_WAITING", 0)
    with pytest.raises(LedgerUnavailable):
        await journal.submit(placing(casino, await casino.player("late")))
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED


async def test_a_journal_that_has_stopped_says_so(database: Database, casino: Casino) -> None:
    async with open_journal(database) as journal:
        pass
    with pytest.raises(LedgerUnavailable):
        async with asyncio.timeout(5):
            await journal.submit(placing(casino, await casino.player()))


class _Dying(Database):
    """Hangs in a transaction; when that is cancelled, its connection turns out to be lost."""

    entered: asyncio.Event

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        async with super().connection() as connection:
            self.entered.set()
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
            yield connection


async def test_a_journal_stops_while_its_connection_is_lost(
    database: Database, casino: Casino
) -> None:
    dying = _Dying(database._pool)
    dying.entered = asyncio.Event()
    async with asyncio.timeout(8):
        async with open_journal(dying) as journal:
            submitted = journal.enqueue(placing(casino, await casino.player()))
            await dying.entered.wait()
        with pytest.raises(LedgerUnavailable):
            await submitted


async def test_a_cancelled_transaction_stays_cancelled_when_its_connection_is_lost(
    database: Database,
) -> None:
    """Were it a lost connection to its caller, the caller would try again, and never stop."""
    inside = asyncio.Event()
    pid = 0

    async def work() -> None:
        nonlocal pid
        async with database.transaction() as connection:
            pid = await connection.fetchval("select pg_backend_pid()")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    await database.execute("select pg_terminate_backend($1, 5000)", pid)
    task.cancel()
    await asyncio.wait((task,), timeout=8)
    assert task.cancelled()


async def test_what_is_committed_stays_so_when_the_connection_cannot_be_given_back(
    database: Database,
) -> None:
    async with database.connection() as connection:
        pid = await connection.fetchval("select pg_backend_pid()")
        await database.execute("select pg_terminate_backend($1, 5000)", pid)


async def test_a_second_entry_of_the_same_bet_waits_for_the_next_batch(
    journal: Journal, casino: Casino
) -> None:
    """One row changed twice by one statement would take only one of the changes."""
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    states = await asyncio.gather(
        journal.submit(answered(bet, "declined")), journal.submit(answered(bet, "accepted"))
    )
    assert set(states) == {BetState.REJECTED}


async def test_a_pool_that_hangs_in_closing_does_not_hold_up_the_process(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.ledger import database as databases

    monkeypatch.setattr(databases, "CLEAN_UP_S", 0.2)
    ended = asyncio.Event()

    async def stubborn(_: object) -> None:
        while not ended.is_set():
            try:
                await ended.wait()
            except asyncio.CancelledError:
                continue

    monkeypatch.setattr(asyncpg.pool.Pool, "close", stubborn)
    async with asyncio.timeout(5):
        async with databases.open_database(database_url, apply_migrations=False):
            pass
    ended.set()
