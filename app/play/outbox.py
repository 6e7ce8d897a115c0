"""What one socket still has to be told, and what it may miss.

While the transport takes every byte an outbox is *clear* and frames go straight through. Once the
kernel takes no more, the socket is *slow*: its outbox queues, by kind, until the transport has
drained. Whatever happens, a socket receives a subsequence of what it was offered: nothing
overtakes, and only ticks and crowd diffs are ever left out.
"""

from collections.abc import Callable, Hashable
from enum import Enum, auto
from typing import Final, Protocol

import msgspec

from app.log import get_logger
from app.play.close_codes import Close

log = get_logger(__name__)

FLUSH_BYTES: Final = 16 * 1024
"""How much of a backlog is handed to the transport at once: what it buffers can no longer be
conflated."""


class Kind(Enum):
    """How a frame may be treated on a slow socket."""

    OWN = auto()
    """The player's own answer. Never left out."""
    PHASE = auto()
    """A turn of the round: betting, locked, running, crashed, void. Never left out."""
    TICK = auto()
    """The newest replaces a queued one."""
    OUTS = auto()
    """A tick that also tells cash-outs: replaced like a tick, and then the crowd is lost."""
    CROWD = auto()
    """A diff. Left out while the socket is slow, and from then on until the crowd is resynced."""


class Channel(Protocol):
    """What carries an outbox's bytes: `transport.GameProtocol`."""

    @property
    def raw_write(self) -> Callable[[bytes], object]:
        """Hand bytes to the transport, unguarded: only valid between `attach` and `closing`."""

    def open_direct(self) -> Callable[[bytes], int]:
        """A way past the transport, for while it has nothing buffered: hands bytes to the kernel
        and returns how many it took. Raises `OSError`."""

    def attach(self, sink: "Outbox") -> None:
        """Start telling `sink` of `paused`, `resumed`, `closing` and `lost`, at once of those that
        are true already."""

    def close(self, close: Close) -> None:
        """Begin the closing handshake. Calls `closing` before it returns."""

    def abort(self) -> None:
        """Cut the connection at once."""


class Watcher(Protocol):
    """Who keeps the outboxes: `hub.Hub`."""

    def catch_up(self, outbox: "Outbox") -> None:
        """Offer it the broadcasts it has not had yet."""

    def slow(self, outbox: "Outbox") -> None: ...
    def too_slow(self, outbox: "Outbox") -> None: ...
    def caught_up(self, outbox: "Outbox") -> None: ...
    def lost_crowd(self, outbox: "Outbox") -> None: ...
    def closing(self, outbox: "Outbox") -> None: ...
    def lost(self, outbox: "Outbox") -> None: ...


class Backlog(msgspec.Struct, frozen=True):
    """How far a slow reader may fall behind before it is closed with `SLOW_READER`."""

    max_bytes: int = 64 * 1024
    max_frames: int = 256
    max_slow_s: float = 15.0
    """From the first byte the kernel refused until the last queued one is handed over."""


class Outbox:
    """One socket's way out. `clear` and `put` are the broadcast's fast path: whoever finds `clear`
    true may `put(frame)`, else `offer`; everybody else goes through `send`."""

    __slots__ = (
        "_backlog",
        "_bytes",
        "_channel",
        "_direct",
        "_frames",
        "_paused",
        "_queue",
        "_tick_at",
        "_tick_kind",
        "_watcher",
        "_write",
        "clear",
        "closed",
        "crowd_lost",
        "groups",
        "player",
        "seen",
        "session",
    )

    def __init__(self, channel: Channel, watcher: Watcher, backlog: Backlog) -> None:
        self._channel = channel
        self._watcher = watcher
        self._backlog = backlog
        self._queue: list[bytes] = []
        self._bytes = 0
        self._frames = 0
        self._tick_at: int | None = None
        self._tick_kind = Kind.TICK
        self._paused = False
        self.clear = True
        self.closed = False
        self.crowd_lost = False
        self._write = channel.raw_write
        self._direct = channel.open_direct()
        self.seen = 0
        """The number of the last broadcast it was offered, for the pump."""
        self.player: Hashable = None
        self.session: Hashable = None
        self.groups: tuple[Hashable, ...] = ()

    def open(self) -> None:
        """Start hearing from the channel; once, before the first frame."""
        self._channel.attach(self)

    def send(self, frame: bytes) -> bool:
        """Deliver the player's own frame, now or in its turn, behind every broadcast made before.
        False once the socket is closing."""
        self._watcher.catch_up(self)
        return self.offer(frame, Kind.OWN)

    def offer(self, frame: bytes, kind: Kind) -> bool:
        """Deliver, queue or leave out by `kind`, for the pump: everybody else uses `send`. False if
        this frame will never arrive."""
        if kind is Kind.CROWD and (self.crowd_lost or not self.clear):
            self.lose_crowd()
            return False
        if self.clear:
            self.put(frame)
            return not self.closed
        if self.closed:
            return False
        if kind is Kind.TICK or kind is Kind.OUTS:
            self._forget_queued_tick()
            self._tick_at, self._tick_kind = len(self._queue), kind
        self._queue.append(frame)
        self._bytes += len(frame)
        self._frames += 1
        if self._bytes > self._backlog.max_bytes or self._frames > self._backlog.max_frames:
            self._watcher.too_slow(self)
        return True

    def put(self, frame: bytes) -> None:
        """Write `frame` now. Only while `clear`."""
        try:
            sent = self._direct(frame)
        except OSError:
            # Full, or broken: the transport meets the same and knows what to do about it.
            sent = 0
        if sent < len(frame):
            self._pass_on(frame[sent:])

    def _pass_on(self, rest: bytes) -> None:
        try:
            self._write(rest)
        except RuntimeError:
            # It is gone and has not said so. Whoever writes to many sockets goes on with the next.
            log.exception("transport_broken")
            self.abort()

    def lose_crowd(self) -> None:
        """A diff was left out: no other goes out until the watcher has had the crowd resent whole
        and has taken `crowd_lost` back."""
        if not self.crowd_lost and not self.closed:
            self.crowd_lost = True
            self._watcher.lost_crowd(self)

    def close(self, close: Close) -> None:
        """Begin closing; idempotent. What is queued goes out ahead of the close frame, so that a
        reader that recovers before the cut has missed nothing of its own."""
        if self.closed:
            return
        if self._queue:
            self._pass_on(b"".join(self._queue))
        self._channel.close(close)

    def abort(self) -> None:
        """Cut the connection, whatever is still unsent."""
        self._channel.abort()

    def paused(self) -> None:
        """Told by the channel: the kernel takes no more."""
        self._paused = True
        if self.clear:
            self.clear = False
            self._watcher.slow(self)

    def resumed(self) -> None:
        """Told by the channel: everything written so far has been taken."""
        self._paused = False
        while self._queue and not self.closed:
            self._pass_on(self._take_batch())
            if self._paused:
                return
        if not self.closed:
            self.clear = True
            self._watcher.caught_up(self)

    def closing(self) -> None:
        """Told by the channel, once: nothing can be written from here on."""
        self.clear = False
        self.closed = True
        self._queue.clear()
        self._watcher.closing(self)

    def lost(self) -> None:
        """Told by the channel, once, after `closing`: the connection is gone."""
        self._watcher.lost(self)

    def _forget_queued_tick(self) -> None:
        if self._tick_at is None:
            return
        if self._tick_kind is Kind.OUTS:
            self.lose_crowd()
        self._bytes -= len(self._queue[self._tick_at])
        self._frames -= 1
        if self._tick_at == len(self._queue) - 1:
            self._queue.pop()
        else:
            # An empty place keeps the others' positions; there are never more of them than frames.
            self._queue[self._tick_at] = b""

    def _take_batch(self) -> bytes:
        size = count = 0
        for frame in self._queue:
            size += len(frame)
            count += 1
            self._frames -= bool(frame)
            if size >= FLUSH_BYTES:
                break
        batch = b"".join(self._queue[:count])
        del self._queue[:count]
        self._bytes -= size
        if self._tick_at is not None:
            self._tick_at = self._tick_at - count if self._tick_at >= count else None
        return batch
