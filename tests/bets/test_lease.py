"""A debit and its lease: who slept past it sends nothing, for the stake may be on its way back."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from app.bets.placing import Betting, Order, Ticket, Window
from app.bus.memory import MemoryBus
from app.dialects import DIALECTS
from app.ledger import ops
from app.ledger.database import Database
from app.ledger.journal import Journal
from app.ledger.tenants import Session
from app.operators.directory import Directory
from app.wallet.execution import Attempt, Wallets
from app.wallet.ops import Accepted, WalletOp
from engine.bet import BetState
from tests.ledger.casino import VAULT, Casino, open_casino


class _Clock:
    """Stands still until a test moves it."""

    ms = 1_000_000

    def now_ms(self) -> int:
        return self.ms

    async def sleep_until_ms(self, deadline_ms: int) -> None:
        self.ms = max(self.ms, deadline_ms)


class _Keeping(Wallets):
    """Accepts everything and keeps the deadlines it was given."""

    def __init__(self) -> None:
        self._dialects = {dialect.name: dialect for dialect in DIALECTS}
        self.deadlines: list[float] = []

    async def attempt(
        self,
        op: WalletOp,
        operator_id: UUID,
        deadline_s: float,
        first_body_sha256: bytes | None = None,
    ) -> Attempt:
        self.deadlines.append(deadline_s)
        return Attempt(Accepted(), b"x" * 32)


class _Desk:
    """A player with a long betting window before them."""

    def __init__(self, casino: Casino, session: Session, journal: Journal) -> None:
        self.clock = _Clock()
        self.wallets = _Keeping()
        directory = Directory(casino.database, VAULT, self.clock)
        self.betting = Betting(journal, self.wallets, directory, MemoryBus(), self.clock)
        self.session = session
        self.window = Window(
            casino.round, casino.table.id, casino.table.cap, self.clock.ms + 120_000
        )

    async def place(self) -> Ticket:
        return await self.betting.place(self.session, Order("r", 0, 1_000, None), self.window)


@pytest.fixture
async def desk(database: Database, journal: Journal) -> _Desk:
    casino = await open_casino(database)
    await casino.lead()
    await casino.open_round()
    return _Desk(casino, await casino.player(), journal)


async def test_a_debit_is_sent_at_once_within_its_deadline(desk: _Desk) -> None:
    ticket = await desk.place()
    assert (await desk.betting.debit(desk.session, ticket)).state is BetState.ACCEPTED
    (deadline_s,) = desk.wallets.deadlines
    assert 0 < deadline_s <= 1.5


@pytest.mark.parametrize("slept_ms", [6_000, 30_000])
async def test_a_process_that_slept_past_the_lease_sends_nothing(
    desk: _Desk, slept_ms: int
) -> None:
    """The window is still open, but others may have sent the stake back already."""
    ticket = await desk.place()
    desk.clock.ms += slept_ms
    assert (await desk.betting.debit(desk.session, ticket)).state is BetState.REJECTED
    assert desk.wallets.deadlines == []


async def test_a_debit_sent_late_is_over_before_its_lease(desk: _Desk) -> None:
    ticket = await desk.place()
    desk.clock.ms += 5_000
    await desk.betting.debit(desk.session, ticket)
    assert all(deadline_s <= 0.5 for deadline_s in desk.wallets.deadlines)


async def test_a_debit_is_over_when_the_round_may_be_sealed(desk: _Desk) -> None:
    ticket = await desk.place()
    late = _late(ticket, desk.clock.ms + 200)
    await desk.betting.debit(desk.session, late)
    assert desk.wallets.deadlines == [0.2]


async def test_after_the_seal_nothing_is_sent(desk: _Desk) -> None:
    ticket = await desk.place()
    late = _late(ticket, desk.clock.ms)
    assert (await desk.betting.debit(desk.session, late)).state is BetState.REJECTED
    assert desk.wallets.deadlines == []


async def test_the_lease_outlasts_the_deadline(desk: _Desk, database: Database) -> None:
    await desk.place()
    assert await ops.lapsed_debits(database) == []
    row = await database.fetchrow(
        "select extract(epoch from lease_until - now())::float8 as left_s from ops"
    )
    assert row is not None
    assert row["left_s"] > 4


def _late(ticket: Ticket, seal_by_ms: int) -> Ticket:
    return replace(ticket, window=replace(ticket.window, seal_by_ms=seal_by_ms))
