"""The server's log: it writes to the end of one file, we keep that file small."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.embedded.layout import Layout, open_owned

LARGEST_LOG = 4 * 1024 * 1024
"""Bytes, of the log and of the older part each."""
_TRIM_EVERY_S = 30.0
_TAIL_BYTES = 16 * 1024


def open_log(layout: Layout) -> int:
    """A descriptor for the server's output. Every write goes to the end, wherever that is then."""
    return open_owned(layout, layout.log, os.O_WRONLY | os.O_APPEND)


def trim_log(layout: Layout) -> None:
    """Move a log that has grown too large into `old_log`, up to its own limit.

    In place, because the server keeps the file open. A line written in between may be lost.
    """
    log = open_owned(layout, layout.log, os.O_RDWR)
    try:
        size = os.fstat(log).st_size
        if size <= LARGEST_LOG:
            return
        newest = os.pread(log, LARGEST_LOG, size - LARGEST_LOG)
        old = open_owned(layout, layout.old_log, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(old, "wb") as file:
            file.write(newest)
        os.ftruncate(log, 0)
    finally:
        os.close(log)


@contextmanager
def kept_small(layout: Layout) -> Iterator[None]:
    """Trim the log now and then, for as long as the server runs."""
    trim_log(layout)
    over = threading.Event()

    def keep() -> None:
        while not over.wait(_TRIM_EVERY_S):
            try:
                trim_log(layout)
            except OSError:
                return  # the directory has gone, or is full: the server will say so itself

    thread = threading.Thread(target=keep, name="postgres-log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def log_size(layout: Layout) -> int:
    """Bytes in the log now: where the next run's lines begin."""
    return layout.log.stat().st_size if layout.log.exists() else 0


def last_lines(layout: Layout, start: int, count: int = 12) -> str:
    """The last lines written since the log had `start` bytes, indented, each on its own line."""
    log = open_owned(layout, layout.log, os.O_RDONLY)
    with os.fdopen(log, "rb") as file:
        file.seek(max(start, log_size(layout) - _TAIL_BYTES))
        lines = file.read(_TAIL_BYTES).decode("utf-8", "replace").splitlines()
    return "".join(f"\n  {line}" for line in lines[-count:]) or "\n  (nothing was logged)"
