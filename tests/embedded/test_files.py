"""The socket's directory is private, and the log stays small."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded import EmbeddedError, logfile, open_cluster
from app.embedded.layout import Layout, make_private, socket_directory, socket_path
from tests.embedded.processes import query


def root_of_length(socket_bytes: int) -> Path:
    fixed = len(str(socket_path(Path("/x/run")))) - 1
    return Path("/" + "x" * (socket_bytes - fixed))


def test_a_socket_stays_in_the_tree_up_to_the_last_byte() -> None:
    fitting, too_long = root_of_length(107), root_of_length(108)
    assert len(str(socket_path(fitting / "run"))) == 107
    assert socket_directory(Layout(fitting), 7) == fitting / "run"
    assert socket_directory(Layout(too_long), 7).parent == Path(tempfile.gettempdir())


def test_bytes_are_counted_not_characters() -> None:
    root = root_of_length(107)
    accented = root.with_name(root.name[:-1] + "é")
    assert socket_directory(Layout(accented), 7) != accented / "run"


def test_a_long_path_has_the_same_short_name_in_every_process() -> None:
    one, other = root_of_length(200), root_of_length(201)
    assert socket_directory(Layout(one), 7) == socket_directory(Layout(one), 7)
    assert socket_directory(Layout(one), 7) != socket_directory(Layout(other), 7)
    assert socket_directory(Layout(one), 7) != socket_directory(Layout(one), 8)


def test_a_directory_with_a_short_name_goes_with_its_server(
    place: Path, copy_cluster: Callable[[Path], Path]
) -> None:
    data_dir = copy_cluster(place / ("long" * 30))
    sockets = socket_directory(Layout(data_dir), data_dir.stat().st_uid)
    with open_cluster(data_dir):
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def open_to_others(path: Path) -> None:
    path.mkdir()
    path.chmod(0o755)


def a_link(path: Path) -> None:
    (path.parent / "target").mkdir(mode=0o700)
    path.symlink_to(path.parent / "target")


def a_file(path: Path) -> None:
    path.touch(mode=0o600)


@pytest.mark.parametrize("trap", [open_to_others, a_link, a_file])
def test_what_somebody_else_put_there_is_not_trusted(
    place: Path, trap: Callable[[Path], None]
) -> None:
    trap(place / "sockets")
    uid, gid = place.stat().st_uid, place.stat().st_gid
    with pytest.raises(EmbeddedError) as caught:
        make_private(place / "sockets", uid, gid)
    assert caught.value.code == "directory_not_private"


def test_somebody_elses_directory_is_not_trusted(place: Path) -> None:
    (place / "sockets").mkdir(mode=0o700)
    uid, gid = place.stat().st_uid, place.stat().st_gid
    with pytest.raises(EmbeddedError):
        make_private(place / "sockets", uid + 1, gid)


def test_a_command_does_not_join_through_a_directory_that_is_open(data_dir: Path) -> None:
    with open_cluster(data_dir):
        (data_dir / "run").chmod(0o755)
        with pytest.raises(EmbeddedError) as caught:
            open_cluster(data_dir, join=True, patience_s=0.1).__enter__()
        (data_dir / "run").chmod(0o700)
    assert caught.value.code == "busy"


def test_the_log_is_cut_while_the_server_writes_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logfile, "LARGEST_LOG", 2000)
    with open_cluster(data_dir) as cluster:
        for number in range(40):
            query(cluster.uri, f"DO $$ BEGIN RAISE LOG 'line % of the log', {number}; END $$")
        assert cluster.log.stat().st_size > 2000
        logfile.trim_log(Layout(data_dir))
        assert cluster.log.stat().st_size == 0
        query(cluster.uri, "DO $$ BEGIN RAISE LOG 'after the cut'; END $$")
        assert b"\0" not in cluster.log.read_bytes()
        assert "after the cut" in cluster.log.read_text()
    old = data_dir / "postgres.log.1"
    assert old.stat().st_size == 2000
    assert "line 39 of the log" in old.read_text()


def test_a_log_grown_in_earlier_runs_is_cut_at_the_next(data_dir: Path) -> None:
    with (data_dir / "postgres.log").open("wb") as file:
        file.truncate(logfile.LARGEST_LOG + 1)
    with open_cluster(data_dir) as cluster:
        assert cluster.log.stat().st_size < 10_000
    assert (data_dir / "postgres.log.1").stat().st_size == logfile.LARGEST_LOG


def test_an_error_quotes_the_last_lines_of_this_run_only(data_dir: Path) -> None:
    (data_dir / "postgres.log").write_text("from yesterday\n" * 3)
    layout = Layout(data_dir)
    assert logfile.last_lines(layout, logfile.log_size(layout)).strip() == "(nothing was logged)"
    (data_dir / "pgdata" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError) as caught:
        open_cluster(data_dir).__enter__()
    assert "yesterday" not in caught.value.message
