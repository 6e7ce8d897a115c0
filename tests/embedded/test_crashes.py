"""No orphan survives its owner, and nothing that a crash leaves behind stops the next start."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded import EmbeddedError, open_cluster, server
from app.embedded.identity import Identity, choose_identity
from app.embedded.layout import Layout
from tests.embedded.processes import Owner, all_ending, postgres_processes, query

StartOwner = Callable[..., Owner]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_killed_owner_takes_its_server_along(
    data_dir: Path, start_owner: StartOwner, number: signal.Signals
) -> None:
    owner = start_owner(data_dir)
    query(owner.opened()["uri"], "INSERT INTO kept VALUES (8)")
    with all_ending(postgres_processes(data_dir)):
        owner.kill(number)
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT sum(value) FROM kept") == 15


def test_the_next_start_does_not_have_to_wait_by_itself(
    data_dir: Path, start_owner: StartOwner
) -> None:
    for expected in (15, 23, 31):
        owner = start_owner(data_dir)
        uri = owner.opened()["uri"]
        query(uri, "INSERT INTO kept VALUES (8)")
        assert query(uri, "SELECT sum(value) FROM kept") == expected
        owner.process.kill()


def test_a_power_cut_of_the_server_loses_nothing(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        query(cluster.uri, "INSERT INTO kept VALUES (8)")
        with all_ending(postgres_processes(data_dir)):
            os.kill(cluster.pid, signal.SIGKILL)
    assert (data_dir / "pgdata" / "postmaster.pid").exists()
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT sum(value) FROM kept") == 15


def test_a_server_whose_parent_died_before_it_began_does_not_begin(place: Path) -> None:
    direct = Identity("direct", os.geteuid(), os.getegid())
    command = direct.command("exec", "/bin/touch", place / "begun")
    command[command.index(str(os.getpid()))] = "1"
    launch = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (launch.returncode, launch.stderr) == (126, "the parent has gone\n")
    assert not (place / "begun").exists()


def test_a_ctrl_c_at_the_terminal_is_the_owners_business(
    data_dir: Path, start_owner: StartOwner
) -> None:
    told = start_owner(data_dir).opened()
    assert os.getsid(told["pid"]) == told["pid"]


def test_an_owner_killed_while_it_makes_a_cluster_leaves_a_place_to_start(
    place: Path, start_owner: StartOwner
) -> None:
    data_dir = place / "data"
    owner = start_owner(data_dir)
    assert "creating" in owner.told()["progress"]
    owner.kill(signal.SIGKILL)
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT 1") == 1


def test_an_orphan_that_does_not_end_is_ended(
    data_dir: Path, start_owner: StartOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ((signal.SIGINT, 0.05), (signal.SIGQUIT, 0.05), (signal.SIGKILL, 10.0))
    monkeypatch.setattr(server, "_STOPS", steps)
    owner = start_owner(data_dir)
    stuck = owner.opened()["pid"]
    os.kill(stuck, signal.SIGSTOP)
    owner.kill(signal.SIGKILL)
    assert stuck in postgres_processes(data_dir)
    told: list[str] = []
    with open_cluster(data_dir, on_progress=told.append) as cluster:
        assert cluster.pid != stuck
        assert query(cluster.uri, "SELECT value FROM kept") == 7
    assert [line.rpartition(" ")[2] for line in told] == ["end", "SIGQUIT", "SIGKILL"]


def test_a_server_that_does_not_stop_is_made_to(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ((signal.SIGINT, 0.05), (signal.SIGQUIT, 0.05), (signal.SIGKILL, 10.0))
    monkeypatch.setattr(server, "_STOPS", steps)
    with open_cluster(data_dir) as cluster:
        os.kill(cluster.pid, signal.SIGSTOP)
        children = postgres_processes(data_dir)
    with all_ending(children & postgres_processes(data_dir)):
        pass
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT value FROM kept") == 7


def leave_behind(data_dir: Path, pid: int) -> None:
    """The files of a server that was cut off, in the name of a process of our choice."""
    run = data_dir / "run"
    run.mkdir(mode=0o700)
    text = f"{pid}\n{data_dir}/pgdata\n1700000000\n5432\n{run}\n\n 1234 5\nready   \n"
    (data_dir / "pgdata" / "postmaster.pid").write_text(text)
    (run / ".s.PGSQL.5432.lock").write_text(text)
    (run / ".s.PGSQL.5432").write_text("")


def starts_all_the_same(data_dir: Path) -> bool:
    with open_cluster(data_dir) as cluster:
        return bool(query(cluster.uri, "SELECT value FROM kept") == 7)


def test_the_pid_of_a_dead_process_is_ignored(data_dir: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-S", "-c", ""])
    dead.wait()
    leave_behind(data_dir, dead.pid)
    assert starts_all_the_same(data_dir)


def test_the_pid_of_a_zombie_is_ignored(data_dir: Path) -> None:
    zombie = subprocess.Popen([sys.executable, "-S", "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    leave_behind(data_dir, zombie.pid)
    assert starts_all_the_same(data_dir)
    zombie.wait()


def test_the_pid_of_a_stranger_is_ignored_and_the_stranger_lives(data_dir: Path) -> None:
    command = [sys.executable, "-c", "input()"]
    in_the_way = data_dir / "pgdata"
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=in_the_way) as stranger:
        leave_behind(data_dir, stranger.pid)
        assert starts_all_the_same(data_dir)
        assert stranger.poll() is None


def test_the_pid_of_another_clusters_server_is_ignored(
    data_dir: Path, place: Path, copy_cluster: Callable[[Path], Path]
) -> None:
    with open_cluster(copy_cluster(place / "other")) as other:
        leave_behind(data_dir, other.pid)
        assert starts_all_the_same(data_dir)
        assert query(other.uri, "SELECT value FROM kept") == 7


@pytest.mark.parametrize("text", ["", "no number\n", "0\n", f"{10**30}\n", "-1\n"])
def test_a_pid_file_that_makes_no_sense_is_ignored(data_dir: Path, text: str) -> None:
    (data_dir / "pgdata" / "postmaster.pid").write_text(text)
    assert starts_all_the_same(data_dir)


def test_a_server_started_by_hand_is_left_alone(data_dir: Path) -> None:
    programs = server.find_programs()
    identity = choose_identity(Layout(data_dir), programs / "postgres")
    options = ["-k", str(data_dir), "-c", "listen_addresses="]
    command = identity.command("exec", programs / "postgres", "-D", data_dir / "pgdata", *options)
    by_hand = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert by_hand.stderr is not None
    assert any("ready to accept" in line for line in by_hand.stderr)
    with pytest.raises(EmbeddedError, match=f"process {by_hand.pid} ") as caught:
        open_cluster(data_dir).__enter__()
    assert caught.value.code == "already_running"
    with open_cluster(data_dir, join=True) as cluster:
        assert cluster.joined
        assert query(cluster.uri, "SELECT value FROM kept") == 7
    assert by_hand.poll() is None
    by_hand.send_signal(signal.SIGINT)
    by_hand.communicate(timeout=20)


def test_a_directory_that_was_deleted_under_an_owner_is_no_obstacle(
    data_dir: Path, start_owner: StartOwner
) -> None:
    owner = start_owner(data_dir)
    owner.opened()
    shutil.rmtree(data_dir)
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT 1") == 1
    owner.end()
