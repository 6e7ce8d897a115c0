"""The way in: own a cluster for a while, or join one that is already running."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedError
from app.embedded.identity import choose_identity
from app.embedded.layout import (
    Layout,
    cluster_uri,
    is_private,
    make_private,
    prepare_layout,
    socket_directory,
)
from app.embedded.logfile import kept_small
from app.embedded.ownership import (
    POLL_S,
    Holder,
    lock_file,
    lock_within,
    read_holder,
    sign,
    try_lock,
)
from app.embedded.remains import (
    Postmaster,
    accepts_connections,
    live_postmaster,
    remove_remains,
)
from app.embedded.server import (
    Progress,
    Setup,
    create_cluster,
    find_programs,
    running_server,
    stop_by_degrees,
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that accepts connections."""

    uri: str
    """For asyncpg and libpq; user and database `postgres`, no password."""
    joined: bool
    """Whether another process owns it: then it goes on after us, and may end before us."""
    pid: int
    """The server's first process."""
    log: Path
    """What it prints."""


@contextmanager
def open_cluster(
    data_dir: Path,
    *,
    join: bool = False,
    on_progress: Callable[[str], None] = lambda line: None,
    patience_s: float = 30.0,
    start_timeout_s: float = 120.0,
) -> Iterator[Cluster]:
    """A running cluster whose files are in `data_dir`, a directory of its own; made on first use.

    `join=False` is for a server. It owns the cluster, until it leaves. A second server is refused
    (`already_running`). `join=True` is for a short command: it uses the cluster of a server that
    runs, and otherwise starts its own and stops it on leaving. A cluster that a command has
    started is never joined but waited for, by servers and commands alike: it is about to stop.

    `on_progress` gets a line for people whenever something takes time. `patience_s` bounds each
    wait for another owner, `start_timeout_s` the wait for the server to accept connections.

    To be entered in the main thread: the server is interrupted when the thread that started it
    ends. Blocks, so enter it before an event loop runs. Raises `EmbeddedError`.
    """
    if threading.current_thread() is not threading.main_thread():
        raise EmbeddedError(
            "not_main_thread",
            "the embedded database must be started from the main thread: it ends with its thread",
        )
    with contextlib.ExitStack() as stack:
        with _explained(data_dir):
            layout = prepare_layout(data_dir)
            owner_lock = stack.enter_context(lock_file(layout, layout.owner_lock))
            cluster = _own_or_join(layout, owner_lock, join, on_progress, patience_s)
            if cluster is None:
                sign(owner_lock, "command" if join else "server")
                cluster = _start(stack, layout, join, on_progress, start_timeout_s)
        yield cluster


def _own_or_join(
    layout: Layout, owner_lock: int, join: bool, on_progress: Progress, patience_s: float
) -> Cluster | None:
    """The running server's cluster, or `None` with the lock taken."""
    begun = time.monotonic()
    told: str | None = None
    while not try_lock(owner_lock):
        holder = read_holder(owner_lock)
        if holder is not None and holder.role == "server":
            if not join:
                raise _already_running(layout, holder.pid)
            postmaster = live_postmaster(layout)
            if postmaster is not None and (cluster := _joined(layout, postmaster)):
                return cluster
        who = _named(holder)
        if time.monotonic() - begun > patience_s:
            raise EmbeddedError(
                "busy",
                f"{who} has held the database in {layout.root} for more than {patience_s:g} s:"
                " wait for it to end, or stop it",
            )
        if holder is not None and told != who:
            on_progress(f"waiting for {who}, which holds the database")
            told = who
        time.sleep(POLL_S)
    return None


def _start(
    stack: contextlib.ExitStack,
    layout: Layout,
    join: bool,
    on_progress: Progress,
    start_timeout_s: float,
) -> Cluster:
    """Our own server, with the owner's lock held. What undoes each step goes onto the stack."""
    processes_lock = stack.enter_context(lock_file(layout, layout.processes_lock))
    if not try_lock(processes_lock):
        _end_orphans(layout, processes_lock, on_progress)
    stray = live_postmaster(layout)
    if stray is not None:
        cluster = _joined(layout, stray) if join else None
        if cluster is None:
            raise _already_running(layout, stray.pid)
        return cluster
    programs = find_programs()
    identity = choose_identity(layout, programs / "postgres")
    uid, gid = identity.owner
    sockets = socket_directory(layout, uid)
    make_private(sockets, uid, gid)
    remove_remains(layout, sockets)
    if sockets != layout.run:
        stack.callback(_remove_if_empty, sockets)
    stack.enter_context(kept_small(layout))
    setup = Setup(layout, identity, programs, processes_lock)
    create_cluster(setup, on_progress)
    server = running_server(setup, sockets, start_timeout_s, on_progress)
    pid = stack.enter_context(server)
    return Cluster(cluster_uri(sockets), joined=False, pid=pid, log=layout.log)


def _joined(layout: Layout, postmaster: Postmaster) -> Cluster | None:
    """Somebody else's cluster, if it accepts connections, on a socket that only its owner made."""
    sockets = postmaster.sockets if postmaster.is_ready else None
    if sockets is None or not is_private(sockets, layout.root.stat().st_uid):
        return None
    if not accepts_connections(sockets):
        return None
    return Cluster(cluster_uri(sockets), joined=True, pid=postmaster.pid, log=layout.log)


def _end_orphans(layout: Layout, processes_lock: int, on_progress: Progress) -> None:
    """Wait for a cluster without owner, which is shutting down, and see that it does."""
    on_progress(f"waiting for an earlier server in {layout.root} to end")

    def send(number: signal.Signals) -> None:
        postmaster = live_postmaster(layout)
        if postmaster is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(postmaster.pid, number)

    if not stop_by_degrees(send, lambda bound_s: lock_within(processes_lock, bound_s), on_progress):
        raise EmbeddedError(
            "stop_failed",
            f"processes of an earlier server in {layout.root} do not end: stop them",
        )


def _already_running(layout: Layout, pid: int) -> EmbeddedError:
    return EmbeddedError(
        "already_running",
        f"process {pid} already runs the database in {layout.root}:"
        " stop it first, or choose another data directory",
    )


def _named(holder: Holder | None) -> str:
    return "another process" if holder is None else f"process {holder.pid} (a {holder.role})"


def _remove_if_empty(directory: Path) -> None:
    with contextlib.suppress(OSError):
        directory.rmdir()


@contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = error.filename or data_dir
        raise EmbeddedError(
            "directory_unusable", f"{what} cannot be used: {error.strerror or error}"
        ) from error
