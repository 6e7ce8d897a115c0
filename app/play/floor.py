"""The floor of this process: the tables it shows and the desks of the players at them.

Listens to tables and to operators' players on the bus, and hands each piece of news to the desks it
concerns. Takes queued bets when a round opens.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from app.bus import channels
from app.bus.base import Bus, BusTimeout
from app.bus.messages import (
    BetMoved,
    BetsCashedOut,
    CrowdBet,
    RoundCrashed,
    RoundOpened,
    RoundVoided,
    SnapshotCommand,
    SnapshotReply,
    TableEvent,
)
from app.clock import Monotonic, WallClock
from app.ledger import player_bets, rounds, tables
from app.ledger.database import Database
from app.ledger.tables import GameTable
from app.ledger.tenants import Session
from app.log import get_logger
from app.play import messages
from app.play.close_codes import SESSION_OVER
from app.play.desk import Desk, DeskKey
from app.play.hub import Hub
from app.play.outbox import Outbox
from app.play.table_view import HISTORY, TableView

log = get_logger(__name__)

GRACE_S = 10.0
"""How long a queued bet survives its player's absence."""

TakeQueued = Callable[[Desk, TableView], Coroutine[Any, Any, None]]


class Floor:
    """One a web process, made on its running loop."""

    def __init__(
        self, database: Database, bus: Bus, clock: Monotonic, wall_clock: WallClock
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._wall_clock = wall_clock
        self.hub = Hub(self._resync)
        self._views: dict[str, asyncio.Task[TableView]] = {}
        self._desks: dict[DeskKey, Desk] = {}
        self._operators: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.take_queued: TakeQueued | None = None

    async def view(self, table_id: str) -> TableView:
        """The table as it is now; the first call begins to listen to it."""
        opening = self._views.get(table_id)
        if opening is None or _failed(opening):
            # A task of its own: whoever asked first may hang up before it is done.
            opening = self._views[table_id] = asyncio.create_task(self._open_view(table_id))
        return await asyncio.shield(opening)

    async def sit(self, session: Session, view: TableView) -> Desk:
        """The player's desk, as of now: whatever happens later reaches it."""
        if session.operator_id not in self._operators:
            self._operators.add(session.operator_id)
            channel = channels.operator_players(session.operator_id)
            self._bus.subscribe(channel, self._player_event)
        key = (session.player_id, session.table_id, session.currency)
        desk = self._desks.get(key)
        if desk is None or (desk.loading is not None and _failed(desk.loading)):
            desk = self._desks[key] = Desk(session, self.hub)
            desk.loading = asyncio.create_task(self._load(desk, view))
        if desk.leave_timer is not None:
            desk.leave_timer.cancel()
            desk.leave_timer = None
        if desk.loading is not None:
            await asyncio.shield(desk.loading)
        desk.session = session
        return desk

    def stand_up(self, desk: Desk) -> None:
        """A socket has gone; the desk stays for a while after the last one."""
        if self.hub.sockets_of_player(desk.key) or desk.leave_timer is not None:
            return
        loop = asyncio.get_running_loop()
        desk.leave_timer = loop.call_later(GRACE_S, self._clear, desk)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background until done; `finish` waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)

    async def finish(self, within_s: float) -> None:
        """Let commands under way end: debits get their answers rather than their rollbacks."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=within_s)

    def _spawned(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("command_failed", error=repr(error))

    async def _open_view(self, table_id: str) -> TableView:
        table = await self._table(table_id)
        channel = channels.table(table_id)
        missed: list[TableEvent] = []
        stop = self._bus.subscribe(channel, missed.append)
        try:
            snapshot = await self._snapshot(channel)
            before = len(missed)
            past = await rounds.history(self._database, table_id, HISTORY)
        finally:
            stop()
        history = [messages.PastRound(one.round, one.m) for one in past]
        view = TableView(table, snapshot, history, self.hub, self._clock)
        for event in missed[:before]:
            if isinstance(event, CrowdBet):
                view.handle(event)
        for event in missed[before:]:
            view.handle(event)
        view.followers.append(self._follower(view))
        self._bus.subscribe(channel, view.handle)
        return view

    async def _table(self, table_id: str) -> GameTable:
        for table in await tables.tables(self._database):
            if table.id == table_id:
                return table
        raise LookupError(f"there is no table {table_id}")

    async def _snapshot(self, channel: str) -> SnapshotReply:
        """A table that has just come into being takes a moment to get its runner."""
        for attempt in range(40):
            try:
                reply: SnapshotReply = await self._bus.request(channel, SnapshotCommand(), 1.0)
            except BusTimeout:
                reply = SnapshotReply(phase="waiting")
            if reply.rules_hash:
                return reply
            await asyncio.sleep(min(0.05 * (attempt + 1), 0.5))
        raise LookupError("the table is not running")

    async def _load(self, desk: Desk, view: TableView) -> None:
        round_id = view.place.round
        bets = (
            await player_bets.bets_in_round(self._database, desk.session.player_id, round_id)
            if round_id is not None
            else []
        )
        waiting = await player_bets.queued(self._database, desk.session.player_id)
        if view.place.round == round_id:
            desk.load(bets, [one for one in waiting if one.session_id == desk.session.id])
        else:
            await self._load(desk, view)

    def _clear(self, desk: Desk) -> None:
        desk.leave_timer = None
        if self.hub.sockets_of_player(desk.key):
            return
        self._desks.pop(desk.key, None)
        if desk.queue:
            self.spawn(player_bets.unqueue_session(self._database, desk.session.id))

    def _follower(self, view: TableView) -> Callable[[TableEvent], None]:
        def follow(event: TableEvent) -> None:
            match event:
                case RoundOpened():
                    self._round_opened(view)
                case BetsCashedOut():
                    for leaver in event.leavers:
                        if desk := self._desks.get((leaver.player, view.table.id, leaver.currency)):
                            desk.left(leaver)
                case RoundCrashed():
                    for ended in event.lost:
                        if desk := self._desks.get((ended.player, view.table.id, ended.currency)):
                            desk.lost(ended)
                case RoundVoided():
                    for ended in event.returned:
                        if desk := self._desks.get((ended.player, view.table.id, ended.currency)):
                            desk.returning(ended)
                case _:
                    pass

        return follow

    def _round_opened(self, view: TableView) -> None:
        now = self._wall_clock.now()
        for desk in [one for one in self._desks.values() if one.key[1] == view.table.id]:
            desk.next_round()
            if desk.session.expires_at <= now:
                for outbox in self.hub.sockets_of_player(desk.key):
                    outbox.close(SESSION_OVER)
            elif desk.queue and self.take_queued is not None:
                self.spawn(self.take_queued(desk, view))

    def _player_event(self, event: BetMoved) -> None:
        if desk := self._desks.get((event.player, event.table, event.currency)):
            desk.moved(event)

    def _resync(self, outbox: Outbox) -> None:
        for table_id, opening in self._views.items():
            for operator in self._operators:
                if (table_id, operator) in outbox.groups:
                    opening.result().resync(outbox, operator)


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
