"""Does Apogee tell the same story of a round as our books do? Pure.

Compared are the stake against the status, the payout, the multiplier and crash point behind it, and
the seed against its published hash. Numbers arrive as `int` or `Decimal`, never as floats.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.sandbox.accounts import Transaction

_STAKE_WENT_BACK = frozenset({"refunded", "rejected"})
_STAKE_STAYS = frozenset({"accepted", "lost", "settling", "won"})


def disagreements(own: Sequence[Transaction], apogee: Mapping[str, Any] | None) -> list[str]:
    """What does not fit together, as sentences; empty when all does.

    `own`: our transactions of the round. `apogee`: its record, `None` when it knows no such round.
    """
    standing = {row.type: row for row in own if row.status == "accepted"}
    if apogee is None:
        kept = "bet" in standing and "refund" not in standing
        return ["We took a bet in a round that Apogee does not know."] if kept else []
    found = [
        *_about_stake(standing, apogee),
        *_about_payout(standing, apogee),
        *_about_proof(apogee),
    ]
    if "bet" in standing:
        found += _about_multiplier(standing["bet"].amount_minor, apogee)
    return found


def _about_stake(standing: Mapping[str, Transaction], apogee: Mapping[str, Any]) -> list[str]:
    status = apogee.get("status")
    held = "bet" in standing and "refund" not in standing
    if held and status in _STAKE_WENT_BACK:
        return [f"We hold a stake of a bet that Apogee has as {status}."]
    if not held and status in _STAKE_STAYS:
        return [f"Apogee has the bet as {status}, yet we hold no stake of it."]
    return []


def _about_payout(standing: Mapping[str, Transaction], apogee: Mapping[str, Any]) -> list[str]:
    payout = apogee.get("payout_minor")
    if payout is not None and type(payout) is not int:
        return [f"Apogee's payout_minor is no integer: {payout!r}."]
    won = standing["win"].amount_minor if "win" in standing else 0
    if won != (payout or 0):
        return [f"We paid {won} in minor units, Apogee says {payout or 0}."]
    if "win" in standing and payout is None:
        return ["We paid a win, Apogee has the round still open."]
    if payout and "bet" not in standing:
        return ["Apogee paid a round in which we took no bet."]
    return []


def _about_multiplier(stake: int, apogee: Mapping[str, Any]) -> list[str]:
    multiplier, payout = _number(apogee.get("realized_multiplier")), apogee.get("payout_minor")
    if multiplier is None or not payout or type(payout) is not int:
        return []
    # What is below the minor unit is not paid.
    if int(stake * multiplier) != payout:
        return [f"A stake of {stake} at {multiplier}x does not pay {payout}."]
    outcome = apogee.get("outcome")
    crash = _number(outcome.get("crashPoint")) if isinstance(outcome, dict) else None
    if crash is not None and multiplier > crash:
        return [f"The round crashed at {crash}x, yet {multiplier}x was paid."]
    return []


def _about_proof(apogee: Mapping[str, Any]) -> list[str]:
    seed = apogee.get("server_seed")
    if seed is None:
        return []
    published = apogee.get("server_seed_hash")
    if hashlib.sha256(str(seed).encode()).hexdigest() != published:
        return ["The revealed server seed does not hash to the published commitment."]
    return []


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
