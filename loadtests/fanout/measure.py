"""Pairs of server and client processes, and windows of processor time over frames."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self, cast

import msgspec

from loadtests.fanout.wire import FRAME_BYTES

WARM_UP_S = 0.4
SILENCE_S = 0.15
"""Long enough after the last tick for everything to be read."""


class Window(msgspec.Struct, frozen=True):
    cpu_us: float
    """Of the whole server process."""
    frames: int
    expected: int

    @property
    def us_per_frame(self) -> float:
        return self.cpu_us / max(1, self.frames)


class Cores(msgspec.Struct, frozen=True):
    server: int
    client: int


def pick_cores() -> Cores:
    """The last core for servers, the first for clients: the same one on a machine with one."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(server=allowed[-1], client=allowed[0])


def _spawn(command: Sequence[str], core: int) -> "subprocess.Popen[bytes]":
    before = os.sched_getaffinity(0)
    # Inherited, and so in force from the first instruction and for every thread.
    os.sched_setaffinity(0, {core})
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    finally:
        os.sched_setaffinity(0, before)


def _cpu_us(pid: int) -> float:
    """Processor time of all threads so far, from the scheduler's own nanoseconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1000


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Contest:
    """One contestant: its server, and a client with `sockets` connections to it."""

    def __init__(self, command: Sequence[str], sockets: int, rate: float, cores: Cores) -> None:
        self._sockets, self._rate = sockets, rate
        self._server = _spawn([*command, str(rate)], cores.server)
        port = self._line(self._server).removeprefix("port ")
        before = _resident_bytes(self._server.pid)
        reader = [sys.executable, "-m", "loadtests.fanout.client", port, str(sockets)]
        self._client = _spawn(reader, cores.client)
        if self._line(self._client) != "ready":
            raise RuntimeError(f"the client could not connect {sockets} sockets")
        grown = _resident_bytes(self._server.pid) - before
        self.kib_per_socket = grown / 1024 / sockets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._client, self._server):
            cast(IO[bytes], process.stdin).close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def run(self, seconds: float) -> Window:
        """Warm up, fall silent, then measure `seconds` of ticks between two silences."""
        self._tick(WARM_UP_S)
        received, cpu_us = self._received(), _cpu_us(self._server.pid)
        ticks = max(1, round(seconds * self._rate))
        # The first tick comes one period after the command, the last half a period before the end.
        self._tick((ticks + 0.5) / self._rate)
        frames, rest = divmod(self._received() - received, FRAME_BYTES)
        cpu_us = _cpu_us(self._server.pid) - cpu_us
        if rest:
            raise RuntimeError("part of a frame was left out")
        return Window(cpu_us=cpu_us, frames=frames, expected=ticks * self._sockets)

    def _tick(self, seconds: float) -> None:
        self._tell(self._client, b"r")
        self._tell(self._server, b"g")
        time.sleep(seconds)
        self._tell(self._server, b"s")
        time.sleep(SILENCE_S)

    def _received(self) -> int:
        self._tell(self._client, b"c")
        return int(self._line(self._client))

    @staticmethod
    def _tell(process: "subprocess.Popen[bytes]", command: bytes) -> None:
        commands = cast(IO[bytes], process.stdin)
        commands.write(command)
        commands.flush()

    @staticmethod
    def _line(process: "subprocess.Popen[bytes]") -> str:
        return cast(IO[bytes], process.stdout).readline().decode().strip()
