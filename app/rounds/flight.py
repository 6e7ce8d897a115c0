"""A round in flight: the machine's events turned into commits and, after them, into news.

Cash-outs are valued when they arrive and committed together with their credit; nobody is told
before the commit. The crash waits for every cash-out that came before it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from app.bus import channels
from app.bus.base import Bus
from app.bus.messages import (
    BetsCashedOut,
    CashOutReply,
    Leaver,
    OperatorTotal,
    OpsDue,
)
from app.dialects.base import Dialect
from app.ledger.entries import CashOutBet
from app.ledger.journal import Journal
from app.ledger.rounds import SealedBet
from app.wallet import settlement
from engine.round import Advance, CashedOut, CashOut, Crashed, Event, Refused, Round


class FlightPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a flight needs beside its machine."""

    round: UUID
    table: str
    epoch: int
    bets: Mapping[UUID, SealedBet]
    dialects: Mapping[UUID, Dialect]
    """By operator."""


class Flight:
    """Wraps one `Round` from lock to crash."""

    def __init__(self, machine: Round, plan: FlightPlan, journal: Journal, bus: Bus) -> None:
        self._machine = machine
        self._plan = plan
        self._journal = journal
        self._bus = bus
        self._commits: dict[UUID, asyncio.Future[CashOutReply]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._crashed: Crashed | None = None
        self.woken = asyncio.Event()
        """Set when something happened that the loop should look at."""

    def advance(self, now_ms: int) -> Sequence[Event]:
        """Pay what is due and see whether it has crashed."""
        events = self._machine.handle(Advance(), now_ms)
        self._absorb(events)
        return events

    async def cash_out(self, bet: UUID, now_ms: int) -> CashOutReply:
        """A player's command, valued now; the reply comes after the commit. Asking again for the
        same bet gives the same reply."""
        if bet in self._commits:
            return await asyncio.shield(self._commits[bet])
        events = self._machine.handle(CashOut(bet), now_ms)
        self._absorb(events)
        self.woken.set()
        for event in events:
            if isinstance(event, Refused) and event.bet == bet:
                return CashOutReply(event.code)
        return await asyncio.shield(self._commits[bet])

    def crashed(self) -> Crashed | None:
        """The end, once it has come."""
        return self._crashed

    async def landed(self) -> None:
        """Every cash-out is on disk. Raises what a commit raised."""
        await asyncio.gather(*self._tasks)

    def abandon(self) -> None:
        """Tell whoever waits that this process no longer runs the round."""
        for reply in self._commits.values():
            if not reply.done():
                reply.set_result(CashOutReply("unavailable"))

    def next_due_ms(self) -> int:
        """When a target or the crash falls due. Stays in this process."""
        return self._machine.next_due_ms()

    def _absorb(self, events: Iterable[Event]) -> None:
        leaving = [event for event in events if isinstance(event, CashedOut)]
        if leaving:
            loop = asyncio.get_running_loop()
            for event in leaving:
                self._commits[event.bet] = loop.create_future()
            task = asyncio.create_task(self._commit(leaving), name="cash-outs")
            self._tasks.add(task)
            task.add_done_callback(self._committed)
        for happened in events:
            if isinstance(happened, Crashed):
                self._crashed = happened
                self.woken.set()

    async def _commit(self, leaving: Sequence[CashedOut]) -> None:
        futures = [self._journal.enqueue(self._entry(event)) for event in leaving]
        await asyncio.gather(*futures)
        self._bus.publish(channels.WALLET, OpsDue())
        self._bus.publish(
            channels.table(self._plan.table),
            BetsCashedOut(self._plan.round, tuple(self._leaver(event) for event in leaving)),
        )
        for event in leaving:
            reply = self._commits[event.bet]
            if not reply.done():
                reply.set_result(CashOutReply("", event.multiplier, event.payout))

    def _committed(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            self.abandon()
            self.woken.set()
        else:
            self._tasks.discard(task)

    def failure(self) -> BaseException | None:
        """Why a cash-out could not be committed, if one could not."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    def _entry(self, event: CashedOut) -> CashOutBet:
        bet = self._plan.bets[event.bet]
        return CashOutBet(
            bet=bet.id,
            operator=bet.operator_id,
            currency=bet.currency,
            round=self._plan.round,
            epoch=self._plan.epoch,
            multiplier=event.multiplier,
            elapsed_ms=event.elapsed_ms,
            payout=event.payout,
            ops=settlement.after_cash_out(
                self._plan.dialects[bet.operator_id], bet.id, event.payout
            ),
        )

    def _leaver(self, event: CashedOut) -> Leaver:
        bet = self._plan.bets[event.bet]
        return Leaver(
            bet=bet.id,
            operator=bet.operator_id,
            player=bet.player_id,
            currency=bet.currency,
            slot=bet.slot,
            ref=bet.ref,
            multiplier=event.multiplier,
            payout=event.payout,
        )


def totals(bets: Iterable[SealedBet]) -> tuple[OperatorTotal, ...]:
    """Players and stakes by operator, for the news that the round is locked."""
    players: dict[UUID, set[UUID]] = {}
    stakes: dict[UUID, dict[str, int]] = {}
    for bet in bets:
        players.setdefault(bet.operator_id, set()).add(bet.player_id)
        by_currency = stakes.setdefault(bet.operator_id, {})
        by_currency[bet.currency] = by_currency.get(bet.currency, 0) + bet.stake
    return tuple(
        OperatorTotal(operator, len(players[operator]), stakes[operator]) for operator in players
    )
