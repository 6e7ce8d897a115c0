"""Who owns a cluster, and whether any of its processes lives: two file locks.

Locks of open files (`flock`) end with the last process that has the file open, so neither needs
cleaning up after a kill. `owner.lock` is never inherited; `processes.lock` always is.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.embedded.layout import Layout, open_owned
from app.embedded.remains import is_alive

Role = Literal["server", "command"]
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """Who wrote itself into `owner.lock`."""

    pid: int
    role: Role


@contextmanager
def lock_file(layout: Layout, path: Path) -> Iterator[int]:
    """The descriptor of a lock file, not locked yet. Leaving lets go, except of inherited ones."""
    descriptor = open_owned(layout, path, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take a lock unless another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_within(descriptor: int, bound_s: float) -> bool:
    """Take a lock as soon as it is free, or give up."""
    deadline = time.monotonic() + bound_s
    while not try_lock(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def sign(descriptor: int, role: Role) -> None:
    """Write down who holds the owner's lock."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {role}\n".encode(), 0)


def read_holder(descriptor: int) -> Holder | None:
    """Who holds the owner's lock; `None` while that is not written, or not believable.

    A pid that does not live is what a killed owner left behind, under a lock that a new one has
    taken but not signed yet.
    """
    words = os.pread(descriptor, 64, 0).decode("ascii", "replace").split()
    match words:
        case [pid, ("server" | "command") as role] if pid.isdecimal() and is_alive(int(pid)):
            return Holder(int(pid), role)
    return None
