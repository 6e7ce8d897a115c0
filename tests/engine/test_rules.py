"""Whatever decides an outcome is in the text that a chain commits to."""

import hashlib
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantError
from engine.rules import MIN_CASHOUT, Rules
from tests.engine.examples import VECTORS, quick

RULES = Rules(rtp_bps=9700, cap=200_000, growth=6)


@pytest.mark.parametrize("row", VECTORS["rules"], ids=lambda row: row["hash"][:8])
def test_known_rules(row: dict[str, Any]) -> None:
    rules = Rules(row["rtp_bps"], row["cap"], row["growth"], row["beacon"])
    assert rules.text() == row["text"]
    assert rules.hash() == row["hash"]


@quick
@given(
    rules=st.builds(
        Rules,
        rtp_bps=st.integers(5_000, 10_000),
        cap=st.integers(102, 10_000_000),
        growth=st.integers(1, 100_000),
        beacon=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    )
)
def test_the_text_is_canonical_json_of_every_rule(rules: Rules) -> None:
    everything: dict[str, str | int | None] = {
        "version": "apogee-1",
        "rtp_bps": rules.rtp_bps,
        "cap": rules.cap,
        "growth": rules.growth,
        "tie": "player",
        "rounding": "floor",
        "min_cashout": 101,
        "beacon": rules.beacon,
    }
    assert rules.text().encode() == rfc8785.dumps(everything)
    assert rules.hash() == hashlib.sha256(rfc8785.dumps(everything)).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [{"rtp_bps": 9701}, {"cap": 200_001}, {"growth": 7}, {"beacon": "ab" * 32}],
    ids=lambda changed: next(iter(changed)),
)
def test_another_rule_is_another_commitment(changed: dict[str, Any]) -> None:
    assert replace(RULES, **changed).hash() != RULES.hash()


def test_the_lowest_cash_out_is_part_of_the_rules() -> None:
    assert MIN_CASHOUT == 101
    assert f'"min_cashout":{MIN_CASHOUT}' in RULES.text()


@pytest.mark.parametrize(
    "edge",
    [
        *({"rtp_bps": 5_000}, {"rtp_bps": 10_000}),
        *({"cap": 102}, {"cap": 10_000_000}),
        *({"growth": 1}, {"growth": 100_000}),
    ],
    ids=str,
)
def test_rules_at_the_edge_are_rules(edge: dict[str, Any]) -> None:
    assert replace(RULES, **edge).hash() != RULES.hash()


@pytest.mark.parametrize(
    "outside",
    [
        *({"rtp_bps": 4_999}, {"rtp_bps": 10_001}, {"rtp_bps": 0}),
        *({"cap": 101}, {"cap": 10_000_001}, {"cap": 0}),
        *({"growth": 0}, {"growth": -6}, {"growth": 100_001}),
    ],
    ids=str,
)
def test_rules_beyond_the_edge_are_a_mistake(outside: dict[str, Any]) -> None:
    with pytest.raises(InvariantError):
        replace(RULES, **outside)


def test_rules_are_fixed() -> None:
    with pytest.raises(FrozenInstanceError):
        RULES.cap = 1_000  # type: ignore[misc]
