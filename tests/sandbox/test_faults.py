"""Each fault as the caller sees it, and what it leaves in the books."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from litestar.types import ASGIApp, Receive, Scope, Send

from app.sandbox import create_casino
from tests.sandbox.serving import (
    Caller,
    callback_body,
    callback_headers,
    casino_at,
    casino_config,
    serve,
)

OPENING = 500_000


async def switch(casino: Caller, **fields: Any) -> Any:
    status, answer = await casino.post("/faults", fields)
    assert status == 200, answer
    return answer["switches"]


async def raw_bet(casino: Caller, timeout_s: float = 5) -> tuple[int, str, bytes]:
    body = callback_body("bet", "r1", 100)
    return await casino.send("/sandbox/wallet/bet", body, timeout_s=timeout_s)


async def was_applied(casino: Caller) -> bool:
    """Asked of the money, and of a repeat, which must then find its first answer."""
    applied = await casino.balance() == OPENING - 100
    await switch(casino, on=False)
    assert (await casino.bet("r1", 100))[0] == 200
    assert await casino.balance() == OPENING - 100
    return applied


async def test_a_delay_only_takes_time(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="delay", ms=150)
    began = time.monotonic()
    assert (await casino.bet("r1", 100))[0] == 200
    assert time.monotonic() - began >= 0.15
    assert await was_applied(casino)


async def test_a_delayed_bet_lands_after_its_caller_gave_up(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="delay", ms=200)
    with pytest.raises(TimeoutError):
        await raw_bet(casino, timeout_s=0.05)
    assert await casino.balance() == OPENING
    await logged(casino, 1)
    assert await was_applied(casino)


async def test_a_timeout_comes_after_the_bet_was_taken(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="timeout", ms=60_000)
    with pytest.raises(TimeoutError):
        await raw_bet(casino, timeout_s=0.2)
    assert await was_applied(casino)


async def test_an_answer_held_back_is_the_true_one(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="timeout", ms=100)
    began = time.monotonic()
    assert await casino.bet("r1", 100) == (200, {"ok": True, "balance_minor": OPENING - 100})
    assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize(("kind", "applied"), [("error_before", False), ("error_after", True)])
async def test_a_500_says_nothing_about_the_money(casino: Caller, kind: str, applied: bool) -> None:
    await switch(casino, endpoint="bet", kind=kind)
    status, body = await casino.bet("r1", 100)
    assert (status, body["ok"], body["error"]) == (500, False, "internal_error")
    assert await was_applied(casino) is applied


async def test_a_declined_bet_is_refused_for_good(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="decline", calls=1)
    first = await casino.bet("r1", 100)
    assert (first[0], first[1]["error"]) == (403, "declined")
    assert await casino.bet("r1", 100) == first
    assert await casino.balance() == OPENING


async def test_a_declined_win_may_be_paid_later(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await switch(casino, endpoint="win", kind="decline", calls=1)
    assert (await casino.win("r1", 300))[1]["error"] == "declined"
    assert (await casino.win("r1", 300))[0] == 200


async def test_a_page_instead_of_an_answer(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="html")
    status, media_type, body = await raw_bet(casino)
    assert (status, media_type) == (200, "text/html")
    assert body.startswith(b"<!doctype html>")
    assert await was_applied(casino)


async def test_half_of_the_json(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="truncated")
    status, media_type, body = await raw_bet(casino)
    assert (status, media_type) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert await was_applied(casino)


@pytest.fixture(params=["httptools", "h11", "httptools, wrapped"])
async def any_server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Caller]:
    """A casino behind each of the server's protocols, and behind layers that wrap its channels."""
    http, _, wrapped = request.param.partition(", ")
    config = casino_config(tmp_path / "books.db", "http://127.0.0.1:1")
    layer = wrapping if wrapped else lambda app: app
    async with serve(create_casino(config), http=http, layer=layer) as caller:
        yield caller


def wrapping(app: ASGIApp) -> ASGIApp:
    class Channel:
        def __init__(self, receive: Receive) -> None:
            self._receive = receive

        async def receive(self) -> Any:
            return await self._receive()

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Any) -> None:
            await send(message)

        await app(scope, Channel(receive).receive, sending)

    return layer


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", False), ("reset_after", True)])
async def test_a_reset_sends_nothing_at_all(
    any_server: Caller, kind: str, applied: bool, caplog: pytest.LogCaptureFixture
) -> None:
    await switch(any_server, endpoint="bet", kind=kind)
    assert await raw_exchange(any_server) == b""
    with pytest.raises(aiohttp.ClientOSError):
        await raw_bet(any_server)
    assert await was_applied(any_server) is applied
    assert not caplog.records


async def test_a_reset_in_the_middle_leaves_half_an_answer(
    any_server: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    await switch(any_server, endpoint="bet", kind="reset_mid_body")
    head, _, body = (await raw_exchange(any_server)).partition(b"\r\n\r\n")
    length = len(b'{"ok":true,"balance_minor":499900}')
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {length}".encode() in head
    assert 0 < len(body) < length
    with pytest.raises(aiohttp.ClientPayloadError):
        await raw_bet(any_server)
    assert await was_applied(any_server)
    assert not caplog.records


async def raw_exchange(casino: Caller) -> bytes:
    """Every byte of the answer, without a client in between; a reset ends it like an end does."""
    path, body = "/sandbox/wallet/bet", callback_body("bet", "r1", 100)
    headers = callback_headers(path, body) | {"host": "casino", "content-length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    host, port = casino.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    received = b""
    async with asyncio.timeout(5):
        try:
            while part := await reader.read(1000):
                received += part
        except ConnectionResetError:
            pass
    writer.close()
    return received


async def test_only_so_many_calls(casino: Caller) -> None:
    switches = await switch(casino, endpoint="bet", kind="error_before", calls=2)
    assert switches[0]["calls_left"] == 2
    statuses = [(await casino.bet(f"r{n}", 100))[0] for n in range(4)]
    assert statuses == [500, 500, 200, 200]
    assert (await casino.get("/faults"))[1]["switches"] == []


async def test_until_it_is_switched_off(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="error_before")
    assert [(await casino.bet(f"r{n}", 1))[0] for n in range(5)] == [500] * 5
    assert await switch(casino, endpoint="bet", kind="error_before", on=False) == []
    assert (await casino.bet("r9", 1))[0] == 200


async def test_a_share_of_calls(tmp_path: Path) -> None:
    drawn = iter([0, 29, 30, 99])
    config = casino_config(tmp_path / "books.db", "http://127.0.0.1:1")
    async with casino_at(config, dice=lambda _: next(drawn)) as casino:
        await switch(casino, endpoint="bet", kind="error_before", percent=30)
        statuses = [(await casino.bet(f"r{n}", 1))[0] for n in range(4)]
    assert statuses == [500, 500, 200, 200]


async def test_one_endpoint_goes_wrong_and_the_others_do_not(casino: Caller) -> None:
    await switch(casino, endpoint="win", kind="error_before")
    assert (await casino.bet("r1", 100))[0] == 200
    assert (await casino.win("r1", 100))[0] == 500


async def test_all_endpoints_go_wrong(casino: Caller) -> None:
    await switch(casino, endpoint="all", kind="error_before")
    calls = [casino.bet("r1", 1), casino.win("r1", 1), casino.refund("r1", 1)]
    assert [status for status, _ in await asyncio.gather(*calls)] == [500] * 3


async def test_the_endpoints_own_fault_goes_before_the_one_for_all(casino: Caller) -> None:
    await switch(casino, endpoint="all", kind="error_before")
    await switch(casino, endpoint="bet", kind="decline")
    assert (await casino.bet("r1", 1))[0] == 403


async def test_a_delay_combines_with_another_fault(casino: Caller) -> None:
    await switch(casino, endpoint="all", kind="delay", ms=100)
    await switch(casino, endpoint="bet", kind="error_after")
    began = time.monotonic()
    assert (await casino.bet("r1", 100))[0] == 500
    assert time.monotonic() - began >= 0.1
    (entry,) = (await casino.get("/callbacks"))[1]["callbacks"]
    assert entry["fault"] == "delay 100 ms + error_after"


async def test_everything_is_switched_off_at_once(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="decline")
    await switch(casino, endpoint="all", kind="delay")
    assert await switch(casino, on=False) == []


async def test_a_call_that_is_not_apogees_uses_up_no_fault(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="error_before", calls=1)
    assert (await casino.send("/sandbox/wallet/bet", b"{}", {}))[0] == 401
    assert (await casino.bet("r1", 1))[0] == 500


async def test_turning_a_switch_again_starts_it_anew(casino: Caller) -> None:
    await switch(casino, endpoint="bet", kind="decline", calls=5)
    (only,) = await switch(casino, endpoint="bet", kind="decline", calls=1)
    assert only["calls_left"] == 1


async def test_a_switch_that_makes_no_sense_is_refused(casino: Caller) -> None:
    wrong: tuple[Any, ...] = (
        {"endpoint": "bet"},
        {"endpoint": "bet", "kind": "nonsense"},
        {"endpoint": "nonsense", "kind": "delay"},
        {"kind": "delay", "calls": 0},
        {"kind": "delay", "percent": 101},
        {"kind": "delay", "ms": 10_000_000},
        {"kind": "delay", "milliseconds": 5},
        [],
    )
    for fields in wrong:
        status, answer = await casino.post("/faults", fields)
        assert status in (400, 422), fields
        assert answer["ok"] is False
        assert answer["message"]
    assert (await casino.get("/faults"))[1]["switches"] == []


async def logged(casino: Caller, count: int) -> list[Any]:
    """The callbacks, once there are so many."""
    async with (
        asyncio.timeout(5),
        casino.http.get(f"{casino.base}/sandbox/api/events?player=player-1") as stream,
    ):
        async for line in stream.content:
            if line.startswith(b"data: "):
                found: list[Any] = (await casino.get("/callbacks"))[1]["callbacks"]
                if len(found) >= count:
                    return found
    raise AssertionError("the stream ended")
