"""One owner at a time: the others join it, wait for it or are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded import EmbeddedError, open_cluster
from tests.embedded.processes import Owner, postgres_processes, query

StartOwner = Callable[..., Owner]


def test_a_command_joins_a_running_server(data_dir: Path, start_owner: StartOwner) -> None:
    server = start_owner(data_dir).opened()
    with open_cluster(data_dir, join=True) as cluster:
        assert cluster.joined
        assert (cluster.uri, cluster.pid) == (server["uri"], server["pid"])
        assert query(cluster.uri, "SELECT value FROM kept") == 7
    assert query(server["uri"], "SELECT value FROM kept") == 7


def test_a_second_server_is_refused_and_told_by_whom(
    data_dir: Path, start_owner: StartOwner
) -> None:
    first = start_owner(data_dir)
    first.opened()
    with pytest.raises(EmbeddedError, match=f"process {first.process.pid} ") as caught:
        open_cluster(data_dir).__enter__()
    assert caught.value.code == "already_running"
    assert first.process.poll() is None


def test_the_same_process_does_not_start_a_second_server(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        with pytest.raises(EmbeddedError) as caught:
            open_cluster(data_dir).__enter__()
        assert caught.value.code == "already_running"
        assert query(cluster.uri, "SELECT value FROM kept") == 7


def test_a_command_without_a_server_starts_one_and_stops_it(data_dir: Path) -> None:
    with open_cluster(data_dir, join=True) as cluster:
        assert not cluster.joined
        assert query(cluster.uri, "SELECT value FROM kept") == 7
    assert not postgres_processes(data_dir)


@pytest.mark.parametrize("role", ["server", "command"])
def test_the_cluster_of_a_command_is_waited_for(
    data_dir: Path, start_owner: StartOwner, role: str
) -> None:
    command = start_owner(data_dir, role="command")
    first = command.opened()
    waiting = start_owner(data_dir, role=role)
    assert waiting.told() == {
        "progress": f"waiting for process {command.process.pid} (a command),"
        " which holds the database"
    }
    command.end()
    second = waiting.opened()
    assert second["joined"] is False
    assert second["pid"] != first["pid"]
    assert query(second["uri"], "SELECT value FROM kept") == 7
    waiting.end()


def test_waiting_for_a_command_has_an_end(data_dir: Path, start_owner: StartOwner) -> None:
    command = start_owner(data_dir, role="command")
    command.opened()
    with pytest.raises(EmbeddedError, match=rf"{command.process.pid} \(a command\)") as caught:
        open_cluster(data_dir, patience_s=0.1).__enter__()
    assert caught.value.code == "busy"


def test_of_two_servers_that_start_together_one_is_refused(
    place: Path, start_owner: StartOwner
) -> None:
    owners = [start_owner(place / "data") for _ in range(2)]
    told = [owner.opened() for owner in owners]
    assert sorted(one.get("code", "opened") for one in told) == ["already_running", "opened"]
    (uri,) = (one["uri"] for one in told if "uri" in one)
    assert query(uri, "SELECT 1") == 1
    for owner in owners:
        owner.end()


def test_commands_that_start_together_take_turns(data_dir: Path, start_owner: StartOwner) -> None:
    owners = [start_owner(data_dir, role="command") for _ in range(3)]
    for owner in owners:
        # Each ends as soon as it has had its turn.
        assert owner.process.stdin is not None
        owner.process.stdin.close()
    assert [owner.opened()["joined"] for owner in owners] == [False, False, False]
    for owner in owners:
        owner.process.wait(20)


def test_a_command_that_starts_with_a_server_uses_that_server_or_makes_it_wait(
    place: Path, start_owner: StartOwner
) -> None:
    server, command = (start_owner(place / "data", role=role) for role in ("server", "command"))
    if not command.opened()["joined"]:
        command.end()
    assert query(server.opened()["uri"], "SELECT 1") == 1
    command.end()
    server.end()


def test_a_signature_that_a_killed_owner_left_is_not_believed(
    data_dir: Path, start_owner: StartOwner
) -> None:
    killed = start_owner(data_dir)
    killed.opened()
    killed.close()
    signature = (data_dir / "owner.lock").read_text()
    command = start_owner(data_dir, role="command")
    command.opened()
    (data_dir / "owner.lock").write_text(signature)
    with pytest.raises(EmbeddedError) as caught:
        open_cluster(data_dir, patience_s=0.1).__enter__()
    assert caught.value.code == "busy"
    command.end()
