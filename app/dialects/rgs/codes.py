"""The two error tables: how refusals go out to the operator, and what a wallet's words mean.

The contract names no codes on either side, so the inbound ones are this server's own, and of a
wallet's only those are given a meaning that leave no room for another.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from engine.bet import BetState

STATUS_OF: Mapping[str, int] = MappingProxyType(
    {
        "operator_inactive": 403,
        "unknown_title": 404,
        "currency_not_allowed": 400,
        "bad_return_url": 400,
        "bad_ttl": 400,
    }
)
"""HTTP status of what a use case refuses."""

NOTHING_TO_REFUND = frozenset(
    {
        "already_refunded",
        "already_rolled_back",
        "bet_not_found",
        "transaction_not_found",
        "tx_not_found",
        "unknown_bet",
        "unknown_transaction",
        "unknown_tx",
    }
)
"""A wallet's answers to `/refund` that say the player is not out of pocket: done before, or there
was never a debit. A bare 404 is not among them, since a wrong URL answers that as well."""

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "insufficient_funds": "There is not enough money for this bet.",
        "insufficient_balance": "There is not enough money for this bet.",
        "limit_exceeded": "The casino's limit for this player is reached.",
        "player_blocked": "The casino does not allow this player to bet.",
        "self_excluded": "The casino does not allow this player to bet.",
    }
)
"""For the player, where a wallet gave a code and no sentence."""
DECLINED = "The casino declined the bet."

STATUS_WORDS: Mapping[BetState, str] = MappingProxyType(
    {
        BetState.DEBIT_PENDING: "pending",
        BetState.ACCEPTED: "accepted",
        BetState.REJECTED: "rejected",
        BetState.LOST: "lost",
        BetState.CREDIT_PENDING: "settling",
        BetState.CREDIT_PARKED: "settling",
        BetState.CREDITED: "won",
        BetState.ROLLBACK_PENDING: "refunding",
        BetState.ROLLBACK_PARKED: "refunding",
        BetState.ROLLED_BACK: "refunded",
        BetState.CONFLICT: "disputed",
    }
)
"""The `status` of a bet's round. `settling`: it won, and the wallet has not acknowledged `/win`."""


class _ErrorBody(msgspec.Struct, frozen=True):
    ok: bool
    error: str
    message: str


def error_body(_: int, code: str, message: str) -> bytes:
    """`{"ok":false,"error":…,"message":…}`; the status says nothing more here."""
    return msgspec.json.encode(_ErrorBody(ok=False, error=code, message=message))


def wallet_code(text: str) -> str:
    """A wallet's code in one spelling: `Insufficient-Funds` → `insufficient_funds`."""
    return re.sub(r"[^a-z0-9]+", "_", text[:200].lower())[:64].strip("_")
