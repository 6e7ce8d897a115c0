"""The JSON API: books, statements, callbacks, live changes, and both stories of a round."""

import asyncio
import csv
import hashlib
import io
import json
from typing import Any

import aiohttp
import pytest

from tests.sandbox.serving import (
    CREDENTIALS,
    Caller,
    FakeApogee,
    expected_signature,
)

PLAYER = {"id": "ann", "name": "Ann", "currency": "JPY", "balance_minor": 7_000}
SEED = "5eed" * 16


async def test_the_books_tell_rounds_and_transactions(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await casino.win("r1", 250)
    await casino.bet("r2", 300)
    await casino.refund("r2", 300)
    await casino.bet("r3", 10**9)
    _, books = await casino.get("/books?player=player-1")
    told = [
        (one["round_id"], one["bet_minor"], one["win_minor"], one["refund_minor"])
        for one in books["rounds"]
    ]
    assert told == [("r3", None, None, None), ("r2", 300, None, 300), ("r1", 100, 250, None)]
    assert [one["net_minor"] for one in books["rounds"]] == [0, 0, 150]
    assert [one["note"] for one in books["rounds"]] == ["declined", None, None]
    assert [row["type"] for row in books["transactions"]] == [
        "bet", "refund", "bet", "win", "bet", "deposit",
    ]  # fmt: skip
    assert books["totals"] == {
        "deposits_minor": 500_000,
        "bets_minor": 400,
        "wins_minor": 250,
        "refunds_minor": 300,
        "balanced": True,
    }


async def test_the_books_are_read_page_by_page(casino: Caller) -> None:
    for number in range(4):
        await casino.bet(f"r{number}", 1)
    _, first = await casino.get("/books?player=player-1&limit=3")
    last = first["transactions"][-1]["id"]
    _, second = await casino.get(f"/books?player=player-1&limit=3&before={last}")
    ids = [row["id"] for row in first["transactions"] + second["transactions"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5


async def statement(casino: Caller, query: str = "") -> list[dict[str, str]]:
    async with casino.http.get(f"{casino.base}/sandbox/api/statement.csv{query}") as answer:
        assert answer.content_type == "text/csv"
        return list(csv.DictReader(io.StringIO(await answer.text())))


async def test_the_statement_adds_up_to_the_balance(casino: Caller) -> None:
    await asyncio.gather(*(casino.bet(f"r{number}", 7) for number in range(20)))
    await casino.post("/players", PLAYER)
    rows = await statement(casino, "?player=player-1")
    assert sum(int(row["moved_minor"]) for row in rows) == await casino.balance()
    assert len(await statement(casino)) == len(rows) + 1


async def test_a_statement_longer_than_a_page_is_whole(
    casino: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sandbox.books_api._STATEMENT_PAGE", 3)
    for number in range(7):
        await casino.bet(f"r{number}", 1)
    assert [row["round_id"] for row in await statement(casino)][1:] == [f"r{n}" for n in range(7)]


async def test_a_statement_holds_no_formulas(casino: Caller) -> None:
    await casino.bet("=1+1", 1)
    rows = await statement(casino)
    assert rows[-1]["round_id"] == "'=1+1"


async def test_a_callback_is_logged_with_what_was_signed_and_no_secret(casino: Caller) -> None:
    body = b'{"nonsense": true}'
    headers = {"x-operator-hmac": "hush", "cookie": "hush", "x-timestamp": "5", "x-signature": "s"}
    await casino.send("/sandbox/wallet/bet", body, headers)
    await casino.bet("r1", 100)
    _, answer = await casino.get("/callbacks")
    good, bad = answer["callbacks"]
    assert (good["status"], good["signature"], good["endpoint"]) == (200, "ok", "bet")
    assert json.loads(good["response"]) == {"ok": True, "balance_minor": 499_900}
    assert (bad["status"], bad["signature"]) == (401, "wrong_operator")
    assert bad["base_string"] == f"5.POST./sandbox/wallet/bet.{hashlib.sha256(body).hexdigest()}"
    assert bad["body"] == body.decode()
    assert (bad["headers"]["cookie"], bad["headers"]["x-signature"]) == ("(hidden)", "s")
    assert "hush" not in json.dumps(answer)
    assert CREDENTIALS.hmac_secret not in json.dumps(answer)


async def test_the_log_of_callbacks_is_bounded(
    casino: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sandbox.callbacks.KEPT", 10)
    monkeypatch.setattr("app.sandbox.callbacks._TRIM_EVERY", 5)
    for number in range(30):
        await casino.bet(f"r{number}", 1)
    _, answer = await casino.get("/callbacks?limit=5000")
    assert [one["id"] for one in answer["callbacks"]] == list(range(30, 20, -1))


async def test_a_large_body_is_logged_shortened(casino: Caller) -> None:
    await casino.send("/sandbox/wallet/bet", b"x" * 60_000)
    _, answer = await casino.get("/callbacks")
    assert len(answer["callbacks"][0]["body"]) < 5_000


async def next_change(stream: aiohttp.ClientResponse) -> Any:
    async with asyncio.timeout(5):
        async for line in stream.content:
            if line.startswith(b"data: "):
                return json.loads(line.removeprefix(b"data: "))
    raise AssertionError("the stream ended")


async def test_the_lobby_hears_of_every_change(casino: Caller) -> None:
    async with casino.http.get(f"{casino.base}/sandbox/api/events?player=player-1") as stream:
        assert stream.content_type == "text/event-stream"
        assert (await next_change(stream))["player"]["balance"] == "5000.00"
        await casino.bet("r1", 100)
        change = await next_change(stream)
        assert change["player"]["balance"] == "4999.00"
        assert [one["round_id"] for one in change["rounds"]] == ["r1"]
        assert [one["endpoint"] for one in change["callbacks"]] == ["bet"]
        await casino.post("/faults", {"endpoint": "win", "kind": "html"})
        change = await next_change(stream)
        assert [one["kind"] for one in change["switches"]] == ["html"]
        assert change["callbacks"] == []


async def test_a_round_in_both_books(casino: Caller, apogee: FakeApogee) -> None:
    await casino.bet("r1", 10_000)
    await casino.win("r1", 25_000)
    apogee.rounds["r1"] = {
        "server_seed": SEED,
        "server_seed_hash": hashlib.sha256(SEED.encode()).hexdigest(),
        "outcome": {"crashPoint": 4.87},
        "realized_multiplier": 2.5,
        "payout_minor": 25_000,
    }
    status, answer = await casino.get("/round/r1")
    assert (status, answer["agree"], answer["reasons"]) == (200, True, [])
    assert [row["type"] for row in answer["own"]] == ["bet", "win"]
    assert answer["apogee"] == apogee.rounds["r1"]
    ((headers, path),) = apogee.asked_rounds
    assert headers["x-signature"] == expected_signature(headers, "GET", path, b"")


async def test_a_round_that_differs_says_where(casino: Caller, apogee: FakeApogee) -> None:
    await casino.bet("r1", 10_000)
    apogee.rounds["r1"] = {"server_seed": None, "payout_minor": 25_000}
    _, answer = await casino.get("/round/r1")
    assert (answer["agree"], len(answer["reasons"])) == (False, 1)
    assert "25000" in answer["reasons"][0]


async def test_a_round_unknown_to_apogee(casino: Caller) -> None:
    _, nothing = await casino.get("/round/r1")
    assert (nothing["agree"], nothing["own"], nothing["apogee"]) == (True, [], None)
    await casino.bet("r1", 10_000)
    _, kept = await casino.get("/round/r1")
    assert kept["agree"] is False


async def test_the_api_says_what_it_does_not_have(casino: Caller) -> None:
    for path in ("", "/nothing", "/nothing/at/all"):
        status, answer = await casino.get(path)
        assert (status, answer["error"]) == (404, "not_found"), path


async def test_a_round_id_is_fit_for_a_path(casino: Caller, apogee: FakeApogee) -> None:
    status, answer = await casino.get("/round/a%3Fb")
    assert (status, answer["error"]) == (400, "bad_round_id")
    assert apogee.asked_rounds == []
