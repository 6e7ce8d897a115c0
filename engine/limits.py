"""Limits on one bet: what it may stake, and the multiplier at which it is cashed out by force."""

from dataclasses import dataclass

from engine.errors import RuleError, require
from engine.money import MAX_AMOUNT, format_amount, largest_multiplier, payout
from engine.rules import MIN_CASHOUT


@dataclass(frozen=True, slots=True)
class StakeLimits:
    """Minor units of one currency. `None` means no limit below `money.MAX_AMOUNT`."""

    currency: str
    min_stake: int
    max_stake: int
    max_win: int | None = None

    def __post_init__(self) -> None:
        require(0 < self.min_stake <= self.max_stake, "stake limits are ordered and positive")
        require(self.max_win is None or self.max_win > 0, "a maximum win is positive")


def exit_multiplier(stake: int, auto: int | None, cap: int, limits: StakeLimits) -> int:
    """Check a bet and return where it leaves by itself, in hundredths.

    That is the least of its automatic target, the cap, and the largest multiplier at which the
    payout stays within the maximum win: a limit is a forced cash-out, never a clipped payout.
    Raises `RuleError`: `stake_too_low`, `stake_too_high`, `auto_too_low`.
    """
    if stake < limits.min_stake:
        least = format_amount(limits.min_stake, limits.currency)
        raise RuleError("stake_too_low", f"The smallest stake is {least} {limits.currency}")
    if stake > limits.max_stake or _wins_too_much(stake, limits):
        most = format_amount(_largest_stake(limits), limits.currency)
        raise RuleError("stake_too_high", f"The largest stake is {most} {limits.currency}")
    if auto is not None and auto < MIN_CASHOUT:
        raise RuleError("auto_too_low", "The lowest automatic cash-out is 1.01x")
    ceiling = min(cap, largest_multiplier(stake, _max_win(limits)))
    return min(ceiling, auto) if auto is not None else ceiling


def liability(stake: int, exit_at: int) -> int:
    """The most a bet can pay, in minor units: what exposure limits add up."""
    return payout(stake, exit_at)


def _max_win(limits: StakeLimits) -> int:
    """Without a limit of the operator's, what every JSON reader still reads exactly."""
    return MAX_AMOUNT if limits.max_win is None else min(limits.max_win, MAX_AMOUNT)


def _wins_too_much(stake: int, limits: StakeLimits) -> bool:
    return payout(stake, MIN_CASHOUT) > _max_win(limits)


def _largest_stake(limits: StakeLimits) -> int:
    return min(limits.max_stake, (_max_win(limits) * 100 + 99) // MIN_CASHOUT)
