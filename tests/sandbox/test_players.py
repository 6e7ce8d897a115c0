"""Players: made, topped up, and sent to play by a launch."""

import json
from pathlib import Path

from tests.sandbox.serving import (
    CREDENTIALS,
    Caller,
    FakeApogee,
    casino_at,
    casino_config,
    expected_signature,
    fake_apogee,
)

PLAYER = {"id": "ann", "name": "Ann", "currency": "JPY", "balance_minor": 7_000}


async def test_there_is_a_player_to_begin_with(casino: Caller) -> None:
    _, answer = await casino.get("/players")
    (player,) = answer["players"]
    assert (player["currency"], player["balance_minor"]) == ("USD", 500_000)
    assert player["balance"] == "5000.00"


async def test_the_first_player_is_made_once(tmp_path: Path) -> None:
    config = casino_config(tmp_path / "books.db", "http://127.0.0.1:1")
    for _ in range(2):
        async with casino_at(config) as casino:
            _, answer = await casino.get("/players")
            assert [one["balance_minor"] for one in answer["players"]] == [500_000]


async def test_a_player_is_made_and_found_again(casino: Caller) -> None:
    status, made = await casino.post("/players", PLAYER)
    assert (status, made["player"]["balance"]) == (201, "7000")
    assert await casino.post("/players", PLAYER) == (200, made)
    assert await casino.balance("ann") == 7_000


async def test_an_id_is_drawn_where_none_is_given(casino: Caller) -> None:
    asked = {"name": "Bob", "currency": "KWD"}
    ids = {(await casino.post("/players", asked))[1]["player"]["id"] for _ in range(2)}
    assert len(ids) == 2


async def test_an_id_is_not_shared_by_two_currencies(casino: Caller) -> None:
    await casino.post("/players", PLAYER)
    status, answer = await casino.post("/players", PLAYER | {"currency": "USD"})
    assert (status, answer["error"]) == (409, "player_exists")


async def test_a_player_who_cannot_be_is_refused(casino: Caller) -> None:
    for change in (
        {"currency": "EUR"},
        {"currency": "no such"},
        {"name": ""},
        {"name": "   "},
        {"name": "two\nlines"},
        {"name": "x" * 41},
        {"id": "../etc"},
        {"id": ""},
        {"balance_minor": -1},
        {"balance_minor": 1.5},
        {"balance_minor": 2**53},
        {"admin": True},
    ):
        status, answer = await casino.post("/players", PLAYER | change)
        assert 400 <= status < 500, change
        assert answer["ok"] is False
        assert answer["message"]
    assert len((await casino.get("/players"))[1]["players"]) == 1


async def test_a_top_up_is_in_the_books(casino: Caller) -> None:
    status, answer = await casino.post("/players/player-1/deposit", {"amount_minor": 1_050})
    assert (status, answer["player"]["balance"]) == (200, "5010.50")
    assert await casino.balance() == 501_050


async def test_nobody_tops_up_beyond_exact_numbers(casino: Caller) -> None:
    status, answer = await casino.post("/players/player-1/deposit", {"amount_minor": 2**53 - 1})
    assert (status, answer["error"]) == (422, "balance_limit")
    assert await casino.balance() == 500_000


async def test_a_form_of_another_site_changes_nothing(casino: Caller) -> None:
    for path in ("/players", "/launch", "/faults", "/players/player-1/deposit"):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", None):
            headers = {"content-type": content_type} if content_type else {}
            async with casino.http.post(
                f"{casino.base}/sandbox/api{path}", data=b'{"amount_minor": 5}', headers=headers
            ) as answer:
                assert answer.status == 415, path
                assert (await answer.json())["error"] == "not_json"
    assert await casino.balance() == 500_000


async def test_unknown_players_and_broken_bodies_have_readable_answers(casino: Caller) -> None:
    for path in ("/books?player=nobody", "/events?player=nobody", "/statement.csv?player=nobody"):
        status, answer = await casino.get(path)
        assert (status, answer["error"]) == (404, "unknown_player")
    status, answer = await casino.get("/books")
    assert (status, answer["ok"]) == (400, False)
    assert "player" in answer["message"]
    async with casino.http.post(
        f"{casino.base}/sandbox/api/launch",
        data=b"{",
        headers={"content-type": "application/json"},
    ) as broken:
        assert (broken.status, (await broken.json())["ok"]) == (400, False)


async def test_a_launch_is_signed_and_tells_what_the_contract_asks(
    casino: Caller, apogee: FakeApogee
) -> None:
    await casino.bet("r1", 100)
    status, answer = await casino.post("/launch", {"player": "player-1"})
    assert status == 200
    assert answer["launch_url"] == apogee.launch_answer["launch_url"]
    assert answer["session_id"] == "session-1"
    ((headers, path, body),) = apogee.launched
    assert json.loads(body) == {
        "operator_player_id": "player-1",
        "currency": "USD",
        "balance_minor": 499_900,
        "ttl_seconds": 3600,
    }
    assert headers["x-operator-id"] == str(CREDENTIALS.operator_id)
    assert headers["x-operator-key"] == CREDENTIALS.api_key
    assert headers["x-signature"] == expected_signature(headers, "POST", path, body)


async def test_a_refused_launch_says_why(casino: Caller, apogee: FakeApogee) -> None:
    apogee.launch_status = 403
    apogee.launch_answer = {"ok": False, "error": "suspended", "message": "this operator rests"}
    status, answer = await casino.post("/launch", {"player": "player-1"})
    assert (status, answer["error"]) == (502, "apogee_refused")
    assert "403" in answer["message"]
    assert "this operator rests" in answer["message"]


async def test_apogee_that_is_down_is_told_readably(tmp_path: Path) -> None:
    async with casino_at(casino_config(tmp_path / "b.db", "http://127.0.0.1:1")) as casino:
        status, answer = await casino.post("/launch", {"player": "player-1"})
    assert (status, answer["error"]) == (502, "apogee_unreachable")
    assert "http://127.0.0.1:1" in answer["message"]
    assert "Is it running?" in answer["message"]


async def test_a_game_from_elsewhere_is_not_shown(casino: Caller, apogee: FakeApogee) -> None:
    good = apogee.launch_answer
    for change in (
        {"launch_url": "https://elsewhere.example/play"},
        {"launch_url": f"{apogee.url}.elsewhere.example/play"},
        {"launch_url": "javascript:alert(1)"},
        {"launch_url": None},
        {"session_id": 5},
    ):
        apogee.launch_answer = good | change
        status, answer = await casino.post("/launch", {"player": "player-1"})
        assert (status, answer["ok"]) == (502, False), change


async def test_players_may_reach_the_game_under_another_origin(tmp_path: Path) -> None:
    async with fake_apogee() as apogee:
        apogee.launch_answer["launch_url"] = "https://game.example/play?session=x"
        config = casino_config(tmp_path / "b.db", apogee.url, game_origin="https://game.example")
        async with casino_at(config) as casino:
            status, _ = await casino.post("/launch", {"player": "player-1"})
            assert status == 200
