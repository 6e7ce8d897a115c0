"""SIGTERM and SIGINT: an orderly, early end, whatever is open; the next start forgot nothing."""

import asyncio
import os
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from app.play.close_codes import RESTARTING
from tests.live import FINAL, Live, Player
from tests.process.command import Process, Server

pytestmark = pytest.mark.slow

STOPS_WITHIN_S = 10


async def _events(world: Live, player: str) -> aiohttp.ClientResponse:
    """The lobby's stream of changes, open and flowing."""
    stream = await world.http.get(f"{world.base_url}/sandbox/api/events?player={player}")
    async with asyncio.timeout(STOPS_WITHIN_S):
        while b"event: change" not in await stream.content.readline():
            pass
    return stream


async def _stopped(process: Process, number: signal.Signals) -> tuple[int, float]:
    begun = time.monotonic()
    process.send(number)
    code = await asyncio.to_thread(process.ends)
    return code, time.monotonic() - begun


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_is_orderly_and_soon_with_everything_open(
    number: signal.Signals, tmp_path: Path
) -> None:
    server = Server(tmp_path)
    with server.playing() as process:
        async with server.visit() as world:
            players = [await world.player(name) for name in ("ada", "ben", "cleo")]
            stream = await _events(world, "ada")
            await world.fault("all", "timeout", ms=60_000)
            await players[0].betting()
            ref = await players[0].bet()
            await players[0].hears("bet", ref=ref, status="pending")
            code, took_s = await _stopped(process, number)
            closed = [await player.is_closed() for player in players]
            stream.close()
    assert code == 0
    assert took_s < STOPS_WITHIN_S
    assert {status for status, _ in closed} == {RESTARTING.code}
    assert "Traceback" not in process.printed
    assert not server.processes()


async def test_a_second_signal_while_stopping_changes_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path, APOGEE_LOG_LEVEL="info")
    with server.playing() as process:
        process.send(signal.SIGINT)
        await process.says_soon("Shutting down")
        code, took_s = await _stopped(process, signal.SIGTERM)
    assert code == 0
    assert took_s < STOPS_WITHIN_S
    assert not server.processes()


async def _finished_bet(world: Live, player: Player) -> dict[str, object]:
    await player.betting()
    ref = await player.bet(1_000, auto=150)
    bet = await player.hears("bet", ref=ref, status="accepted")
    await player.hears("crashed", round=bet["round"])
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] in FINAL
    return bet


async def test_the_next_start_keeps_players_balances_operators_and_rounds(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with server.playing() as process:
        async with server.visit() as world:
            token = await world.launch("ada")
            player = await world.session(token)
            await player.connect()
            bet = await _finished_bet(world, player)
            before = await world.books("ada")
            record = await world.get(f"/fair/rounds/{bet['round']}.json")
            operators = server.run("operator", "list", "--json").out
        assert (await _stopped(process, signal.SIGTERM))[0] == 0
    with server.playing():
        async with server.visit() as world:
            player = await world.session(token)
            welcome = await player.connect()
            assert bet["round"] in [past["round"] for past in welcome["history"]]
            assert welcome["balance"] == before["balance_minor"]
            assert await world.books("ada") == before
            assert await world.get(f"/fair/rounds/{bet['round']}.json") == record
            assert server.run("operator", "list", "--json").out == operators
            assert (await world.agrees(str(bet["bet"])))["agree"]


async def test_a_bet_cut_off_by_a_stop_is_returned_by_the_next_start(tmp_path: Path) -> None:
    server = Server(tmp_path, APOGEE_BETTING_MS="5000")
    with server.playing() as process:
        async with server.visit() as world:
            player = await world.player("ada")
            ref = await player.bet(1_000)
            bet = await player.hears("bet", ref=ref, status="accepted")
            assert (await _stopped(process, signal.SIGTERM))[0] == 0
    with server.playing():
        async with server.visit() as world:
            assert (await world.agrees(bet["bet"]))["apogee"]["status"] == "refunded"
            assert (await world.books("ada"))["balance_minor"] == 500_000


def test_what_it_works_on_is_found_while_it_runs(server: Server) -> None:
    found = server.processes()
    assert len(found) > 1
    assert os.getpid() not in found
