"""Broadcasts in the order they were made, in slices that leave the event loop free in between.

One queue for all groups: a socket in several groups (its table's, its table and operator's) gets
their broadcasts in one order, and a socket whose own frame cannot wait is caught up out of turn.
Between two slices the loop reads its sockets and runs the commands they brought, so a cash-out
never waits for more than one slice.
"""

from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Protocol

from app.play.outbox import Kind, Outbox
from engine.errors import require

SLICE_S: Final = 0.0018
"""With one more chunk of writes this stays within 2 ms."""
CHUNK: Final = 24
"""Sockets written to between two looks at the clock: under 0.2 ms."""
MAX_PENDING: Final = 1024
"""Broadcasts waiting; past it crowd diffs are given up, past four times it we stop."""


class Scheduler(Protocol):
    """What the pump and the hub use of an event loop."""

    def call_soon(self, callback: Callable[[], object], /) -> object: ...
    def call_later(self, delay: float, callback: Callable[[], object], /) -> object: ...


class _Broadcast:
    __slots__ = ("at", "frame", "group", "kind", "members", "number")

    def __init__(
        self, number: int, group: Hashable, frame: bytes, kind: Kind, members: tuple[Outbox, ...]
    ) -> None:
        self.number = number
        self.group = group
        self.frame = frame
        self.kind = kind
        self.members = members
        self.at = 0


class Pump:
    """`now` is a clock in seconds, read between chunks; `idle` is called when all is delivered."""

    def __init__(
        self, scheduler: Scheduler, now: Callable[[], float], idle: Callable[[], None]
    ) -> None:
        self._scheduler = scheduler
        self._now = now
        self._idle = idle
        self._queue: deque[_Broadcast] = deque()
        self._waiting_ticks: dict[Hashable, _Broadcast] = {}
        self._running = False
        self._number = 0

    @property
    def pending(self) -> int:
        return len(self._queue)

    def add(self, group: Hashable, frame: bytes, kind: Kind, members: tuple[Outbox, ...]) -> None:
        """Deliver `frame` to `members` as they stand, after everything added before.

        When ticks come faster than they can be delivered, a tick of the same group that has not
        been started gives way to the newer one.
        """
        if kind is Kind.CROWD and len(self._queue) >= MAX_PENDING:
            _lose_crowd(members)
            return
        require(len(self._queue) < 4 * MAX_PENDING, "broadcasts pile up without end")
        self._number += 1
        broadcast = _Broadcast(self._number, group, frame, kind, members)
        if kind is Kind.TICK or kind is Kind.OUTS:
            self._drop_waiting_tick(group)
            self._waiting_ticks[group] = broadcast
        self._queue.append(broadcast)
        if not self._running:
            self._running = True
            self._scheduler.call_soon(self._run_slice)

    def catch_up(self, outbox: Outbox) -> None:
        """Offer one socket, now, what its groups are still to get. Needed before anything else is
        written to it, and before it joins or leaves a group."""
        for broadcast in self._queue:
            if outbox.seen < broadcast.number and broadcast.group in outbox.groups:
                outbox.offer(broadcast.frame, broadcast.kind)
        outbox.seen = self._number

    def _drop_waiting_tick(self, group: Hashable) -> None:
        older = self._waiting_ticks.pop(group, None)
        if older is None:
            return
        if older.kind is Kind.OUTS:
            _lose_crowd(older.members)
        self._queue.remove(older)

    def _run_slice(self) -> None:
        try:
            self._deliver_until(self._now() + SLICE_S)
        finally:
            self._running = bool(self._queue)
            if self._running:
                # Once round the loop first: what arrived during this slice goes before the next.
                self._scheduler.call_soon(self._yield_once)
        if not self._running:
            self._idle()

    def _yield_once(self) -> None:
        self._scheduler.call_soon(self._run_slice)

    def _deliver_until(self, deadline: float) -> None:
        while self._queue:
            broadcast = self._queue[0]
            if self._waiting_ticks.get(broadcast.group) is broadcast:
                del self._waiting_ticks[broadcast.group]
            _deliver_chunk(broadcast)
            if broadcast.at == len(broadcast.members):
                self._queue.popleft()
            if self._now() >= deadline:
                return


def _deliver_chunk(broadcast: _Broadcast) -> None:
    frame, kind, number = broadcast.frame, broadcast.kind, broadcast.number
    chunk = broadcast.members[broadcast.at : broadcast.at + CHUNK]
    broadcast.at += len(chunk)
    diff = kind is Kind.CROWD
    for outbox in chunk:
        if outbox.seen >= number:
            continue
        outbox.seen = number
        if outbox.clear and not diff:
            outbox.put(frame)
        else:
            outbox.offer(frame, kind)


def _lose_crowd(members: tuple[Outbox, ...]) -> None:
    for outbox in members:
        outbox.lose_crowd()
