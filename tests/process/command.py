"""The `apogee` command as a process of its own: what it prints, how it ends, what it leaves."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import aiohttp

from app.config import load_config
from tests.live import BOUND_S, FAST, Live

APOGEE = Path(sys.executable).with_name("apogee")
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has run to its end."""

    code: int
    out: str
    err: str


class Process:
    """A command that goes on running, and all it has printed so far."""

    def __init__(self, folder: Path, *arguments: str, **settings: str) -> None:
        self._printed: list[str] = []
        self._news = threading.Condition()
        self._child = subprocess.Popen(
            [APOGEE, *arguments],
            cwd=folder,
            env=_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        streams = (self._child.stdout, self._child.stderr)
        self._readers = [threading.Thread(target=self._read, args=(one,)) for one in streams]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def printed(self) -> str:
        """Both streams, line by line as they came."""
        with self._news:
            return "".join(self._printed)

    def says(self, text: str) -> str:
        """The first line with that text, as soon as it is printed."""

        def found() -> str | None:
            return next((line for line in self._printed if text in line), None)

        def over() -> bool:
            return not any(reader.is_alive() for reader in self._readers)

        deadline = time.monotonic() + BOUND_S
        with self._news:
            while (line := found()) is None:
                assert not over(), f"ended before {text!r}: {''.join(self._printed)}"
                assert time.monotonic() < deadline, f"no {text!r} in {''.join(self._printed)}"
                self._news.wait(0.2)
            return line

    async def says_soon(self, text: str) -> str:
        return await asyncio.to_thread(self.says, text)

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and nothing asked; harmless to one that has ended."""
        self._child.kill()
        self.ends()

    def ends(self) -> int:
        """The exit code; of one killed by a signal, the negative number of it."""
        code = self._child.wait(BOUND_S)
        for reader in self._readers:
            reader.join(BOUND_S)
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()
        return code

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            with self._news:
                self._printed.append(line)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()


def run(folder: Path, *arguments: str, **settings: str) -> Ended:
    """A command that ends by itself."""
    done = subprocess.run(
        [APOGEE, *arguments],
        cwd=folder,
        env=_environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


class Server:
    """One installation: a data directory, a port that stays the same, and runs of it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.settings = {
            **FAST,
            "APOGEE_DATA_DIR": str(self.data_dir),
            "APOGEE_PORT": str(free_port()),
            **settings,
        }

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.settings['APOGEE_PORT']}"

    @contextmanager
    def playing(self) -> Iterator[Process]:
        """`apogee play`, ready; killed at the end if it has not ended by then."""
        with Process(self.folder, "play", **self.settings) as process:
            process.says(f"Lobby: {self.base_url}/sandbox")
            yield process

    def begin(self) -> Process:
        """`apogee play`, at the very start of its life."""
        return Process(self.folder, "play", **self.settings)

    def run(self, *arguments: str) -> Ended:
        """Another command on the same installation."""
        return run(self.folder, *arguments, **self.settings)

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[Live]:
        """The server that runs now, as players and the casino see it."""
        config = load_config(self.settings)
        async with aiohttp.ClientSession() as http, Live(config, http) as world:
            yield world

    def processes(self) -> set[int]:
        """Those that work on the data directory: the database's, seen by where they stand."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _works_in(entry, self.data_dir):
                found.add(int(entry.name))
        return found

    def is_left_alone(self) -> bool:
        """Whether nobody works on the data directory any more, within the bound."""
        return _within(BOUND_S, lambda: not self.processes())


def free_port() -> int:
    """One that nobody listens on, for servers that must come back under the same address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Ours without any setting of the machine's own."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("APOGEE_") and name != "PORT"
    }
    return {**ours, "COLUMNS": "160", **settings}


def _works_in(entry: Path, folder: Path) -> bool:
    try:
        return (entry / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False  # ended meanwhile, or the kernel's


def _within(bound_s: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + bound_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True
