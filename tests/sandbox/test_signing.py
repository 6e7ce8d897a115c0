"""Only Apogee's signature over the raw bytes opens the wallet; ours opens Apogee."""

import hashlib
import json
import subprocess
import time

import pytest

from app.sandbox.signing import base_string, fault_in_signature, sign, signed_headers
from tests.sandbox.serving import CREDENTIALS, Caller, callback_body, callback_headers

PATH = "/sandbox/wallet/bet"
BODY = callback_body("bet", "r1", 100)
NOW = 1_800_000_000


async def status_of(casino: Caller, headers: dict[str, str], body: bytes = BODY) -> tuple[int, str]:
    status, _, content = await casino.send(PATH, body, headers)
    answer = json.loads(content)
    return status, answer.get("error", "ok")


def openssl_hmac(text: str) -> str:
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", CREDENTIALS.hmac_secret, "-r"],
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.split()[0].decode()


async def test_a_callback_signed_by_openssl_is_taken(casino: Caller) -> None:
    timestamp = str(int(time.time()))
    signed = f"{timestamp}.POST.{PATH}.{hashlib.sha256(BODY).hexdigest()}"
    headers = {
        "X-Operator-Id": str(CREDENTIALS.operator_id),
        "X-Timestamp": timestamp,
        "X-Signature": openssl_hmac(signed),
    }
    assert await status_of(casino, headers) == (200, "ok")


async def test_openssl_agrees_with_what_the_casino_signs() -> None:
    headers = signed_headers(CREDENTIALS, NOW, "GET", "/api/public/rgs/round/r1", b"")
    empty = hashlib.sha256(b"").hexdigest()
    expected = openssl_hmac(f"{NOW}.GET./api/public/rgs/round/r1.{empty}")
    assert headers["X-Signature"] == expected
    assert CREDENTIALS.hmac_secret not in headers.values()


async def test_a_tampered_body_is_refused(casino: Caller) -> None:
    tampered = BODY.replace(b"100", b"101")
    answer = await status_of(casino, callback_headers(PATH, BODY), tampered)
    assert answer == (401, "bad_signature")
    assert await casino.balance() == 500_000


async def test_a_signature_for_another_endpoint_is_refused(casino: Caller) -> None:
    headers = callback_headers("/sandbox/wallet/win", BODY)
    assert await status_of(casino, headers) == (401, "bad_signature")


async def test_a_signature_for_another_method_is_refused(casino: Caller) -> None:
    headers = callback_headers(PATH, BODY, method="PUT")
    assert await status_of(casino, headers) == (401, "bad_signature")


async def test_a_made_up_signature_is_refused(casino: Caller) -> None:
    for signature in ("", "0" * 64, "ÿ" * 64, "not hex"):
        headers = callback_headers(PATH, BODY) | {"x-signature": signature}
        assert await status_of(casino, headers) == (401, "bad_signature"), signature


async def test_every_header_is_needed(casino: Caller) -> None:
    for missing in ("x-operator-id", "x-timestamp", "x-signature"):
        headers = callback_headers(PATH, BODY)
        del headers[missing]
        assert (await status_of(casino, headers))[0] == 401, missing


async def test_another_operators_callback_is_refused(casino: Caller) -> None:
    headers = callback_headers(PATH, BODY) | {"x-operator-id": CREDENTIALS.api_key}
    assert await status_of(casino, headers) == (401, "wrong_operator")


@pytest.mark.parametrize(
    ("off_s", "wrong"),
    [(-300, None), (300, None), (-301, "stale_timestamp"), (301, "stale_timestamp")],
)
def test_a_timestamp_may_be_five_minutes_off(off_s: int, wrong: str | None) -> None:
    headers = callback_headers(PATH, BODY, at=NOW + off_s)
    text = base_string(headers["x-timestamp"], "POST", PATH, BODY)
    assert fault_in_signature(CREDENTIALS, headers, text, NOW) == wrong


async def test_an_old_callback_is_refused(casino: Caller) -> None:
    headers = callback_headers(PATH, BODY, at=int(time.time()) - 310)
    assert await status_of(casino, headers) == (401, "stale_timestamp")


async def test_a_timestamp_is_a_plain_number(casino: Caller) -> None:
    for timestamp in ("", "now", "1e9", "-5", "٣", "9" * 5000):
        headers = callback_headers(PATH, BODY) | {"x-timestamp": timestamp}
        assert await status_of(casino, headers) == (401, "stale_timestamp"), timestamp


def test_the_signed_text_is_the_contracts() -> None:
    text = base_string("1800000000", "POST", PATH, b"{}")
    digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert text == f"1800000000.POST.{PATH}.{digest}"
    assert sign("key", "text") == "6afa9046a9579cad143a384c1b564b9a250d27d6f6a63f9f20bf3a7594c9e2c6"


def test_credentials_do_not_print() -> None:
    shown = repr(CREDENTIALS)
    assert CREDENTIALS.hmac_secret not in shown
    assert CREDENTIALS.api_key not in shown
