"""A cluster is made, started, reached, stopped, and there again the next time."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded import EmbeddedError, open_cluster
from tests.embedded.processes import postgres_processes, query


def test_an_empty_place_becomes_a_cluster(place: Path) -> None:
    told: list[str] = []
    with open_cluster(place / "new" / "data", on_progress=told.append) as cluster:
        assert not cluster.joined
        assert query(cluster.uri, "SELECT 6 * 7") == 42
        assert query(cluster.uri, "SHOW data_checksums") == "on"
        assert query(cluster.uri, "SELECT lower('ÄÖÜ') || length('日本')") == "äöü2"
    assert len(told) == 1
    assert not postgres_processes(place)


def test_what_was_stored_is_there_after_a_restart(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        query(cluster.uri, "INSERT INTO kept VALUES (8)")
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT sum(value) FROM kept") == 15


def test_the_directory_cannot_weaken_what_keeps_the_data(data_dir: Path) -> None:
    with (data_dir / "pgdata" / "postgresql.auto.conf").open("a") as file:
        file.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    with open_cluster(data_dir) as cluster:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert query(cluster.uri, f"SHOW {setting}") == "on"


def test_the_server_listens_on_its_socket_alone(data_dir: Path) -> None:
    with (data_dir / "pgdata" / "postgresql.auto.conf").open("a") as file:
        file.write("listen_addresses = '*'\n")
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SHOW listen_addresses") == ""
        assert (data_dir / "run").stat().st_mode & 0o777 == 0o700


def test_the_server_ends_when_its_owner_fails(data_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_cluster(data_dir):
        raise ZeroDivisionError
    assert not postgres_processes(data_dir)


def test_the_server_ends_though_clients_are_still_connected(data_dir: Path) -> None:
    with open_cluster(data_dir) as cluster:
        sleeper = threading.Thread(target=_sleep_in_the_server, args=[cluster.uri])
        sleeper.start()
        while not query(
            cluster.uri, "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'e[p]\\('"
        ):
            pass
    assert not postgres_processes(data_dir)
    sleeper.join(10)
    assert not sleeper.is_alive()


def _sleep_in_the_server(uri: str) -> None:
    with pytest.raises(Exception, match="terminating connection"):
        query(uri, "SELECT pg_sleep(60)")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("a b%20c+d&e=f?g#hé", id="with signs that mean something in a URI"),
        pytest.param('one,two"three', id="with signs that mean something in a list of hosts"),
        pytest.param("long" * 30, id="longer than a socket's name can be"),
    ],
)
def test_any_path_will_do(place: Path, name: str, copy_cluster: Callable[[Path], Path]) -> None:
    data_dir = copy_cluster(place / name)
    with open_cluster(data_dir) as cluster:
        assert query(cluster.uri, "SELECT value FROM kept") == 7
        with open_cluster(data_dir, join=True) as joined:
            assert joined.joined
            assert joined.uri == cluster.uri
            assert joined.pid == cluster.pid


def test_a_link_to_the_directory_is_the_directory(data_dir: Path, place: Path) -> None:
    (place / "link").symlink_to(data_dir)
    with open_cluster(place / "link") as one, open_cluster(data_dir, join=True) as other:
        assert other.joined
        assert one.uri == other.uri
        assert str(data_dir) in one.uri


def test_a_server_that_cannot_start_is_quoted(data_dir: Path) -> None:
    (data_dir / "pgdata" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="initialized by PostgreSQL version 9") as caught:
        open_cluster(data_dir).__enter__()
    assert caught.value.code == "start_failed"


def test_a_server_that_is_never_ready_is_stopped(data_dir: Path) -> None:
    with pytest.raises(EmbeddedError) as caught:
        open_cluster(data_dir, start_timeout_s=0).__enter__()
    assert caught.value.code == "start_timeout"
    assert not postgres_processes(data_dir)


def test_what_initdb_complains_of_is_quoted_and_nothing_half_made_is_used(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "pgdata.new").write_text("in the way")
    with pytest.raises(EmbeddedError) as caught:
        open_cluster(place / "data").__enter__()
    assert caught.value.code == "directory_unusable"
    assert "pgdata.new" in caught.value.message
    assert not (place / "data" / "pgdata").exists()


def test_a_half_made_cluster_is_made_again(place: Path) -> None:
    (place / "data" / "pgdata.new" / "base").mkdir(parents=True)
    with open_cluster(place / "data") as cluster:
        assert query(cluster.uri, "SELECT 1") == 1


def test_a_place_that_cannot_be_a_directory_is_named(place: Path) -> None:
    (place / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"/file.* cannot be used") as caught:
        open_cluster(place / "file").__enter__()
    assert caught.value.code == "directory_unusable"


def test_only_the_main_thread_may_start_a_server(data_dir: Path) -> None:
    caught: list[EmbeddedError] = []

    def start() -> None:
        try:
            open_cluster(data_dir).__enter__()
        except EmbeddedError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(10)
    assert [error.code for error in caught] == ["not_main_thread"]
