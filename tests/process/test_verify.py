"""`apogee verify`: an honest round holds, and no field of it can be changed unnoticed."""

import asyncio
import hashlib
import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.live import Live, Message
from tests.process.command import Ended, Server, free_port, run

_OTHER = hashlib.sha256(b"another").hexdigest()
CHANGES = {
    "server_seed": _OTHER,
    "server_seed_hash": _OTHER,
    "public_salt": "another",
    "client_seed": _OTHER,
    "rtp_bps": 9_700,
}


@pytest.fixture
async def finished(world: Live) -> Message:
    """The public record of a round that has just crashed."""
    player = await world.player()
    crashed = await player.hears("crashed", since=len(player.told))
    record: Message = await world.get(f"/fair/rounds/{crashed['round']}.json")
    return record


def verify_file(folder: Path, record: Message) -> Ended:
    file = folder / "round.json"
    file.write_text(json.dumps(record))
    return run(folder, "verify", str(file))


@pytest.mark.slow
async def test_a_finished_round_holds(finished: Message, server: Server) -> None:
    ended = server.run("verify", finished["round"])
    assert (ended.code, ended.err) == (0, "")
    first, *checks, last = ended.out.splitlines()
    assert finished["round"] in first
    marks = [line.strip()[0] for line in checks if line.strip()[0] in "✓✗"]
    assert marks == ["✓"] * 5
    assert last == "All checks hold."


@pytest.mark.slow
async def test_it_holds_without_the_server_and_in_spite_of_what_cannot_matter(
    finished: Message, tmp_path: Path
) -> None:
    ended = verify_file(tmp_path, finished | {"table": "renamed", "note": "mine"})
    assert ended.code == 0, ended.out
    assert "✗" not in ended.out


@pytest.mark.slow
async def test_every_changed_field_is_found(finished: Message, tmp_path: Path) -> None:
    changes = CHANGES | {"crash": finished["crash"] + 1}
    for field, value in changes.items():
        assert finished[field] != value
        ended = verify_file(tmp_path, finished | {field: value})
        assert ended.code == 1, (field, ended)
        assert "✗" in ended.out
        assert ended.out.splitlines()[-1].startswith("NOT FAIR")
        assert ended.err == ""


@pytest.mark.slow
async def test_a_round_that_goes_on_is_refused(server: Server, world: Live) -> None:
    player = await world.player()
    for _ in range(5):
        opened = await player.betting()
        ended = await asyncio.to_thread(server.run, "verify", opened["round"])
        if not [m for m in player.told if m["type"] == "crashed" and m["round"] == opened["round"]]:
            break
    assert (ended.code, ended.out) == (2, "")
    assert "not over yet" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.slow
def test_an_unknown_round_is_one_line(server: Server) -> None:
    unknown = str(uuid4())
    ended = server.run("verify", unknown)
    assert (ended.code, ended.out) == (2, "")
    assert unknown in ended.err
    assert ended.err.count("\n") == 1


def test_what_is_neither_an_id_nor_a_file_is_one_line(tmp_path: Path) -> None:
    ended = run(tmp_path, "verify", "round.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("content", ["", "[1, 2]", '{"server_seed": 1', "\x00\xff"])
def test_a_file_that_is_no_record_is_one_line(content: str, tmp_path: Path) -> None:
    (tmp_path / "round.json").write_text(content, encoding="latin-1")
    ended = run(tmp_path, "verify", "round.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1


def test_a_server_that_is_down_is_one_line(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = run(tmp_path, "verify", str(uuid4()), "--url", url)
    assert (ended.code, ended.out) == (2, "")
    assert url in ended.err
    assert ended.err.count("\n") == 1
