"""A limit is a forced cash-out known before the bet, never a payout cut afterwards."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import InvariantError, RuleError
from engine.limits import StakeLimits, exit_multiplier, liability
from engine.money import MAX_AMOUNT, payout
from tests.engine.examples import quick, thorough

CAP = 200_000
LIMITS = StakeLimits("USD", min_stake=100, max_stake=10_000, max_win=50_000)
UNLIMITED = StakeLimits("USD", min_stake=100, max_stake=10_000)
caps = st.integers(102, 10_000_000)
autos = st.none() | st.integers(101, 10_000_000)


def refusal(stake: int, auto: int | None, limits: StakeLimits, cap: int = CAP) -> RuleError:
    with pytest.raises(RuleError) as refused:
        exit_multiplier(stake, auto, cap, limits)
    return refused.value


@thorough
@given(stake=st.integers(1, 10**9), most=st.integers(1, 10**13), cap=caps, auto=autos)
def test_no_bet_ever_pays_more_than_the_maximum_win(
    stake: int, most: int, cap: int, auto: int | None
) -> None:
    assume(payout(stake, 101) <= most)
    limits = StakeLimits("USD", 1, 10**9, most)
    assert liability(stake, exit_multiplier(stake, auto, cap, limits)) <= most


@thorough
@given(stake=st.integers(1, 10**9), most=st.integers(1, 10**13), cap=caps, auto=autos)
def test_a_bet_is_forced_out_no_earlier_than_it_has_to_be(
    stake: int, most: int, cap: int, auto: int | None
) -> None:
    assume(payout(stake, 101) <= most)
    exit_at = exit_multiplier(stake, auto, cap, StakeLimits("USD", 1, 10**9, most))
    assert 101 <= exit_at <= cap
    assert exit_at in (auto, cap) or payout(stake, exit_at + 1) > most


@quick
@given(stake=st.integers(100, 10_000), cap=caps, auto=autos)
def test_without_a_maximum_win_the_target_or_the_cap_decides(
    stake: int, cap: int, auto: int | None
) -> None:
    assert exit_multiplier(stake, auto, cap, UNLIMITED) == min(cap, auto or cap)


@pytest.mark.parametrize(
    ("stake", "auto", "exit_at"),
    [
        (100, None, 50_000),
        (101, None, 49_505),  # 101 at 495.06x would be 500.01
        (10_000, None, 500),
        (10_000, 501, 500),
        (10_000, 500, 500),
        (10_000, 499, 499),
        (10_000, 101, 101),
    ],
)
def test_examples_of_exits(stake: int, auto: int | None, exit_at: int) -> None:
    assert exit_multiplier(stake, auto, CAP, LIMITS) == exit_at


@pytest.mark.parametrize("max_win", [None, MAX_AMOUNT, 2**70])
def test_no_payout_outgrows_what_a_browser_reads(max_win: int | None) -> None:
    limits = StakeLimits("BTC", 1, MAX_AMOUNT, max_win)
    exit_at = exit_multiplier(10**12, None, 10_000_000, limits)
    assert payout(10**12, exit_at) <= MAX_AMOUNT < payout(10**12, exit_at + 1)
    assert refusal(MAX_AMOUNT, 101, limits).code == "stake_too_high"


def test_the_smallest_and_the_largest_stake_are_allowed() -> None:
    assert exit_multiplier(100, None, CAP, UNLIMITED) == CAP
    assert exit_multiplier(10_000, None, CAP, UNLIMITED) == CAP


@pytest.mark.parametrize("stake", [99, 1, 0, -100])
def test_a_stake_below_the_smallest_is_refused(stake: int) -> None:
    refused = refusal(stake, None, LIMITS)
    assert refused.code == "stake_too_low"
    assert "1.00 USD" in refused.message


def test_a_stake_above_the_largest_is_refused() -> None:
    refused = refusal(10_001, None, UNLIMITED)
    assert refused.code == "stake_too_high"
    assert "100.00 USD" in refused.message


def test_an_operator_may_allow_one_stake_alone() -> None:
    only = StakeLimits("USD", min_stake=500, max_stake=500)
    assert exit_multiplier(500, None, CAP, only) == CAP
    assert refusal(499, None, only).code == "stake_too_low"
    assert refusal(501, None, only).code == "stake_too_high"


def test_a_stake_that_wins_too_much_at_the_lowest_multiplier_is_refused() -> None:
    limits = StakeLimits("USD", 100, 10_000, max_win=5_000)
    refused = refusal(10_000, 101, limits)
    assert refused.code == "stake_too_high"
    assert "49.51 USD" in refused.message


@quick
@given(most=st.integers(101, 10**6))
def test_the_largest_stake_a_refusal_names_is_allowed_and_one_more_is_not(most: int) -> None:
    limits = StakeLimits("JPY", 1, 10**9, max_win=most)
    largest = int(refusal(10**9, None, limits).message.split()[-2])
    assert exit_multiplier(largest, None, CAP, limits) >= 101
    assert refusal(largest + 1, None, limits).code == "stake_too_high"


@pytest.mark.parametrize("auto", [100, 1, 0, -200])
def test_a_target_below_the_lowest_cash_out_is_refused(auto: int) -> None:
    assert refusal(100, auto, LIMITS).code == "auto_too_low"


def test_the_lowest_target_is_allowed() -> None:
    assert exit_multiplier(100, 101, CAP, LIMITS) == 101


def test_a_target_above_the_cap_leaves_at_the_cap() -> None:
    assert exit_multiplier(100, CAP + 1, CAP, UNLIMITED) == CAP


@pytest.mark.parametrize(
    ("smallest", "largest", "most"), [(0, 10, None), (-1, 10, None), (11, 10, None), (1, 10, 0)]
)
def test_limits_that_contradict_themselves_are_a_mistake(
    smallest: int, largest: int, most: int | None
) -> None:
    with pytest.raises(InvariantError):
        StakeLimits("USD", smallest, largest, most)
