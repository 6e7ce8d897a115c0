"""How a wallet's answers are read in the `rgs` contract: yes, no, or nobody knows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.wallet_answers import MAX_PLAYER_TEXT, MAX_RETRY_AFTER_S, player_text
from app.wallet.ops import Accepted, Declined, OpKind, Unknown, WalletResponse
from tests.dialects.kits import ROUND
from tests.dialects.rgs_ops import CODEC, MONEY_KINDS, decode, op


@pytest.mark.parametrize("kind", MONEY_KINDS)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_an_explicit_yes_is_accepted(kind: OpKind, status: int) -> None:
    answer = {"ok": True, "balance_minor": 490_000}
    assert decode(kind, status, answer) == Accepted(490_000)


def test_a_yes_may_echo_what_it_is_about() -> None:
    answer = {"ok": True, "operator_tx_id": f"bet-{ROUND}", "currency": "USD", "more": [1.5]}
    assert decode(OpKind.DEBIT, 200, answer) == Accepted(None)
    assert decode(OpKind.DEBIT, 200, {"ok": True, "operator_tx_id": None}) == Accepted(None)


@pytest.mark.parametrize("balance", [b"490000", b'"490000"', b"490000.0", b'"490000.00"'])
def test_a_balance_is_read_by_its_digits(balance: bytes) -> None:
    body = b'{"ok":true,"balance_minor":%b}' % balance
    assert decode(OpKind.DEBIT, 200, body) == Accepted(490_000)


@pytest.mark.parametrize("balance", [b"-1", b'"soon"', b"1e5", b"0.5", b"9007199254740993", b"{}"])
def test_an_unreadable_balance_does_not_take_the_yes_back(balance: bytes) -> None:
    body = b'{"ok":true,"balance_minor":%b}' % balance
    assert decode(OpKind.DEBIT, 200, body) == Accepted(None)


@pytest.mark.parametrize("kind", MONEY_KINDS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"<html>ok</html>",
        b'{"ok":true',
        b"true",
        b'[{"ok":true}]',
        b"{}",
        b'{"ok":"true"}',
        b'{"ok":1}',
        b'{"ok":null}',
        b'{"OK":true}',
        b'{"ok":true,"ok":true}',
        b'{"ok":false,"ok":true}',
        b'{"ok":true,"x":{"a":1,"a":1}}',
        b'{"ok":true,"x":' + b"[" * 30_000,
        b'{"ok":true,"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"ok":true,"balance_minor":NaN}',
        b'{"ok":true,"operator_tx_id":"bet-0"}',
        b'{"ok":true,"operator_tx_id":1}',
        b'{"ok":true,"currency":"EUR"}',
        b'{"ok":false,"currency":"EUR"}',
        b'{"ok":true,"note":"\xff"}',
    ],
)
def test_a_success_that_says_nothing_clear_is_unknown(kind: OpKind, body: bytes) -> None:
    assert isinstance(decode(kind, 200, body), Unknown)


@pytest.mark.parametrize("kind", MONEY_KINDS)
@pytest.mark.parametrize("status", [0, 100, 301, 302, 307, 408, 425, 429, 500, 502, 503, 504, 600])
@pytest.mark.parametrize("body", [b"", b'{"ok":true}', b'{"ok":false,"error":"unknown_bet"}'])
def test_any_other_status_is_unknown_whatever_it_says(
    kind: OpKind, status: int, body: bytes
) -> None:
    assert isinstance(decode(kind, status, body), Unknown)


@pytest.mark.parametrize("kind", MONEY_KINDS)
def test_an_explicit_no_is_declined(kind: OpKind) -> None:
    answer = {"ok": False, "error": "Insufficient-Funds", "message": "No money"}
    assert decode(kind, 200, answer) == Declined("insufficient_funds", "No money")


@pytest.mark.parametrize("kind", MONEY_KINDS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 422, 451])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"ok":true}', b'{"ok":false}', b"[]"])
def test_a_client_error_is_declined_whatever_it_says(
    kind: OpKind, status: int, body: bytes
) -> None:
    outcome = decode(kind, status, body)
    assert isinstance(outcome, Declined)
    assert outcome.code == f"http_{status}"


def test_a_refusal_without_words_has_some_for_the_player() -> None:
    assert decode(OpKind.DEBIT, 200, {"ok": False}) == Declined(
        "declined", "The casino declined the bet."
    )
    known = decode(OpKind.DEBIT, 402, {"code": "INSUFFICIENT_FUNDS", "message": 7})
    assert known == Declined("insufficient_funds", "There is not enough money for this bet.")


@pytest.mark.parametrize("status", [200, 400, 404, 409])
@pytest.mark.parametrize("code", ["already_refunded", "UNKNOWN_TRANSACTION", "tx not found"])
def test_nothing_left_to_refund_is_a_refund_done(status: int, code: str) -> None:
    assert decode(OpKind.ROLLBACK, status, {"ok": False, "error": code}) == Accepted(None)


@pytest.mark.parametrize("kind", [OpKind.DEBIT, OpKind.CREDIT])
def test_that_holds_for_refunds_only(kind: OpKind) -> None:
    answer = {"ok": False, "error": "unknown_transaction"}
    assert isinstance(decode(kind, 404, answer), Declined)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (404, b""),
        (404, b'{"ok":false,"error":"not_found"}'),
        (404, b'{"ok":false,"error":"unknown_bet","operator_tx_id":"refund-0"}'),
        (400, b'{"ok":false,"error":{"code":"unknown_bet"}}'),
        (403, b'{"ok":false,"error":"bad_signature"}'),
    ],
)
def test_a_refund_that_was_not_understood_is_not_done(status: int, answer: bytes) -> None:
    assert isinstance(decode(OpKind.ROLLBACK, status, answer), Declined)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("٣", None),
        ("Fri, 03 Jul 2026 20:02:00 GMT", 120),
        ("Fri, 03 Jul 2026 19:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
        ("Fri, 99 Jul 2026 20:02:00 GMT", None),
    ],
)
def test_a_wallet_may_ask_for_time(retry_after: str, seconds: int | None) -> None:
    outcome = decode(
        OpKind.CREDIT, 503, b"", Retry_After=retry_after, Date="Fri, 03 Jul 2026 20:00:00 GMT"
    )
    assert outcome == Unknown("HTTP 503", seconds)


def test_a_date_without_the_wallets_own_clock_says_nothing() -> None:
    outcome = decode(OpKind.CREDIT, 503, b"", Retry_After="Fri, 03 Jul 2026 20:02:00 GMT")
    assert outcome == Unknown("HTTP 503", None)


@given(st.text(max_size=3000))
def test_a_players_text_is_one_bounded_printable_line(text: str) -> None:
    shown = player_text(text)
    assert len(shown) <= MAX_PLAYER_TEXT
    assert shown.isprintable()
    assert shown == shown.strip()
    shown.encode()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No\r\nmoney\x00\x1b[31m", "No money [31m"),
        ("\u202eevil\u2066", "evil"),
        ("<b>no</b>", "<b>no</b>"),
        ("\ud800", "The casino declined the bet."),
        ("x" * 100_000, "x" * MAX_PLAYER_TEXT),
    ],
)
def test_a_hostile_sentence_is_tamed(said: str, shown: str) -> None:
    answer = {"ok": False, "error": "no", "message": said}
    assert decode(OpKind.DEBIT, 200, answer) == Declined("no", shown)


JSON_ISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
ANSWERS = (
    st.binary(max_size=300)
    | JSON_ISH.map(json.dumps).map(str.encode)
    | st.dictionaries(
        st.sampled_from(
            ["ok", "error", "code", "message", "balance_minor", "operator_tx_id", "currency"]
        ),
        JSON_ISH,
    )
    .map(json.dumps)
    .map(str.encode)
)


@given(
    st.sampled_from(MONEY_KINDS),
    st.integers(0, 999),
    ANSWERS,
    st.lists(st.tuples(st.sampled_from(["Retry-After", "Date", "X"]), st.text(max_size=40))),
)
def test_no_answer_breaks_the_reader(
    kind: OpKind, status: int, body: bytes, headers: list[tuple[str, str]]
) -> None:
    outcome = CODEC.decode(op(kind), WalletResponse(status, tuple(headers), body))
    match outcome:
        case Accepted(balance):
            assert balance is None or 0 <= balance < 2**53
            assert kind is OpKind.ROLLBACK or (200 <= status < 300 and b'"ok": true' in body)
        case Declined(code, message):
            assert len(code) <= 64
            assert code
            assert message
            assert 200 <= status < 300 or 400 <= status < 500
        case Unknown(reason, retry_after):
            assert reason
            assert retry_after is None or 0 <= retry_after <= MAX_RETRY_AFTER_S
        case _:
            pytest.fail("an answer was received, so something was sent")
