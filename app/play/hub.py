"""Every play socket of this process: who it belongs to, which groups it is in, what it is told.

A hub belongs to one event loop and is only used from it. There is no task and no timer per socket:
the transports say when a socket turns slow, and one timer looks at the slow ones while there are
any. How a session's handler uses it:

    outbox = hub.connect(channel_of(socket.scope))         # handshake accepted
    hub.identify(outbox, player=…, session=…)              # hello understood
    hub.join(outbox, table); hub.join(outbox, (table, operator)); outbox.send(welcome)
    …                                                      # frames in, until disconnected

A socket gets exactly the broadcasts made while it is in a group: join and send what they build on
without an `await` in between. Leaving is automatic: whatever closes a socket takes it out of all.
"""

import asyncio
import time
from collections.abc import Callable, Hashable
from typing import Final

import msgspec

from app.play.close_codes import ELSEWHERE, SLOW_READER, Close
from app.play.outbox import Backlog, Channel, Kind, Outbox
from app.play.pump import Pump, Scheduler
from engine.errors import require

MAX_SOCKETS_PER_SESSION: Final = 2
MAX_BROADCAST_BYTES: Final = 4 * 1024 + 4
"""A 4 KiB payload with its header."""
SWEEP_S: Final = 1.0
RESYNCS_A_TURN: Final = 32
CLOSES_A_TURN: Final = 64
TURN_S: Final = 0.05


class HubStats(msgspec.Struct, frozen=True):
    sockets: int
    """Connected, those on their way out included."""
    slow: int
    pending: int
    """Broadcasts not yet written to everybody."""
    broadcasts: int
    """Since the start, as are the following."""
    frames: int
    """Broadcast frames addressed: one for each socket of each broadcast."""
    closed_slow: int


class _Group:
    """Members in the order they joined, and the tuple of them that broadcasts in flight share."""

    __slots__ = ("_snapshot", "members")

    def __init__(self) -> None:
        self.members: dict[Outbox, None] = {}
        self._snapshot: tuple[Outbox, ...] | None = None

    def add(self, outbox: Outbox) -> None:
        self.members[outbox] = None
        self._snapshot = None

    def discard(self, outbox: Outbox) -> None:
        self.members.pop(outbox, None)
        self._snapshot = None

    def snapshot(self) -> tuple[Outbox, ...]:
        if self._snapshot is None:
            self._snapshot = tuple(self.members)
        return self._snapshot


class Hub:
    """`resync(outbox)` must `send` the socket the whole crowd as last broadcast: a diff was left
    out. `now` is a monotonic clock in seconds; `scheduler` the running event loop by default."""

    def __init__(
        self,
        resync: Callable[[Outbox], None],
        *,
        backlog: Backlog | None = None,
        now: Callable[[], float] = time.monotonic,
        scheduler: Scheduler | None = None,
    ) -> None:
        self._resync = resync
        self._backlog = backlog or Backlog()
        self._now = now
        self._scheduler = scheduler or asyncio.get_running_loop()
        self._pump = Pump(self._scheduler, now, self._resync_some)
        self._sockets: set[Outbox] = set()
        self._groups: dict[Hashable, _Group] = {}
        self._players: dict[Hashable, tuple[Outbox, ...]] = {}
        self._sessions: dict[Hashable, tuple[Outbox, ...]] = {}
        self._slow: dict[Outbox, float] = {}
        self._crowdless: dict[Outbox, None] = {}
        self._sweeping = False
        self._closed_as: Close | None = None
        self._empty: asyncio.Event | None = None
        self._broadcasts = self._frames = self._closed_slow = 0

    # Who is here

    def connect(self, channel: Channel) -> Outbox:
        """Take in a socket whose handshake is done. It is in no group and belongs to nobody yet;
        a hub that is closing closes it at once (see `Outbox.closed`)."""
        outbox = Outbox(channel, self, self._backlog)
        self._sockets.add(outbox)
        outbox.open()
        if self._closed_as is not None:
            outbox.close(self._closed_as)
        return outbox

    def identify(self, outbox: Outbox, *, player: Hashable, session: Hashable) -> None:
        """Say whose socket it is, once. A session's third socket closes its oldest."""
        require(outbox.session is None and session is not None, "a socket has one session")
        if outbox.closed:
            return
        while len(others := self.sockets_of_session(session)) >= MAX_SOCKETS_PER_SESSION:
            others[0].close(ELSEWHERE)
        outbox.player, outbox.session = player, session
        self._players[player] = (*self._players.get(player, ()), outbox)
        self._sessions[session] = (*others, outbox)

    def sockets_of_player(self, player: Hashable) -> tuple[Outbox, ...]:
        """Open ones, oldest first."""
        return self._players.get(player, ())

    def sockets_of_session(self, session: Hashable) -> tuple[Outbox, ...]:
        """Open ones, oldest first."""
        return self._sessions.get(session, ())

    def join(self, outbox: Outbox, group: Hashable) -> None:
        self._pump.catch_up(outbox)
        if outbox.closed or group in outbox.groups:
            return
        outbox.groups = (*outbox.groups, group)
        self._groups.setdefault(group, _Group()).add(outbox)

    def leave(self, outbox: Outbox, group: Hashable) -> None:
        self._pump.catch_up(outbox)
        if group not in outbox.groups:
            return
        outbox.groups = tuple(other for other in outbox.groups if other != group)
        self._discard(outbox, group)

    def size(self, group: Hashable) -> int:
        members = self._groups.get(group)
        return len(members.members) if members else 0

    @property
    def stats(self) -> HubStats:
        return HubStats(
            sockets=len(self._sockets),
            slow=len(self._slow),
            pending=self._pump.pending,
            broadcasts=self._broadcasts,
            frames=self._frames,
            closed_slow=self._closed_slow,
        )

    # What they are told

    def broadcast(self, group: Hashable, frame: bytes, kind: Kind) -> int:
        """Write one ready-made frame to everybody in `group`, soon and in slices; returns how many
        that is. Each socket gets broadcasts and its own frames in the order of the calls."""
        require(kind is not Kind.OWN, "a player's own frame is not for a group")
        require(len(frame) <= MAX_BROADCAST_BYTES, "a broadcast frame is over its bound")
        members = self._groups.get(group)
        if members is None:
            return 0
        snapshot = members.snapshot()
        self._broadcasts += 1
        self._frames += len(snapshot)
        self._pump.add(group, frame, kind, snapshot)
        return len(snapshot)

    def send_to_player(self, player: Hashable, frame: bytes) -> int:
        """Send a player's own frame to each of their sockets; returns to how many."""
        return sum(outbox.send(frame) for outbox in self.sockets_of_player(player))

    async def close_all(self, close: Close, within_s: float = 5.0) -> int:
        """Close every socket, those that still connect included, spread over the first half of
        `within_s` so that not all come back at once. Returns, `within_s` after the call at the
        latest, how many had not ended by themselves and were cut."""
        self._closed_as = close
        self._empty = asyncio.Event()
        deadline = self._now() + within_s
        waiting = tuple(self._sockets)
        turns = -(-len(waiting) // CLOSES_A_TURN)
        for turn in range(turns):
            for outbox in waiting[turn * CLOSES_A_TURN : (turn + 1) * CLOSES_A_TURN]:
                outbox.close(close)
            await asyncio.sleep(min(TURN_S, within_s / 2 / turns))
        if not self._sockets:
            return 0
        try:
            await asyncio.wait_for(self._empty.wait(), max(0.0, deadline - self._now()))
        except TimeoutError:
            stubborn = tuple(self._sockets)
            for outbox in stubborn:
                outbox.abort()
            return len(stubborn)
        return 0

    # What the outboxes tell

    def catch_up(self, outbox: Outbox) -> None:
        self._pump.catch_up(outbox)

    def slow(self, outbox: Outbox) -> None:
        self._slow[outbox] = self._now()
        if not self._sweeping:
            self._sweeping = True
            self._scheduler.call_later(SWEEP_S, self._sweep)

    def too_slow(self, outbox: Outbox) -> None:
        self._closed_slow += 1
        outbox.close(SLOW_READER)

    def caught_up(self, outbox: Outbox) -> None:
        self._slow.pop(outbox, None)
        if outbox in self._crowdless and not self._pump.pending:
            self._resync_some()

    def lost_crowd(self, outbox: Outbox) -> None:
        self._crowdless[outbox] = None

    def closing(self, outbox: Outbox) -> None:
        self._slow.pop(outbox, None)
        self._crowdless.pop(outbox, None)
        for group in outbox.groups:
            self._discard(outbox, group)
        outbox.groups = ()
        _discard_owned(self._players, outbox.player, outbox)
        _discard_owned(self._sessions, outbox.session, outbox)

    def lost(self, outbox: Outbox) -> None:
        self._sockets.discard(outbox)
        if self._empty is not None and not self._sockets:
            self._empty.set()

    def _sweep(self) -> None:
        overdue = self._now() - self._backlog.max_slow_s
        for outbox in [outbox for outbox, since in self._slow.items() if since <= overdue]:
            self.too_slow(outbox)
        self._sweeping = bool(self._slow)
        if self._sweeping:
            self._scheduler.call_later(SWEEP_S, self._sweep)

    def _resync_some(self) -> None:
        """Only between broadcasts: then the crowd as last broadcast is the crowd everybody has, and
        the next diff is for this socket too."""
        clear = [outbox for outbox in self._crowdless if outbox.clear]
        for outbox in clear[:RESYNCS_A_TURN]:
            del self._crowdless[outbox]
            outbox.crowd_lost = False
            self._resync(outbox)
        if len(clear) > RESYNCS_A_TURN:
            self._scheduler.call_later(TURN_S, self._resync_if_idle)

    def _resync_if_idle(self) -> None:
        if not self._pump.pending:
            self._resync_some()

    def _discard(self, outbox: Outbox, group: Hashable) -> None:
        members = self._groups[group]
        members.discard(outbox)
        if not members.members:
            del self._groups[group]


def _discard_owned(
    owned: dict[Hashable, tuple[Outbox, ...]], owner: Hashable, outbox: Outbox
) -> None:
    rest = tuple(other for other in owned.get(owner, ()) if other is not outbox)
    if rest:
        owned[owner] = rest
    else:
        owned.pop(owner, None)
