"""A table run by the real runner on a fast curve, over the real ledger, with its events kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

from app.bus import channels
from app.bus.memory import MemoryBus
from app.bus.messages import (
    CashOutCommand,
    CashOutReply,
    RoundCrashed,
    RoundOpened,
    RoundTicked,
    RoundVoided,
    TableEvent,
)
from app.clock import SystemMonotonic
from app.dialects import DIALECTS
from app.ledger.database import Database
from app.ledger.entries import PlaceBet, Placed
from app.ledger.journal import Journal
from app.operators.directory import Directory
from app.rounds.runner import Pace, TableRunner
from engine.bet import BetState
from tests.ledger.casino import VAULT, Casino, answered

BOUND_S = 30
"""No wait of a test is longer: what takes this long has failed."""

OnOpened = Callable[[RoundOpened], Awaitable[None]]


@dataclass
class Table:
    """Events in the order they were told, and ways to wait for them."""

    casino: Casino
    journal: Journal
    bus: MemoryBus = field(default_factory=MemoryBus)
    events: list[TableEvent] = field(default_factory=list)
    _told: asyncio.Condition = field(default_factory=asyncio.Condition)

    def runner(self, pace: Pace, database: Database | None = None) -> TableRunner:
        return TableRunner(
            self.casino.table,
            pace,
            database=database or self.casino.database,
            journal=self.journal,
            bus=self.bus,
            keeper=self.casino.keeper,
            directory=Directory(self.casino.database, VAULT, SystemMonotonic()),
            dialects={dialect.name: dialect for dialect in DIALECTS},
            clock=SystemMonotonic(),
        )

    @asynccontextmanager
    async def running(
        self, pace: Pace, on_opened: OnOpened | None = None
    ) -> AsyncIterator["asyncio.Task[None]"]:
        """The runner's task until the block ends."""
        work: set[asyncio.Task[None]] = set()

        def hear(event: TableEvent) -> None:
            self.events.append(event)
            if isinstance(event, RoundOpened):
                self.casino.round = event.round
                if on_opened is not None:
                    work.add(asyncio.ensure_future(_await(on_opened(event))))
            work.add(asyncio.ensure_future(self._notify()))

        stop = self.bus.subscribe(channels.table(self.casino.table.id), hear)
        task = asyncio.create_task(self.runner(pace).run())
        try:
            yield task
        finally:
            stop()
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
            await asyncio.gather(*work)

    async def until(self, happened: Callable[[list[TableEvent]], bool]) -> None:
        async with asyncio.timeout(BOUND_S), self._told:
            await self._told.wait_for(lambda: happened(self.events))

    async def until_crashes(self, count: int) -> None:
        await self.until(lambda events: len(self.crashes()) >= count)

    async def until_climbed(self, round_id: UUID, multiplier: int) -> None:
        """That round has told a multiplier as high, or has crashed before it could."""
        await self.until(
            lambda events: any(
                isinstance(event, RoundCrashed | RoundTicked)
                and event.round == round_id
                and (isinstance(event, RoundCrashed) or event.multiplier >= multiplier)
                for event in events
            )
        )

    def crashes(self) -> list[RoundCrashed]:
        return [event for event in self.events if isinstance(event, RoundCrashed)]

    def voids(self) -> list[RoundVoided]:
        return [event for event in self.events if isinstance(event, RoundVoided)]

    async def accepted(self, *bets: PlaceBet) -> list[PlaceBet]:
        """Place and accept; on a busy machine some come too late and are left out."""
        results = await asyncio.gather(*(self.journal.submit(bet) for bet in bets))
        placed = [
            bet for bet, result in zip(bets, results, strict=True) if isinstance(result, Placed)
        ]
        states = await asyncio.gather(*(self.journal.submit(answered(bet)) for bet in placed))
        return [
            bet for bet, state in zip(placed, states, strict=True) if state is BetState.ACCEPTED
        ]

    async def cash_out(self, bet: UUID) -> CashOutReply:
        reply: CashOutReply = await self.bus.request(
            channels.table(self.casino.table.id), CashOutCommand(self.casino.round, bet), BOUND_S
        )
        return reply

    async def _notify(self) -> None:
        async with self._told:
            self._told.notify_all()


async def _await(work: Awaitable[None]) -> None:
    await work
