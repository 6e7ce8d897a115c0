"""The signature both sides use: hex HMAC-SHA256 over `<ts>.<METHOD>.<path>.<sha256hex(body)>`.

Pure. The same scheme signs the operator's calls to us and ours to its wallet.
"""

import hashlib
import hmac

import msgspec

from app.dialects.raw_call import RawCall
from app.operators.model import Credentials, OperatorSecrets


class Presented(msgspec.Struct, frozen=True):
    """What a call's headers claim. The secret itself is optional: some operators send it."""

    api_key: bytes
    timestamp: bytes
    signature: bytes
    hmac_secret: bytes | None = None

    def __repr__(self) -> str:
        return "Presented(…)"


class Verdict(msgspec.Struct, frozen=True):
    identified: bool
    """The key is the operator's, and so is the secret if one was sent."""
    signed: bool
    """One of the operator's secrets made the signature."""


STRANGER = Credentials(api_key_sha256=bytes(32), secrets=(OperatorSecrets("stranger", ""),))
"""Checked in place of an unknown operator's, so that one takes as long as a wrong key. No key
hashes to zeros."""


def sign(secret: str, timestamp: bytes, method: bytes, path: bytes, body: bytes) -> str:
    """Lower-case hex. `path` is the URL path as sent, `timestamp` Unix seconds in digits."""
    digest = hashlib.sha256(body).hexdigest().encode("ascii")
    message = b".".join((timestamp, method, path, digest))
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(call: RawCall, presented: Presented, credentials: Credentials) -> Verdict:
    """Every comparison is made, in constant time, whatever the others gave.

    During a rotation each valid secret will do; an empty one never does.
    """
    secrets = [one.hmac_secret for one in credentials.secrets if one.hmac_secret]
    identified = _same(hashlib.sha256(presented.api_key).digest(), credentials.api_key_sha256)
    if presented.hmac_secret is not None:
        identified &= _any_of(presented.hmac_secret, [secret.encode() for secret in secrets])
    expected = [
        sign(secret, presented.timestamp, call.method, target, call.body).encode("ascii")
        for secret in secrets
        for target in call.targets()
    ]
    return Verdict(identified=identified, signed=_any_of(presented.signature, expected))


def _any_of(given: bytes, accepted: list[bytes]) -> bool:
    matches = [_same(given, one) for one in accepted]
    return any(matches)


def _same(given: bytes, expected: bytes) -> bool:
    # Hashed first: the comparison is then constant over equal lengths, whatever was given.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(expected).digest())
