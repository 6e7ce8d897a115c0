"""The contract's signature, both directions, written from the contract alone.

    X-Signature: hex HMAC-SHA256(secret, "<timestamp>.<METHOD>.<path>.<hex SHA-256 of the body>")

The casino keeps its own implementation on purpose: were it to share Apogee's, a mistake in it would
agree with itself and every round played here would prove nothing.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

from app.sandbox.config import CasinoCredentials

TOLERANCE_S = 300

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def base_string(timestamp: str, method: str, path: str, body: bytes) -> str:
    """What is signed. `path` is the URL's path as it goes over the wire."""
    return f"{timestamp}.{method}.{path}.{hashlib.sha256(body).hexdigest()}"


def sign(secret: str, text: str) -> str:
    """Lower-case hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(
    credentials: CasinoCredentials, now_s: int, method: str, path: str, body: bytes
) -> dict[str, str]:
    """Headers of a call to Apogee. The HMAC secret itself never travels, though it may."""
    text = base_string(str(now_s), method, path, body)
    return {
        "X-Operator-Id": str(credentials.operator_id),
        "X-Operator-Key": credentials.api_key,
        "X-Timestamp": str(now_s),
        "X-Signature": sign(credentials.hmac_secret, text),
    }


def fault_in_signature(
    credentials: CasinoCredentials, headers: Mapping[str, str], text: str, now_s: int
) -> str | None:
    """Why a callback is not Apogee's, or `None` when it is. Header names in lower case.

    `wrong_operator`, `stale_timestamp` (further than five minutes off, or no number),
    `bad_signature`. `text` is the base string of the raw request.
    """
    if headers.get("x-operator-id") != str(credentials.operator_id):
        return "wrong_operator"
    timestamp = headers.get("x-timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp) or abs(now_s - int(timestamp)) > TOLERANCE_S:
        return "stale_timestamp"
    expected = sign(credentials.hmac_secret, text)
    sent = headers.get("x-signature", "")
    # Bytes, because comparing text refuses anything but ASCII with an exception.
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        return "bad_signature"
    return None
