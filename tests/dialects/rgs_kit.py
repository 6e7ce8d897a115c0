"""Calls as an operator of the `rgs` contract makes them, signed by OpenSSL."""

import json
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app.dialects.rgs import RGS
from tests.dialects import openssl
from tests.dialects.belongs_to_others import NOW
from tests.dialects.kits import GOOD, Says
from tests.dialects.wire import Call

PREFIX = "/api/public/rgs"


def signed(
    call: Call, says: Says = GOOD, *, path: str | None = None, timestamp: str | None = None
) -> Call:
    """`path` is what goes into the string to sign, where that is not the whole target."""
    timestamp = timestamp or str(int(NOW.timestamp()) - says.age_s)
    signed_path = call.target if path is None else path
    message = ".".join((timestamp, call.method, signed_path, openssl.sha256(call.body)))
    return replace(
        call,
        headers=(
            ("X-Operator-Id", str(says.operator)),
            ("X-Operator-Key", says.key),
            ("X-Timestamp", timestamp),
            ("X-Signature", openssl.hmac_sha256(says.secret, message.encode())),
            ("Content-Type", "application/json"),
        ),
    )


class RgsKit:
    """The contract of `app.dialects.rgs`."""

    dialect = RGS
    foreign_path = f"{PREFIX}/jackpot"
    auth_headers: tuple[str, ...] = (
        "X-Operator-Id",
        "X-Operator-Key",
        "X-Timestamp",
        "X-Signature",
    )
    expected: Mapping[str, tuple[int, str]] = {
        "missing_auth_header": (401, "missing_header"),
        "empty_auth_header": (401, "missing_header"),
        "repeated_auth_header": (400, "repeated_header"),
        "unknown_operator": (401, "invalid_credentials"),
        "operator_of_another_dialect": (401, "invalid_credentials"),
        "operator_id_in_another_form": (401, "invalid_credentials"),
        "wrong_key": (401, "invalid_credentials"),
        "wrong_secret": (401, "invalid_signature"),
        "tampered_body": (401, "invalid_signature"),
        "tampered_path": (401, "invalid_signature"),
        "tampered_query": (401, "invalid_signature"),
        "tampered_method": (401, "invalid_signature"),
        "stale": (401, "stale_timestamp"),
        "from_the_future": (401, "stale_timestamp"),
        "oversized": (413, "body_too_large"),
        "oversized_in_chunks": (413, "body_too_large"),
        "unknown_path": (404, "not_found"),
        "unknown_path_behind_two_slashes": (404, "not_found"),
        "the_prefix_itself": (404, "not_found"),
        "wrong_method": (405, "method_not_allowed"),
        "bad_host": (400, "bad_request"),
        "empty_body": (400, "malformed_json"),
        "malformed_body": (400, "malformed_json"),
        "no_object": (400, "malformed_json"),
        "not_utf8": (400, "malformed_json"),
        "lone_surrogate": (400, "malformed_json"),
        "duplicate_key": (400, "malformed_json"),
        "duplicate_key_in_an_ignored_field": (400, "malformed_json"),
        "bottomless_body": (400, "malformed_json"),
        "suspended_operator_launches": (403, "operator_inactive"),
        "currency_not_allowed": (400, "currency_not_allowed"),
        "anothers_round": (404, "round_not_found"),
        "no_such_round": (404, "round_not_found"),
        "no_round_id": (404, "round_not_found"),
    }

    def launch(self, says: Says = GOOD, body: bytes | None = None) -> Call:
        sent = self.launch_body() if body is None else body
        return signed(Call("POST", f"{PREFIX}/launch", body=sent), says)

    def read(self, identifier: UUID | str, says: Says = GOOD) -> Call:
        return signed(Call("GET", f"{PREFIX}/round/{identifier}"), says)

    def at(self, call: Call, *, method: str, target: str) -> Call:
        return signed(replace(call, method=method, target=target))

    def launch_body(self, **changes: object) -> bytes:
        fields: dict[str, object] = {
            "operator_player_id": "player-42",
            "currency": "USD",
            "balance_minor": 500000,
            "ttl_seconds": 3600,
        }
        kept = {name: value for name, value in (fields | changes).items() if value is not ...}
        return json.dumps(kept).encode()

    def code_of(self, body: bytes) -> str:
        answer = json.loads(body)
        assert list(answer) == ["ok", "error", "message"]
        assert answer["ok"] is False
        assert isinstance(answer["message"], str)
        assert answer["message"]
        code = answer["error"]
        assert isinstance(code, str)
        return code
