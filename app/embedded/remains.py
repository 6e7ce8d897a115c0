"""What a server leaves in its directory, and whether it is still alive."""

import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from app.embedded.layout import Layout, socket_path

_ANSWER_TIMEOUT_S = 5.0
_LARGEST_ANSWER = 64 * 1024
_PROTOCOL = 3 << 16
_CANNOT_CONNECT_NOW = b"57P03"


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What `postmaster.pid` says; `sockets`, where its socket is, is `None` at first."""

    pid: int
    sockets: Path | None
    is_ready: bool


def live_postmaster(layout: Layout) -> Postmaster | None:
    """The server that `postmaster.pid` names, if that is a living server of this directory.

    `None` when there is no such file, or its process is dead, a zombie, or anything else that has
    got the same pid since.
    """
    named = read_postmaster(layout)
    return named if named is not None and _serves(named, layout.pgdata) else None


def read_postmaster(layout: Layout) -> Postmaster | None:
    """What `postmaster.pid` says, true or not; `None` when it is absent or unreadable."""
    try:
        text = (layout.pgdata / "postmaster.pid").read_text(errors="replace")
    except FileNotFoundError:
        return None
    lines = [line.strip() for line in text.split("\n")]
    # A server for a single session, which has no socket, writes its pid with a minus.
    pid = lines[0].removeprefix("-")
    if not pid.isdecimal():
        return None
    sockets = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    return Postmaster(int(pid), sockets, is_ready=lines[7:8] == ["ready"])


def remove_remains(layout: Layout, sockets: Path) -> None:
    """Delete what a dead server left. For the holder of both locks, when no server lives."""
    (layout.pgdata / "postmaster.pid").unlink(missing_ok=True)
    socket_path(sockets).unlink(missing_ok=True)
    Path(f"{socket_path(sockets)}.lock").unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process of any user has this pid; a zombie still has its own."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def accepts_connections(sockets: Path) -> bool:
    """Whether a server answers a startup packet, and not by saying that it is not ready.

    Any other refusal (too many clients, say) comes from a server that is up.
    """
    fields = b"user\0postgres\0database\0postgres\0\0"
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_ANSWER_TIMEOUT_S)
            client.connect(os.fsencode(socket_path(sockets)))
            client.sendall(struct.pack("!II", len(fields) + 8, _PROTOCOL) + fields)
            kind, body = _final_answer(client)
            if kind == b"Z":
                client.sendall(b"X\0\0\0\4")
    except OSError:
        return False
    return kind == b"Z" or (kind == b"E" and b"C" + _CANNOT_CONNECT_NOW not in body.split(b"\0"))


def _final_answer(client: socket.socket) -> tuple[bytes, bytes]:
    """The message that ends the startup: ready (`Z`) or error (`E`); empty when there is none."""
    with client.makefile("rb") as stream:
        while len(header := stream.read(5)) == 5:
            kind, length = struct.unpack("!cI", header)
            body = stream.read(min(length - 4, _LARGEST_ANSWER)) if length > 4 else b""
            if kind in (b"Z", b"E"):
                return kind, body
    return b"", b""


def _serves(named: Postmaster, pgdata: Path) -> bool:
    if not is_alive(named.pid):
        return False
    process = Path(f"/proc/{named.pid}")
    try:
        # A server changes to its data directory before it writes its pid there. Its executable may
        # have been replaced since it started.
        program = os.readlink(process / "exe").removesuffix(" (deleted)")
        return os.path.basename(program) == "postgres" and os.path.samefile(process / "cwd", pgdata)
    except OSError:
        # A zombie, not for us to see, or no /proc (macOS): whoever answers on its socket is it.
        return named.sockets is not None and accepts_connections(named.sockets)
