"""What the `rgs` contract says of our calls to a wallet."""

import json
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.rgs import RGS
from app.wallet.ops import OpKind
from engine.errors import InvariantError
from tests.dialects import openssl
from tests.dialects.golden_files import as_http, golden
from tests.dialects.kits import ROUND
from tests.dialects.rgs_ops import CODEC, MONEY_KINDS, encode, op

FILES = {OpKind.DEBIT: "bet.http", OpKind.CREDIT: "win.http", OpKind.ROLLBACK: "refund.http"}


@pytest.mark.parametrize("kind", MONEY_KINDS)
def test_a_request_is_the_same_to_the_byte(kind: OpKind) -> None:
    assert as_http(encode(op(kind))) == golden("rgs", FILES[kind])


@pytest.mark.parametrize("kind", MONEY_KINDS)
@pytest.mark.parametrize(
    "url",
    ["https://wallet.casino.test", "https://w.test/", "http://127.0.0.1:9/a/b/", "https://w/%41"],
)
def test_a_signature_holds_by_openssl_over_the_path_as_sent(kind: OpKind, url: str) -> None:
    request = encode(op(kind), url)
    headers = dict(request.headers)
    path = urlsplit(request.url).path
    message = f"{headers['X-Timestamp']}.POST.{path}.{openssl.sha256(request.body)}".encode()
    assert headers["X-Signature"] == openssl.hmac_sha256("wallet secret", message)
    assert "//" not in path


@pytest.mark.parametrize("kind", MONEY_KINDS)
def test_no_secret_leaves(kind: OpKind) -> None:
    request = encode(op(kind))
    assert b"secret" not in as_http(request)
    assert [name.lower() for name, _ in request.headers] == [
        "content-type",
        "x-operator-id",
        "x-timestamp",
        "x-signature",
    ]


@pytest.mark.parametrize("kind", MONEY_KINDS)
def test_another_attempt_has_the_same_body_and_a_fresh_stamp(kind: OpKind) -> None:
    first, second = encode(op(kind)), encode(op(kind), age_s=60)
    assert first.body == second.body
    assert dict(first.headers)["X-Timestamp"] != dict(second.headers)["X-Timestamp"]
    assert dict(first.headers)["X-Signature"] != dict(second.headers)["X-Signature"]


def test_the_three_calls_of_a_bet_have_ids_of_their_own() -> None:
    ids = [CODEC.transaction_id(kind, ROUND) for kind in MONEY_KINDS]
    assert ids == [f"bet-{ROUND}", f"win-{ROUND}", f"refund-{ROUND}"]


@pytest.mark.parametrize("kind", [OpKind.CLOSE, OpKind.RECORD])
def test_a_call_the_contract_lacks_is_never_made(kind: OpKind) -> None:
    with pytest.raises(InvariantError):
        CODEC.transaction_id(kind, ROUND)
    with pytest.raises(InvariantError):
        encode(msgspec.structs.replace(op(OpKind.DEBIT), kind=kind))
    assert RGS.capabilities.ops_after_win == RGS.capabilities.ops_after_loss == ()


def test_a_win_without_its_multiplier_is_not_sent() -> None:
    with pytest.raises(InvariantError):
        encode(op(OpKind.CREDIT, multiplier=None))


@given(st.integers(100, 10_000_000))
def test_a_multiplier_is_written_exactly(multiplier: int) -> None:
    body = json.loads(encode(op(OpKind.CREDIT, multiplier=multiplier)).body, parse_float=str)
    whole, _, part = str(body["multiplier"]).partition(".")
    assert int(whole) * 100 + int(part.ljust(2, "0")) == multiplier


def test_a_player_id_of_any_script_is_sent_as_utf8() -> None:
    assert "Jörg 😀".encode() in encode(op(OpKind.DEBIT, player="Jörg 😀")).body
