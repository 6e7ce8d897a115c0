"""As whom the server runs: PostgreSQL refuses root, and `initdb` a user without an account."""

import contextlib
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.embedded.errors import EmbeddedError
from app.embedded.layout import Layout

LAUNCH = Path(__file__).with_name("launch.py")
_LONGEST_PROBE_S = 30.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A user for the server's processes.

    `direct`: ours. `mapped`: ours to the file system, `uid` to the server itself, by means of a
    user namespace. `dropped`: another user altogether.
    """

    kind: Literal["direct", "mapped", "dropped"]
    uid: int
    gid: int

    @property
    def owner(self) -> tuple[int, int]:
        """User and group of the files that the server makes."""
        return (self.uid, self.gid) if self.kind == "dropped" else (os.geteuid(), os.getegid())

    def command(self, action: str, *arguments: str | Path) -> list[str]:
        """The command line of a direct child that takes this identity; see `launch.py`."""
        start = [sys.executable, "-I", "-S", str(LAUNCH)]
        identity = f"{self.kind}:{self.uid}:{self.gid}"
        return [*start, identity, str(os.getpid()), action, *map(str, arguments)]


def choose_identity(layout: Layout, program: Path) -> Identity:
    """The first identity that works here, the tree handed over to it.

    A tree that belongs to somebody else stays theirs: root runs the server as that user. Raises
    `EmbeddedError` (`identity_missing`).
    """
    uid = os.geteuid()
    if uid != 0 and _account(uid) is not None:
        return Identity("direct", uid, os.getegid())
    obstacles = []
    for identity in _candidates(layout):
        obstacle = _obstacle(identity, program, layout.root.parent)
        if obstacle is None:
            _hand_over(layout, *identity.owner)
            return identity
        obstacles.append(f"{_described(identity)}: {obstacle}")
    raise EmbeddedError(
        "identity_missing",
        f"PostgreSQL cannot run as {'root' if uid == 0 else f'user {uid}, who has no account'},"
        f" nor otherwise here ({'; '.join(obstacles) or 'no other account'}):"
        " start as an ordinary user, or set APOGEE_DATABASE_URL to a server",
    )


def _candidates(layout: Layout) -> Iterator[Identity]:
    tree = layout.root.stat()
    if os.geteuid() == 0 and tree.st_uid != 0:
        yield Identity("dropped", tree.st_uid, tree.st_gid)
        return
    nobody = _nobody()
    if nobody is not None:
        yield Identity("mapped", nobody.pw_uid, nobody.pw_gid)
        if os.geteuid() == 0:
            yield Identity("dropped", nobody.pw_uid, nobody.pw_gid)


def _account(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return None


def _obstacle(identity: Identity, program: Path, parent: Path) -> str | None:
    try:
        probe = subprocess.run(  # noqa: S603 - our own interpreter and script
            identity.command("reach", program, parent),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_PROBE_S,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        return "no answer"
    if probe.returncode == 0:
        return None
    lines = probe.stderr.strip().splitlines()
    return lines[-1] if lines else f"status {probe.returncode}"


def _described(identity: Identity) -> str:
    return "in a user namespace" if identity.kind == "mapped" else f"as user {identity.uid}"


def _hand_over(layout: Layout, uid: int, gid: int) -> None:
    """Give what is ours in the tree to `uid`, the top last: a broken off attempt starts again.

    Nothing above the tree is touched, and no other file that somebody put into it.
    """
    if layout.root.stat().st_uid == uid:
        return
    for top in (layout.pgdata, layout.run):
        for folder, _, files in os.walk(top):
            for path in [folder, *(os.path.join(folder, name) for name in files)]:
                os.chown(path, uid, gid, follow_symlinks=False)
    for file in (layout.owner_lock, layout.processes_lock, layout.log, layout.old_log):
        with contextlib.suppress(FileNotFoundError):
            os.chown(file, uid, gid, follow_symlinks=False)
    os.chown(layout.root, uid, gid)
