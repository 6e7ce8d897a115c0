"""As whom the server runs, and what it does to the files around it."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded import EmbeddedError, identity, open_cluster
from app.embedded.identity import Identity
from app.embedded.layout import Layout
from tests.embedded.processes import Owner, query

StartOwner = Callable[..., Owner]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@pytest.fixture(scope="module")
def everybodys_python() -> str:
    """An interpreter that a user without rights can execute."""
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        python = shutil.which(name, path="/usr/local/bin:/usr/bin")
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        if python and not subprocess.run([python, "-c", check], user=65534, check=False).returncode:
            return python
    pytest.skip("no Python 3.11 that every user can execute")


def owners_below(path: Path) -> set[int]:
    return {entry.lstat().st_uid for entry in [path, *path.rglob("*")]}


def users_of(pid: int) -> set[int]:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("Uid:"))
    return {int(uid) for uid in line.split()[1:]}


def capabilities_of(pid: int) -> set[int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {int(line.split()[1], 16) for line in lines if line.startswith(("CapEff", "CapPrm"))}


@needs_root
def test_under_root_the_server_has_no_rights_and_the_files_stay_ours(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        assert capabilities_of(cluster.pid) == {0}
        assert query(cluster.uri, "SELECT value FROM kept") == 7
        assert owners_below(data_dir) == {os.geteuid()}


@needs_root
def test_without_namespaces_the_tree_is_handed_to_nobody_and_only_the_tree(
    data_dir: Path,
    place: Path,
    nobody: pwd.struct_passwd,
    start_owner: StartOwner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (data_dir / "other.key").write_text("not the server's")
    dropped = Identity("dropped", nobody.pw_uid, nobody.pw_gid)
    monkeypatch.setattr(identity, "_candidates", lambda layout: iter([dropped]))
    before = place.stat()
    with open_cluster(data_dir) as cluster:
        assert users_of(cluster.pid) == {nobody.pw_uid}
        assert query(cluster.uri, "SELECT value FROM kept") == 7
        with open_cluster(data_dir, join=True) as joined:
            assert joined.joined
    assert owners_below(data_dir / "pgdata") == {nobody.pw_uid}
    assert (data_dir / "other.key").stat().st_uid == os.geteuid()
    assert (before.st_uid, before.st_mode) == (place.stat().st_uid, place.stat().st_mode)
    monkeypatch.undo()
    killed = start_owner(data_dir)
    assert users_of(killed.opened()["pid"]) == {nobody.pw_uid}
    killed.close()
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT value FROM kept") == 7


@needs_root
def test_a_tree_that_belongs_to_somebody_stays_theirs_to_the_last_file(
    data_dir: Path, nobody: pwd.struct_passwd
) -> None:
    for path in (data_dir, *data_dir.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    with open_cluster(data_dir) as cluster:
        assert users_of(cluster.pid) == {nobody.pw_uid}
        assert query(cluster.uri, "SELECT value FROM kept") == 7
    assert owners_below(data_dir) == {nobody.pw_uid}


@needs_root
def test_an_ordinary_user_runs_it_directly_and_root_beside_and_after_them(
    place: Path, nobody: pwd.struct_passwd, everybodys_python: str, start_owner: StartOwner
) -> None:
    place.chmod(0o777)
    data_dir = place / "data"
    owner = start_owner(data_dir, python=everybodys_python, uid=nobody.pw_uid)
    told = owner.opened()
    assert users_of(told["pid"]) == {nobody.pw_uid}
    with open_cluster(data_dir, join=True) as cluster:
        assert (cluster.uri, cluster.pid) == (told["uri"], told["pid"])
        assert query(cluster.uri, "SELECT 1") == 1
    owner.close()
    with open_cluster(data_dir) as cluster:
        assert users_of(cluster.pid) == {nobody.pw_uid}
    assert owners_below(data_dir) == {nobody.pw_uid}
    again = start_owner(data_dir, python=everybodys_python, uid=nobody.pw_uid)
    assert "uri" in again.opened()
    again.end()


@pytest.fixture
def closed_place(place: Path, nobody: pwd.struct_passwd) -> Path:
    """A directory that belongs to an ordinary user, whom no server of root's may become."""
    closed = place / "home"
    closed.mkdir(mode=0o700)
    os.chown(closed, nobody.pw_uid + 1, -1)
    return closed


@needs_root
def test_where_root_cannot_shed_its_rights_it_says_so_in_one_line(closed_place: Path) -> None:
    with pytest.raises(EmbeddedError) as caught:
        open_cluster(closed_place / "data").__enter__()
    assert caught.value.code == "identity_missing"
    assert caught.value.message.count(str(closed_place)) == 2
    assert "ordinary user" in caught.value.message
    assert "\n" not in caught.value.message
    assert closed_place.stat().st_mode & 0o777 == 0o700


@needs_root
def test_what_a_namespace_lacks_is_told(data_dir: Path) -> None:
    nowhere = Identity("mapped", 65534, 65534)
    assert identity._obstacle(nowhere, Path("/bin/sh"), data_dir) is None
    told = identity._obstacle(nowhere, Path("/no/such/program"), data_dir)
    assert told == "cannot reach /no/such/program"


def test_an_ordinary_user_with_an_account_needs_no_disguise(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = pwd.getpwnam("nobody").pw_uid
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert identity.choose_identity(Layout(data_dir), Path("/bin/sh")).kind == "direct"
