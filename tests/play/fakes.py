"""A channel that records, and an event loop that moves only when told."""

import errno
from collections import deque
from collections.abc import Callable
from typing import Self

from app.play.close_codes import Close
from app.play.outbox import Outbox


class FakeChannel:
    """Takes `room` more bytes before it says that the kernel is full."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.sent: list[bytes] = []
        self.closed_as: Close | None = None
        self.aborted = False
        self.fails = False
        self.on_close: Callable[[], object] = lambda: None
        self._sink: Outbox | None = None
        self._ending = False

    @property
    def raw_write(self) -> Callable[[bytes], object]:
        return self._write

    def open_direct(self) -> Callable[[bytes], int]:
        return self._send

    @property
    def received(self) -> bytes:
        return b"".join(self.sent)

    def attach(self, sink: Outbox) -> None:
        self._sink = sink

    def drain(self, room: int = 1 << 30) -> None:
        """The reader has read: there is `room` again."""
        self.room = room
        assert self._sink is not None
        self._sink.resumed()

    def close(self, close: Close) -> None:
        self.closed_as = close
        self._end()
        self.on_close()

    def abort(self) -> None:
        self.aborted = True
        self._end()
        assert self._sink is not None
        self._sink.lost()

    def end(self) -> None:
        """The peer has gone."""
        self._end()
        assert self._sink is not None
        self._sink.lost()

    def _end(self) -> None:
        assert self._sink is not None
        if not self._ending:
            self._ending = True
            self._sink.closing()

    def _send(self, frame: bytes) -> int:
        assert not self._ending, "sent to after the end"
        if self.fails:
            raise OSError(errno.EBADF, "no such descriptor")
        if self.room <= 0:
            raise BlockingIOError
        taken = frame[: self.room]
        self.sent.append(taken)
        self.room -= len(taken)
        return len(taken)

    def _write(self, frame: bytes) -> None:
        assert not self._ending, "written to after the end"
        if self.fails:
            raise RuntimeError("the handle is closed")
        self.sent.append(frame)
        self.room -= len(frame)
        if self.room < 0:
            assert self._sink is not None
            self._sink.paused()


class FakeLoop:
    """`turn` runs what is due, once round; every look at the clock costs `look_s`."""

    def __init__(self, look_s: float = 0.0) -> None:
        self.time = 1000.0
        self.look_s = look_s
        self.turns = 0
        self._soon: deque[Callable[[], object]] = deque()
        self._later: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> float:
        self.time += self.look_s
        return self.time

    def call_soon(self, callback: Callable[[], object], /) -> None:
        self._soon.append(callback)

    def call_later(self, delay: float, callback: Callable[[], object], /) -> None:
        self._later.append((self.time + delay, callback))

    def turn(self) -> bool:
        """False if there was nothing to do."""
        self.turns += 1
        due = [callback for at, callback in self._later if at <= self.time]
        self._later = [(at, callback) for at, callback in self._later if at > self.time]
        ready, self._soon = [*due, *self._soon], deque()
        for callback in ready:
            callback()
        return bool(ready)

    def settle(self) -> Self:
        while self.turn():
            pass
        return self

    def advance(self, seconds: float) -> Self:
        self.time += seconds
        return self.settle()
