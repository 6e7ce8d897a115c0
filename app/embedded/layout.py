"""Where things are: the tree of one cluster, its socket, its URI."""

import contextlib
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.embedded.errors import EmbeddedError

PORT = 5432
"""Only a part of the socket's name: nothing listens on the network."""
LONGEST_SOCKET_PATH = 107
"""Bytes: `sun_path` of a Linux socket address without its final zero."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one cluster under `root`, an absolute path without symbolic links."""

    root: Path

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own directory; it exists only when it is complete."""
        return self.root / "pgdata"

    @property
    def draft(self) -> Path:
        """Where `initdb` works, before the result is renamed to `pgdata`."""
        return self.root / "pgdata.new"

    @property
    def run(self) -> Path:
        """The socket's directory, when its path is fit for a socket."""
        return self.root / "run"

    @property
    def owner_lock(self) -> Path:
        """Held by the owner."""
        return self.root / "owner.lock"

    @property
    def processes_lock(self) -> Path:
        """Held by every process of the cluster, and by the owner."""
        return self.root / "processes.lock"

    @property
    def log(self) -> Path:
        """What `initdb` and `postgres` print."""
        return self.root / "postgres.log"

    @property
    def old_log(self) -> Path:
        """What has been moved out of `log`, to keep it small."""
        return self.root / "postgres.log.1"


def prepare_layout(data_dir: Path) -> Layout:
    """Make the directory, for its owner only, unless it is there."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Layout(data_dir.resolve())


def open_owned(layout: Layout, path: Path, flags: int) -> int:
    """Open or create a private file of the tree; made by root, it goes to the tree's owner."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        tree = layout.root.stat()
        os.fchown(descriptor, tree.st_uid, tree.st_gid)
    return descriptor


def socket_directory(layout: Layout, uid: int) -> Path:
    """Where the server of user `uid` puts its socket: the same answer in every process."""
    if _is_fit(layout.run):
        return layout.run
    name = hashlib.sha256(os.fsencode(layout.root)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"apogee-{uid}-{name}"


def socket_path(directory: Path) -> Path:
    """The socket in its directory, named as clients expect it."""
    return directory / f".s.PGSQL.{PORT}"


def make_private(directory: Path, uid: int, gid: int) -> None:
    """Make sure of a directory that only `uid` can enter. Trust over the socket rests on this.

    Raises `EmbeddedError` (`directory_not_private`) when it exists and belongs to somebody else or
    lets somebody else in, or is a link: in a shared directory anybody may have put it there.
    """
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(directory, uid, gid, follow_symlinks=False)
    if not is_private(directory, uid):
        raise EmbeddedError(
            "directory_not_private",
            f"{directory} must be a directory of user {uid} with mode 0700: remove it",
        )


def is_private(directory: Path, uid: int) -> bool:
    """Whether this is a real directory that nobody but `uid` (and root) can enter."""
    try:
        found = directory.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077


def cluster_uri(directory: Path) -> str:
    """The URI for asyncpg and libpq of a cluster whose socket is in `directory`."""
    return f"postgresql://postgres@/postgres?host={quote(os.fsencode(directory))}&port={PORT}"


def _is_fit(directory: Path) -> bool:
    name = os.fsencode(socket_path(directory))
    if len(name) > LONGEST_SOCKET_PATH:
        return False
    # The server and its clients both read a list of directories here, with quotes of their own.
    try:
        return not set(name.decode()) & set(',"')
    except UnicodeDecodeError:
        return False
