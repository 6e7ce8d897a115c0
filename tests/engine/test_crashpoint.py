"""The crash point is exact integer arithmetic, and so are the odds of every target."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.crashpoint import SPACE, crash_of, crash_point, outcomes_reaching
from engine.errors import InvariantError
from tests.engine.examples import VECTORS, quick, thorough

CAP = 200_000
returns = st.integers(1, 10_000)
caps = st.integers(101, 10_000_000)
hs = st.integers(0, SPACE - 1) | st.integers(1, 10**9).map(lambda near: SPACE - near)


@pytest.mark.parametrize("row", VECTORS["rounds"], ids=lambda row: f"nonce-{row['nonce']}")
def test_known_rounds(row: dict[str, Any]) -> None:
    assert crash_point(row["digest"], row["rtp_bps"], row["cap"]) == row["crash"]


@pytest.mark.parametrize("row", VECTORS["boundaries"], ids=lambda row: row["h"])
def test_known_boundaries(row: dict[str, Any]) -> None:
    assert crash_of(int(row["h"]), row["rtp_bps"], row["cap"]) == row["crash"]


@pytest.mark.parametrize("row", VECTORS["doubles"], ids=lambda row: row["h"])
def test_known_outcomes_that_doubles_get_wrong(row: dict[str, Any]) -> None:
    assert crash_of(int(row["h"]), row["rtp_bps"], row["cap"]) == row["crash"] != row["in_doubles"]


@thorough
@given(rtp_bps=returns, cap=caps, target=st.integers(101, 10_000_000))
def test_exactly_the_counted_outcomes_reach_a_target(rtp_bps: int, cap: int, target: int) -> None:
    assume(target <= cap)
    count = outcomes_reaching(target, rtp_bps, cap)
    assert count == rtp_bps * 2**52 // (100 * target)
    if count > 0:
        assert crash_of(SPACE - count, rtp_bps, cap) >= target
    assert crash_of(SPACE - count - 1, rtp_bps, cap) < target


@thorough
@given(h=st.lists(hs, min_size=2, max_size=2).map(sorted), rtp_bps=returns, cap=caps)
def test_a_larger_h_never_crashes_earlier(h: list[int], rtp_bps: int, cap: int) -> None:
    assert crash_of(h[0], rtp_bps, cap) <= crash_of(h[1], rtp_bps, cap)


@thorough
@given(rtp_bps=returns, cap=caps, target=st.integers(101, 10_000_000))
def test_the_return_does_not_depend_on_the_target(rtp_bps: int, cap: int, target: int) -> None:
    assume(target <= cap)
    multiplier = Fraction(target, 100)
    chance = Fraction(outcomes_reaching(target, rtp_bps, cap), SPACE)
    missing = Fraction(rtp_bps, 10_000) - chance * multiplier
    assert 0 <= missing < multiplier / SPACE


@thorough
@given(h=hs, rtp_bps=returns, cap=caps)
def test_a_crash_is_the_last_target_its_h_reaches(h: int, rtp_bps: int, cap: int) -> None:
    crash = crash_of(h, rtp_bps, cap)
    assert 100 <= crash <= cap
    assert SPACE - h <= outcomes_reaching(crash, rtp_bps, cap)
    assert SPACE - h > outcomes_reaching(crash + 1, rtp_bps, cap)


def test_instant_crashes_are_the_house_edge_and_no_more() -> None:
    survive = Fraction(outcomes_reaching(101, 9700, CAP), SPACE)
    assert 0 <= Fraction(97, 101) - survive < Fraction(1, SPACE)


@pytest.mark.parametrize("divisor", [*range(2, 102), 1000])
def test_no_divisor_of_h_crashes_at_once(divisor: int) -> None:
    largest_multiple = (SPACE - 1) // divisor * divisor
    assert crash_of(largest_multiple, 9700, CAP) == CAP


def test_every_outcome_reaches_the_lowest_multiplier_and_none_lies_above_the_cap() -> None:
    assert outcomes_reaching(100, 9700, CAP) == outcomes_reaching(1, 9700, CAP) == SPACE
    assert outcomes_reaching(CAP, 9700, CAP) > 0
    assert outcomes_reaching(CAP + 1, 9700, CAP) == 0


@quick
@given(cap=caps, rtp_bps=returns)
def test_the_extremes_are_the_lowest_multiplier_and_the_cap(cap: int, rtp_bps: int) -> None:
    assert crash_of(0, rtp_bps, cap) == 100
    assert crash_of(SPACE - 1, rtp_bps, cap) == cap


@quick
@given(digest=st.text("0123456789abcdef", min_size=64, max_size=64))
def test_the_first_52_bits_of_a_digest_decide(digest: str) -> None:
    h = int.from_bytes(bytes.fromhex(digest)[:7], "big") >> 4
    assert crash_point(digest, 9700, CAP) == crash_of(h, 9700, CAP)
    assert crash_point(digest[:13] + "f" * 51, 9700, CAP) == crash_of(h, 9700, CAP)


@pytest.mark.parametrize(
    "digest",
    [
        *("", "ff", "f" * 12, "f" * 63, "f" * 65, "F" * 64, "g" + "0" * 63, "0x" + "1" * 62),
        *(" " + "1" * 63, "1_1" + "0" * 61, "-" + "1" * 63, "٣" * 64, "\ufffd" * 32 + "0" * 32),
    ],
)
def test_text_that_is_no_digest_has_no_crash_point(digest: str) -> None:
    with pytest.raises(InvariantError):
        crash_point(digest, 9700, CAP)


@pytest.mark.parametrize(
    ("h", "rtp_bps", "cap"),
    [
        *((-1, 9700, CAP), (SPACE, 9700, CAP)),
        *((0, 0, CAP), (0, -1, CAP), (0, 10_001, CAP)),
        *((0, 9700, 100), (0, 9700, 0)),
    ],
)
def test_what_lies_outside_the_rules_is_a_mistake(h: int, rtp_bps: int, cap: int) -> None:
    with pytest.raises(InvariantError):
        crash_of(h, rtp_bps, cap)
