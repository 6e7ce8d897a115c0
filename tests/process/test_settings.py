"""Settings as somebody gets them wrong: what is printed, and that nothing is started."""

import socket
from pathlib import Path

import pytest

from tests.live import FAST
from tests.process.command import Process, Server, free_port, run

WRONG = {
    "PORT": "http",
    "APOGEE_ENV": "staging",
    "APOGEE_BETTING_MS": "1.5",
    "APOGEE_LOG_LEVEL": "loud",
    "APOGEE_BASE_URL": "ftp://here",
    "APOGEE_DATABASE_URL": "mysql://user:hunter2@db/apogee",
    "APOGEE_SECRET_KEY": "too short",
    "APOGEE_BETING_MS": "100",
}


@pytest.mark.slow
def test_the_platforms_port_is_honoured(tmp_path: Path) -> None:
    port = str(free_port())
    with Process(tmp_path, "play", **{**FAST, "PORT": port}) as process:
        assert process.says("Lobby: ") == f"Lobby: http://127.0.0.1:{port}/sandbox\n"


@pytest.mark.slow
def test_our_own_port_goes_before_the_platforms(tmp_path: Path) -> None:
    port = str(free_port())
    with Process(tmp_path, "play", **{**FAST, "PORT": "1", "APOGEE_PORT": port}) as process:
        assert f":{port}/" in process.says("Lobby: ")


@pytest.mark.parametrize("command", ["serve", "play"])
def test_a_port_that_is_taken_is_one_clear_line(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(tmp_path, command, PORT=str(port))
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert f"port {port}" in ended.err
    assert not (tmp_path / ".apogee").exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "play"])
def test_a_second_server_on_the_same_data_is_one_clear_line(command: str, server: Server) -> None:
    ended = run(server.folder, command, **{**server.settings, "APOGEE_PORT": "0"})
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert str(server.data_dir) in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ["play"],
        ["operator", "create", "Acme", "--wallet-url", "https://acme.example"],
        ["verify", "01a1fd63-cfbe-7aca-9de2-54d6ea22a103"],
    ],
)
def test_everything_wrong_is_listed_at_once(command: list[str], tmp_path: Path) -> None:
    ended = run(tmp_path, *command, **WRONG)
    assert ended.code == 2
    assert ended.out == ""
    problems = [line for line in ended.err.splitlines() if line.startswith("  - ")]
    assert len(problems) == len(WRONG)
    assert all(any(f"- {name} " in line for line in problems) for name in WRONG)
    assert "hunter2" not in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


def test_production_lists_everything_it_needs(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", APOGEE_ENV="production", APOGEE_CHAIN_LENGTH="200")
    assert ended.code == 2
    needed = ("BASE_URL", "SECRET_KEY", "DATABASE_URL", "CHAIN_LENGTH")
    for name in needed:
        assert f"  - APOGEE_{name} " in ended.err
    assert len(ended.err.splitlines()) == 1 + len(needed)
    assert list(tmp_path.iterdir()) == []


def test_play_is_not_for_production(tmp_path: Path) -> None:
    settings = {
        "APOGEE_ENV": "production",
        "APOGEE_BASE_URL": "https://play.example",
        "APOGEE_SECRET_KEY": "k" * 40,
        "APOGEE_DATABASE_URL": "postgresql://127.0.0.1:1/apogee",
    }
    ended = run(tmp_path, "play", **settings)
    assert ended.code == 2
    assert "development" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", [["serve"], ["play"], ["operator", "list"]])
def test_a_database_that_is_not_there_is_no_traceback(command: list[str], tmp_path: Path) -> None:
    url = f"postgresql://user:hunter2@127.0.0.1:{free_port()}/apogee"
    ended = run(tmp_path, *command, APOGEE_DATABASE_URL=url, APOGEE_PORT="0")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "hunter2" not in ended.err


def test_a_data_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run(tmp_path, "play", APOGEE_DATA_DIR="file", APOGEE_PORT="0")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "Traceback" not in ended.err
