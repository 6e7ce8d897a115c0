"""When our books and Apogee's record of a round tell the same story."""

import hashlib
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.accounts import Transaction
from app.sandbox.reconcile import disagreements

SEED = "ab" * 32
STORY: dict[str, Any] = {
    "server_seed": SEED,
    "server_seed_hash": hashlib.sha256(SEED.encode()).hexdigest(),
    "outcome": {"crashPoint": Decimal("4.87")},
    "realized_multiplier": Decimal("2.37"),
    "payout_minor": 234,
}


def row(kind: str, amount: int, status: str = "accepted") -> Transaction:
    return Transaction(
        id=1,
        operator_tx_id=f"{kind}-r",
        type=kind,
        status=status,
        player_id="p",
        session_id="s",
        round_id="r",
        currency="USD",
        amount_minor=amount,
        moved_minor=0,
        balance_after_minor=0,
        body_hash="",
        error=None,
        at=0,
    )


BET, WIN, REFUND = row("bet", 99), row("win", 234), row("refund", 99)
LOST = STORY | {"realized_multiplier": 0, "payout_minor": 0}
OPEN = {"server_seed": None, "outcome": None, "realized_multiplier": None, "payout_minor": None}


@pytest.mark.parametrize(
    ("own", "apogee"),
    [
        ([BET, WIN], STORY),
        ([BET], LOST),
        ([BET], OPEN),
        ([BET, REFUND], LOST),
        ([BET, REFUND], OPEN),
        ([row("bet", 99, "declined")], None),
        ([row("refund", 99, "tombstone")], None),
        ([BET, row("win", 0)], LOST),
        ([BET, REFUND], None),
        ([BET, REFUND], OPEN | {"status": "refunded"}),
        ([BET], OPEN | {"status": "refunding"}),
        ([BET], OPEN | {"status": "accepted"}),
        ([row("bet", 99, "declined")], OPEN | {"status": "rejected"}),
        ([], None),
        ([row("bet", 9_007_199_254_740_991 // 3), row("win", 7115687411245382)],
         STORY | {"payout_minor": 7115687411245382}),
    ],
)  # fmt: skip
def test_the_stories_agree(own: list[Transaction], apogee: dict[str, Any] | None) -> None:
    assert disagreements(own, apogee) == []


@pytest.mark.parametrize(
    ("own", "apogee", "about"),
    [
        ([BET], None, "does not know"),
        ([BET], STORY, "We paid 0"),
        ([BET, WIN], LOST, "We paid 234"),
        ([BET, WIN], OPEN, "We paid 234"),
        ([BET, REFUND], STORY, "We paid 0"),
        ([BET, row("win", 0)], OPEN, "still open"),
        ([WIN], STORY, "took no bet"),
        ([BET], OPEN | {"status": "refunded"}, "We hold a stake"),
        ([BET], OPEN | {"status": "rejected"}, "We hold a stake"),
        ([BET, REFUND], LOST | {"status": "lost"}, "we hold no stake"),
        ([], OPEN | {"status": "accepted"}, "we hold no stake"),
        ([BET, WIN], STORY | {"payout_minor": "234"}, "no integer"),
        ([BET, WIN], STORY | {"realized_multiplier": Decimal("2.36")}, "does not pay"),
        ([BET, WIN], STORY | {"outcome": {"crashPoint": Decimal("2.36")}}, "crashed at"),
        ([BET, WIN], STORY | {"server_seed": "cd" * 32}, "does not hash"),
    ],
)
def test_the_stories_differ(
    own: list[Transaction], apogee: dict[str, Any] | None, about: str
) -> None:
    (reason,) = disagreements(own, apogee)
    assert about in reason
