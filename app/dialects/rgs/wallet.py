"""Our calls to the operator's wallet: `/bet`, `/win` and `/refund`. Pure: bytes in, bytes out."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import UNSET

from app.dialects.exact_json import NotExact, minor_units, read_object
from app.dialects.rgs.codes import DECLINED, NOTHING_TO_REFUND, SENTENCES, wallet_code
from app.dialects.rgs.schema import WalletBody
from app.dialects.rgs.signing import sign
from app.dialects.wallet_answers import is_refusal, is_success, player_text, retry_after_s
from app.operators.model import Operator, OperatorSecrets
from app.wallet.ops import (
    Accepted,
    Declined,
    OpKind,
    Outcome,
    Unknown,
    WalletOp,
    WalletRequest,
    WalletResponse,
)
from engine.errors import require
from engine.money import format_multiplier

_CALLS: Mapping[OpKind, str] = MappingProxyType(
    {OpKind.DEBIT: "bet", OpKind.CREDIT: "win", OpKind.ROLLBACK: "refund"}
)


class RgsWallet:
    """The contract's `WalletCodec`. A bust makes no call, so there are no other kinds of op."""

    def transaction_id(self, kind: OpKind, bet: UUID) -> str:
        """`bet-…`, `win-…` or `refund-…`: the operator's idempotency key."""
        return f"{_call(kind)}-{bet}"

    def encode(
        self, op: WalletOp, operator: Operator, secrets: OperatorSecrets, now: datetime
    ) -> WalletRequest:
        """Signed with the wallet secret over the path of the whole URL; the secret stays here."""
        url = f"{operator.wallet_url.rstrip('/')}/{_call(op.kind)}"
        body = msgspec.json.encode(_body(op))
        timestamp = str(int(now.timestamp()))
        path = urlsplit(url).path.encode()
        signature = sign(secrets.wallet_secret, timestamp.encode("ascii"), b"POST", path, body)
        headers = (
            ("content-type", "application/json"),
            ("X-Operator-Id", str(operator.id)),
            ("X-Timestamp", timestamp),
            ("X-Signature", signature),
        )
        return WalletRequest(url, headers, body)

    def decode(self, op: WalletOp, response: WalletResponse) -> Outcome:
        """`ok: true` with 2xx is a yes; `ok: false` with 2xx, or a client error that is not about
        timing, is a no: the contract voids the bet on anything but 200. All else is unknown."""
        status = response.status
        if not is_success(status) and not is_refusal(status):
            return Unknown(f"HTTP {status}", retry_after_s(response))
        answer = _read(op, response.body)
        if is_success(status):
            if isinstance(answer, str):
                return Unknown(answer, retry_after_s(response))
            if answer.get("ok") is True:
                return Accepted(minor_units(answer.get("balance_minor")))
            if answer.get("ok") is not False:
                return Unknown("the answer says neither yes nor no", retry_after_s(response))
        refusal = _refusal({} if isinstance(answer, str) else answer, status)
        if op.kind is OpKind.ROLLBACK and refusal.code in NOTHING_TO_REFUND:
            return Accepted()
        return refusal


def _call(kind: OpKind) -> str:
    require(kind in _CALLS, f"this contract has no call for a {kind}")
    return _CALLS[kind]


def _body(op: WalletOp) -> WalletBody:
    require(
        (op.multiplier is not None) or op.kind is not OpKind.CREDIT,
        "a credit knows its multiplier",
    )
    multiplier: msgspec.Raw | msgspec.UnsetType = UNSET
    if op.kind is OpKind.CREDIT and op.multiplier is not None:
        multiplier = msgspec.Raw(format_multiplier(op.multiplier).encode("ascii"))
    return WalletBody(
        operator_tx_id=op.transaction_id,
        operator_player_id=op.player,
        session_id=str(op.session),
        round_id=str(op.bet),
        currency=op.currency,
        amount_minor=op.amount,
        multiplier=multiplier,
    )


def _read(op: WalletOp, body: bytes) -> dict[str, Any] | str:
    """The answer to this very op, or why it cannot be taken for one."""
    try:
        answer = read_object(body)
    except NotExact as error:
        return f"the answer cannot be read: {error}"
    if answer.get("operator_tx_id") not in (None, op.transaction_id):
        return "the answer is about another transaction"
    if answer.get("currency") not in (None, op.currency):
        return "the answer is about another currency"
    return answer


def _refusal(answer: dict[str, Any], status: int) -> Declined:
    named = next((answer[key] for key in ("error", "code") if isinstance(answer.get(key), str)), "")
    code = wallet_code(named) or ("declined" if is_success(status) else f"http_{status}")
    said = answer.get("message")
    message = player_text(said) if isinstance(said, str) else ""
    return Declined(code, message or SENTENCES.get(code, DECLINED))
