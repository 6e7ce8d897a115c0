"""The casino as a process: what it promised is still true after it was killed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.serving import BOUND_S, Caller, callback_body

ROOT = Path(__file__).resolve().parents[2]
Process = asyncio.subprocess.Process


@asynccontextmanager
async def casino_process(books: Path) -> AsyncIterator[tuple[Process, Caller]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.sandbox.run_casino",
        str(books),
        "http://127.0.0.1:1",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(BOUND_S):
            base = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as http:
            yield process, Caller(base, http)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_kill_9_keeps_every_answered_bet(tmp_path: Path) -> None:
    answered: list[int] = []

    async def bet_until_it_dies(caller: Caller, first: int) -> None:
        for number in range(first, 10_000, 8):
            try:
                status, _ = await caller.bet(f"r{number}", 1)
            except aiohttp.ClientError:
                return
            assert status == 200
            answered.append(number)
            if len(answered) >= 60:
                process.kill()

    books = tmp_path / "books.db"
    async with casino_process(books) as (process, caller):
        await asyncio.gather(*(bet_until_it_dies(caller, first) for first in range(8)))
        assert await process.wait() == -9
    async with casino_process(books) as (_, caller):
        _, kept = await caller.get("/books?player=player-1")
        rounds = {row["round_id"] for row in kept["transactions"]}
        assert {f"r{number}" for number in answered} <= rounds
        assert kept["totals"]["balanced"]
        repeated = await caller.bet(f"r{answered[0]}", 1)
        assert repeated[0] == 200
        assert await caller.balance() == kept["balance_minor"]


async def test_a_reset_reaches_the_caller_under_the_other_event_loop(tmp_path: Path) -> None:
    async with casino_process(tmp_path / "books.db") as (_, caller):
        for kind, error in [
            ("reset_before", aiohttp.ClientOSError),
            ("reset_after", aiohttp.ClientOSError),
            ("reset_mid_body", aiohttp.ClientPayloadError),
        ]:
            await caller.post("/faults", {"endpoint": "bet", "kind": kind, "calls": 1})
            with pytest.raises(error):
                await caller.send("/sandbox/wallet/bet", callback_body("bet", kind, 100))
        assert await caller.balance() == 500_000 - 200


async def test_an_open_lobby_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with casino_process(tmp_path / "books.db") as (process, caller):
        url = f"{caller.base}/sandbox/api/events?player=player-1"
        async with caller.http.get(url) as stream:
            assert json.loads((await next_change(stream))[len("data: ") :])["player"]
            process.terminate()
            async with asyncio.timeout(5):
                assert await stream.content.read() is not None
                await process.wait()


async def next_change(stream: aiohttp.ClientResponse) -> bytes:
    async with asyncio.timeout(5):
        async for line in stream.content:
            if line.startswith(b"data: "):
                return line
    raise AssertionError("the stream ended")
