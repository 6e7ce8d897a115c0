"""The socket itself: who may sit down, what a bad frame costs, who is told what."""

import json
from contextlib import suppress

import pytest
import websockets

from app.play import close_codes
from tests.live import Live, Player


async def _knock(world: Live, first_frame: str, **headers: str) -> tuple[int, str]:
    """Say one thing and wait to be shown out; returns close code and reason."""
    address = f"ws{world.base_url[4:]}/play/ws"
    async with websockets.connect(
        address, additional_headers=headers, compression=None, proxy=None
    ) as socket:
        with suppress(websockets.ConnectionClosed):
            await socket.send(first_frame)
            async for _ in socket:
                pass
        return socket.close_code or 0, socket.close_reason or ""


def _hello(session: str, version: int = 1) -> str:
    return json.dumps({"type": "hello", "session": session, "v": version})


async def test_a_session_nobody_issued_is_shown_out_for_good(world: Live) -> None:
    code, _ = await _knock(world, _hello("ps_" + "0" * 32 + "_" + "0" * 64))
    assert code == close_codes.BAD_SESSION.code
    assert not close_codes.reconnects(code)


async def test_a_session_of_one_player_does_not_open_anothers(world: Live) -> None:
    """The secret is bound to its session: neither half fits another."""
    one = await world.session(await world.launch("one"))
    two = await world.session(await world.launch("two"))
    first, second = (p.session["session"].split("_") for p in (one, two))
    mixed = "_".join([first[0], second[1], first[2]])
    assert (await _knock(world, _hello(mixed)))[0] == close_codes.BAD_SESSION.code


@pytest.mark.parametrize(
    ("frame", "close"),
    [
        ("not json", close_codes.BAD_FRAMES),
        ('{"type":"ping","t":1}', close_codes.BAD_FRAMES),
        ('{"type":"hello"}', close_codes.BAD_FRAMES),
    ],
)
async def test_the_first_frame_is_a_hello(
    world: Live, frame: str, close: close_codes.Close
) -> None:
    assert (await _knock(world, frame))[0] == close.code


async def test_another_version_is_told_so(world: Live) -> None:
    player = await world.session(await world.launch())
    code, _ = await _knock(world, _hello(player.session["session"], version=2))
    assert code == close_codes.BAD_VERSION.code


async def test_a_page_of_another_origin_cannot_play(world: Live) -> None:
    player = await world.session(await world.launch())
    hello = _hello(player.session["session"])
    code, _ = await _knock(world, hello, Origin="https://evil.example")
    assert code == close_codes.BAD_ORIGIN.code


async def test_a_third_socket_of_a_session_closes_the_oldest(world: Live) -> None:
    token = await world.launch()
    pages = [await world.session(token) for _ in range(3)]
    for page in pages:
        await page.connect()
    code, _ = await pages[0].is_closed()
    assert code == close_codes.ELSEWHERE.code
    for page in pages[1:]:
        await page.say(type="ping", t=7)
        await page.hears("pong", t=7)


async def test_both_sockets_of_a_session_are_told_of_its_bets(world: Live) -> None:
    token = await world.launch()
    one, two = await world.session(token), await world.session(token)
    await one.connect()
    await two.connect()
    bet = await one.accepted_bet()
    assert (await two.hears("bet", ref=bet["ref"], status="accepted"))["bet"] == bet["bet"]


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        '{"type":"unknown"}',
        '{"type":"bet","ref":"r","slot":2,"amount":1000}',
        '{"type":"bet","ref":"r","slot":0,"amount":-5}',
        '{"type":"bet","ref":"r","slot":0,"amount":10.5}',
        '{"type":"bet","ref":"r","slot":0,"amount":1e3}',
        '{"type":"bet","ref":"r","slot":0,"amount":"1000"}',
        '{"type":"bet","ref":"r","slot":0,"amount":99999999999999999999}',
        '{"type":"bet","ref":"","slot":0,"amount":1000}',
        '{"type":"bet","ref":"r","slot":0,"amount":1000,"auto":100}',
        '{"type":"bet","ref":"r","slot":0,"amount":1000,"round":"x"}',
        '{"type":"seed","client_seed":"\\u0000"}',
    ],
)
async def test_a_bad_frame_gets_an_error_and_costs_no_bet(world: Live, frame: str) -> None:
    player = await world.player()
    bet = await player.accepted_bet()
    await player.say_raw(frame)
    assert (await player.hears("error"))["code"] == "bad_frame"
    await player.say(type="ping", t=1)
    await player.hears("pong", t=1)
    await player.end_of(bet)


async def test_unknown_fields_are_ignored(world: Live) -> None:
    player = await world.player()
    await player.say(type="ping", t=3, colour="blue")
    await player.hears("pong", t=3)


async def test_too_many_bad_frames_end_the_conversation(world: Live) -> None:
    player = await world.player()
    for _ in range(11):
        await player.say_raw("{")
    assert (await player.is_closed())[0] == close_codes.BAD_FRAMES.code


async def test_a_flood_is_cut_off_and_may_come_back(world: Live) -> None:
    player = await world.player()
    for number in range(60):
        await player.say(type="ping", t=number)
    code, _ = await player.is_closed()
    assert code == close_codes.RATE_LIMITED.code
    assert close_codes.reconnects(code)


async def test_an_oversized_frame_closes_the_socket(world: Live) -> None:
    player = await world.player()
    await player.say_raw(json.dumps({"type": "ping", "t": 1, "x": "y" * 5_000}))
    assert (await player.is_closed())[0] == 1009


async def test_a_client_seed_goes_into_the_next_bets_leaf(world: Live) -> None:
    player = await world.player()
    await player.say(type="seed", client_seed="my own luck")
    await player.say(type="ping", t=1)
    await player.hears("pong", t=1)
    bet = await player.accepted_bet(auto=101)
    await player.end_of(bet)
    both = await world.agrees(bet["bet"])
    assert json.loads(both["apogee"]["proof"]["leaf"])["client_seed"] == "my own luck"
    await player.drop()
    assert (await player.connect())["client_seed"] == "my own luck"


async def test_other_players_are_shown_masked(world: Live) -> None:
    watcher = await world.player("watcher")
    somebody = await world.player("somebody-else")
    await somebody.accepted_bet()
    crowd = await watcher.hears("crowd", where=lambda m: bool(m.get("add")))
    assert [row["name"] for row in crowd["add"]] == ["s***e"]
    assert "somebody-else" not in str(watcher.told)


async def test_an_unknown_launch_token_is_refused_readably(world: Live) -> None:
    async with world.http.post(
        f"{world.base_url}/play/session", json={"token": "lt_nothing"}
    ) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "unknown_session"


async def test_a_session_that_is_over_is_refused_and_its_sockets_leave(
    world: Live, database_url: str
) -> None:
    import asyncpg

    token = await world.launch()
    player: Player = await world.session(token)
    await player.connect()
    connection = await asyncpg.connect(database_url)
    await connection.execute("update sessions set expires_at = now()")
    await connection.close()
    async with world.http.post(f"{world.base_url}/play/session", json={"token": token}) as answer:
        assert answer.status == 410
    again = Player(world.base_url, player.session)
    code, _ = await _knock(world, _hello(again.session["session"]))
    assert code == close_codes.SESSION_OVER.code


async def test_the_page_is_served_with_a_strict_policy(world: Live) -> None:
    async with world.http.get(f"{world.base_url}/play?session=x") as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
