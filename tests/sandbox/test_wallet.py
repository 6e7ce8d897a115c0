"""What the wallet does with money."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.sandbox.wallet_rules import Unreadable, read_call
from tests.sandbox.serving import Caller, callback_body, casino_at, casino_config

OPENING = 500_000


def refused(answer: tuple[int, Any], status: int, error: str) -> bool:
    got, body = answer
    return (got, body["ok"], body["error"]) == (status, False, error) and bool(body["message"])


async def test_a_bet_takes_the_stake_and_tells_the_balance(casino: Caller) -> None:
    assert await casino.bet("r1", 10_000) == (200, {"ok": True, "balance_minor": 490_000})
    assert await casino.balance() == 490_000


async def test_a_win_pays_on_top(casino: Caller) -> None:
    await casino.bet("r1", 10_000)
    answer = await casino.win("r1", 25_000, multiplier=2.5)
    assert answer == (200, {"ok": True, "balance_minor": 515_000})
    assert await casino.balance() == 515_000


async def test_a_refund_gives_the_stake_back(casino: Caller) -> None:
    await casino.bet("r1", 10_000)
    assert await casino.refund("r1", 10_000) == (200, {"ok": True, "balance_minor": OPENING})
    assert await casino.balance() == OPENING


async def test_a_bet_of_everything_is_covered_and_one_unit_more_is_not(casino: Caller) -> None:
    assert refused(await casino.bet("r1", OPENING + 1), 402, "insufficient_funds")
    assert await casino.bet("r2", OPENING) == (200, {"ok": True, "balance_minor": 0})


async def test_an_unknown_player_has_no_money(casino: Caller) -> None:
    answer = await casino.bet("r1", 100, operator_player_id="nobody")
    assert refused(answer, 404, "unknown_player")


async def test_an_account_is_in_one_currency(casino: Caller) -> None:
    assert refused(await casino.bet("r1", 100, currency="JPY"), 422, "currency_mismatch")
    assert await casino.balance() == OPENING


@pytest.mark.parametrize("endpoint", ["bet", "win", "refund"])
async def test_a_repeat_has_the_first_answer_and_no_effect(casino: Caller, endpoint: str) -> None:
    if endpoint != "bet":
        await casino.bet("r1", 100)
    first = await casino.callback(endpoint, "r1", 100)
    await casino.bet("between", 7)
    balance = await casino.balance()
    assert await casino.callback(endpoint, "r1", 100) == first
    assert await casino.balance() == balance


async def test_a_repeat_may_be_written_differently(casino: Caller) -> None:
    first = await casino.bet("r1", 100)
    body = callback_body("bet", "r1", 100)
    spaced = json.dumps(json.loads(body), indent=3, sort_keys=True).encode()
    status, _, content = await casino.send("/sandbox/wallet/bet", spaced)
    assert (status, json.loads(content)) == first


async def test_a_transaction_id_means_one_thing(casino: Caller) -> None:
    await casino.post("/players", {"id": "player-2", "name": "Two", "currency": "USD"})
    await casino.bet("r1", 100)
    for change in (
        {"amount_minor": 101},
        {"operator_player_id": "player-2"},
        {"round_id": "r2"},
        {"currency": "JPY"},
    ):
        fields = json.loads(callback_body("bet", "r1", 100)) | change
        status, _, content = await casino.send("/sandbox/wallet/bet", json.dumps(fields).encode())
        assert refused((status, json.loads(content)), 409, "tx_conflict"), change
    assert await casino.balance() == OPENING - 100


async def test_a_win_does_not_pass_under_the_id_of_its_bet(casino: Caller) -> None:
    await casino.bet("r1", 100)
    answer = await casino.win("r1", 100, operator_tx_id="bet-r1")
    assert refused(answer, 409, "tx_conflict")


async def test_ten_copies_at_once_move_money_once(casino: Caller) -> None:
    answers = await asyncio.gather(*(casino.bet("r1", 1_000) for _ in range(10)))
    assert answers == [(200, {"ok": True, "balance_minor": 499_000})] * 10
    assert await casino.balance() == 499_000


async def test_bets_at_once_never_overdraw(casino: Caller) -> None:
    answers = await asyncio.gather(*(casino.bet(f"r{n}", 100_000) for n in range(10)))
    assert sorted(status for status, _ in answers) == [200] * 5 + [402] * 5
    assert await casino.balance() == 0


async def test_a_refused_bet_stays_refused(casino: Caller) -> None:
    first = await casino.bet("r1", OPENING + 1)
    await casino.post("/players/player-1/deposit", {"amount_minor": OPENING})
    assert await casino.bet("r1", OPENING + 1) == first
    assert await casino.balance() == 2 * OPENING


async def test_a_round_has_one_bet(casino: Caller) -> None:
    await casino.bet("r1", 100)
    answer = await casino.bet("r1", 100, operator_tx_id="another")
    assert refused(answer, 409, "round_has_bet")


async def test_a_win_without_its_bet_is_refused(casino: Caller) -> None:
    assert refused(await casino.win("r1", 100), 404, "unknown_bet")
    assert await casino.balance() == OPENING


async def test_a_win_that_came_early_may_come_again(casino: Caller) -> None:
    await casino.win("r1", 200)
    await casino.bet("r1", 100)
    assert (await casino.win("r1", 200))[0] == 200


async def test_a_declined_bet_cannot_win(casino: Caller) -> None:
    await casino.bet("r1", OPENING + 1)
    assert refused(await casino.win("r1", 100), 404, "unknown_bet")


async def test_a_round_is_paid_once(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await casino.win("r1", 200)
    assert refused(await casino.win("r1", 200, operator_tx_id="again"), 409, "already_won")
    assert await casino.balance() == OPENING + 100


async def test_a_round_is_paid_to_the_player_who_bet(casino: Caller) -> None:
    await casino.post("/players", {"id": "player-2", "name": "Two", "currency": "USD"})
    await casino.bet("r1", 100)
    answer = await casino.win("r1", 200, operator_player_id="player-2")
    assert refused(answer, 409, "wrong_player")
    answer = await casino.refund("r1", 100, operator_player_id="player-2")
    assert refused(answer, 409, "wrong_player")


async def test_a_win_of_nothing_is_a_win(casino: Caller) -> None:
    await casino.bet("r1", 100)
    assert await casino.win("r1", 0) == (200, {"ok": True, "balance_minor": OPENING - 100})


async def test_a_refund_after_a_win_is_refused(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await casino.win("r1", 200)
    assert refused(await casino.refund("r1", 100), 409, "bet_won")
    assert await casino.balance() == OPENING + 100


async def test_a_win_after_a_refund_is_refused(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await casino.refund("r1", 100)
    assert refused(await casino.win("r1", 200), 409, "bet_refunded")
    assert await casino.balance() == OPENING


async def test_a_refund_gives_back_exactly_the_bet(casino: Caller) -> None:
    await casino.bet("r1", 100)
    assert refused(await casino.refund("r1", 99), 409, "amount_mismatch")
    assert await casino.balance() == OPENING - 100


async def test_a_bet_is_given_back_once(casino: Caller) -> None:
    await casino.bet("r1", 100)
    await casino.refund("r1", 100)
    answer = await casino.refund("r1", 100, operator_tx_id="again")
    assert refused(answer, 409, "already_refunded")
    assert await casino.balance() == OPENING


async def test_a_refund_without_its_bet_moves_nothing_and_keeps_the_bet_out(casino: Caller) -> None:
    assert await casino.refund("r1", 100) == (200, {"ok": True, "balance_minor": OPENING})
    assert refused(await casino.bet("r1", 100), 409, "transaction_cancelled")
    assert await casino.refund("r1", 100) == (200, {"ok": True, "balance_minor": OPENING})
    assert await casino.balance() == OPENING


async def test_a_refund_of_a_declined_bet_pays_nothing(casino: Caller) -> None:
    await casino.bet("r1", OPENING + 1)
    assert await casino.refund("r1", OPENING + 1) == (200, {"ok": True, "balance_minor": OPENING})


async def test_no_account_grows_beyond_exact_numbers(casino: Caller) -> None:
    await casino.bet("r1", 100)
    assert refused(await casino.win("r1", 2**53 - 1), 422, "balance_limit")
    assert await casino.balance() == OPENING - 100


@pytest.mark.parametrize(
    "amount", [10.0, "100", True, None, -1, 0, 2**53, [100], 1e2, 10**30, float("nan")]
)
def test_amounts_are_exact_integers(amount: object) -> None:
    with pytest.raises(Unreadable):
        read_call("bet", callback_body("bet", "r1", amount))


def test_only_a_win_may_be_of_nothing() -> None:
    assert read_call("win", callback_body("win", "r1", 0)).amount == 0
    with pytest.raises(Unreadable):
        read_call("refund", callback_body("refund", "r1", 0))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"operator_tx_id": "a"}',
        callback_body("bet", "r1", 100).replace(b'"amount_minor": 100', b'"amount_minor": 1e2'),
        callback_body("bet", "r1", 100).replace(b"{", b'{"amount_minor": 1, '),
        callback_body("bet", "", 100),
        callback_body("bet", "r" * 200, 100),
        callback_body("bet", "\ud800", 100),
        callback_body("bet", "r1", 100, currency=5),
    ],
)
def test_a_callback_is_one_whole_object_without_double_keys(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_call("bet", body)


async def test_what_cannot_be_read_is_refused_and_moves_nothing(casino: Caller) -> None:
    assert refused(await casino.bet("r1", 10.0), 400, "bad_request")
    status, media_type, content = await casino.send("/sandbox/wallet/bet", b"{")
    assert media_type == "application/json"
    assert refused((status, json.loads(content)), 400, "bad_request")
    assert await casino.balance() == OPENING


async def test_injected_text_is_only_text(casino: Caller) -> None:
    evil = "'; drop table players; --"
    assert (await casino.bet(evil, 100))[0] == 200
    assert refused(await casino.bet("r2", 1, operator_player_id=evil), 404, "unknown_player")
    assert await casino.balance() == OPENING - 100


async def test_an_oversized_body_is_not_read(casino: Caller) -> None:
    status, _, content = await casino.send("/sandbox/wallet/bet", b" " * 70_000)
    assert refused((status, json.loads(content)), 413, "too_large")


async def test_the_wallet_speaks_json_wherever_one_knocks(casino: Caller) -> None:
    status, _, content = await casino.send("/sandbox/wallet/nothing", b"{}")
    assert refused((status, json.loads(content)), 404, "not_found")
    async with casino.http.get(f"{casino.base}/sandbox/wallet/bet") as answer:
        assert refused((answer.status, await answer.json()), 405, "method_not_allowed")


async def test_the_books_outlive_the_casino(tmp_path: Path) -> None:
    config = casino_config(tmp_path / "books.db", "http://127.0.0.1:1")
    async with casino_at(config) as casino:
        first = await casino.bet("r1", 100)
    async with casino_at(config) as casino:
        assert await casino.balance() == OPENING - 100
        assert await casino.bet("r1", 100) == first
