"""The worker that sends what is owed: nothing that befalls one op or one pass ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import asyncpg
import pytest

from app.bus.memory import MemoryBus
from app.dialects import DIALECTS
from app.dialects.base import Dialect
from app.ledger.database import Database
from app.ledger.journal import Journal
from app.wallet.execution import Attempt, Wallets
from app.wallet.ops import Accepted, WalletOp
from app.wallet.worker import WalletWorker
from tests.ledger.casino import Casino, answered, cashing_out, open_casino, placing

BOUND_S = 20


class _Scripted(Wallets):
    """Answers as a test says, in place of the network."""

    def __init__(self) -> None:
        self.answer: Callable[[WalletOp], Attempt] = lambda _: Attempt(Accepted(), b"x" * 32)

    def dialect(self, name: str) -> Dialect:
        return next(dialect for dialect in DIALECTS if dialect.name == name)

    async def attempt(
        self,
        op: WalletOp,
        operator_id: UUID,
        deadline_s: float,
        first_body_sha256: bytes | None = None,
    ) -> Attempt:
        return self.answer(op)


class _Flaky(Database):
    """Loses its connection in the middle of a query, as often as told."""

    failures = 0

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        if self.failures > 0:
            self.failures -= 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed")
        return await super().fetch(sql, *args)


@pytest.fixture
async def casino(database: Database) -> Casino:
    casino = await open_casino(database)
    await casino.lead()
    await casino.open_round()
    return casino


@asynccontextmanager
async def _working(
    database: Database, journal: Journal, wallets: Wallets
) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(WalletWorker(database, journal, MemoryBus(), wallets).run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until(database: Database, condition: str) -> None:
    """Until a row of bets joined to ops satisfies the condition."""
    async with asyncio.timeout(BOUND_S):
        while not await database.fetch(  # noqa: ASYNC110 - rows have no event
            f"select 1 from bets join ops on ops.bet_id = bets.id where {condition}"
        ):
            await asyncio.sleep(0.05)


async def _owed_credit(journal: Journal, casino: Casino) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet))
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))


async def test_a_lost_connection_does_not_end_it(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await _owed_credit(journal, casino)
    flaky = _Flaky(database._pool)
    flaky.failures = 2
    async with _working(flaky, journal, _Scripted()):
        await _until(database, "bets.status = 'CREDITED'")


async def test_a_fault_of_ours_keeps_to_the_schedule(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await _owed_credit(journal, casino)
    wallets = _Scripted()

    def fault(_: WalletOp) -> Attempt:
        raise KeyError("a codec that cannot")

    wallets.answer = fault
    async with _working(database, journal, wallets):
        await _until(database, "ops.last_reason = 'fault: KeyError' and ops.status = 'due'")
        wallets.answer = lambda _: Attempt(Accepted(), b"x" * 32)
        await _until(database, "bets.status = 'CREDITED'")


async def test_an_abandoned_debit_goes_back_without_its_operators_keys(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await journal.submit(placing(casino, await casino.player(), lease_s=-1))
    await database.execute("delete from operator_credentials")
    async with _working(database, journal, _Scripted()):
        await _until(database, "ops.kind = 'rollback'")


async def test_an_abandoned_debit_that_cannot_be_given_up_holds_up_no_other_op(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await journal.submit(placing(casino, await casino.player("stuck"), lease_s=-1))
    await database.execute("update operators set dialect = 'gone'")
    paid = placing(casino, await casino.player("paid"))
    await journal.submit(paid)
    await journal.submit(answered(paid, "unknown"))
    async with _working(database, journal, _Scripted()) as task:
        await _until(database, "bets.status = 'ROLLED_BACK'")
        assert not task.done()


async def test_a_debit_is_never_sent_again(
    database: Database, journal: Journal, casino: Casino
) -> None:
    """Its lease has lapsed: what it may have done is undone, by a rollback under its own id."""
    await journal.submit(placing(casino, await casino.player(), lease_s=-1))
    wallets = _Scripted()
    sent: list[str] = []

    def keep(op: WalletOp) -> Attempt:
        sent.append(op.kind)
        return Attempt(Accepted(), b"x" * 32)

    wallets.answer = keep
    async with _working(database, journal, wallets):
        await _until(database, "bets.status = 'ROLLED_BACK'")
    assert sent == ["rollback"]
