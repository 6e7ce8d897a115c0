"""Stake limits that hold where an operator has set none of its own."""

from app.operators.model import Money, Operator
from engine.limits import StakeLimits
from engine.money import exponent

# About a dollar to a thousand dollars where the unit is worth a dollar or so.
_BY_EXPONENT = {
    0: Money(min_stake=100, max_stake=100_000, max_win=10_000_000),
    2: Money(min_stake=100, max_stake=100_000, max_win=10_000_000),
    3: Money(min_stake=100, max_stake=300_000, max_win=30_000_000),
    6: Money(min_stake=100_000, max_stake=1_000_000_000, max_win=100_000_000_000),
    8: Money(min_stake=1_000, max_stake=1_000_000, max_win=100_000_000),
}

EXPOSURE_IN_MAX_WINS = 20
"""How many maximum wins one operator's bets of a round may add up to."""


def money_limits(operator: Operator, currency: str) -> Money:
    """The operator's own limits for the currency, or the defaults of its exponent."""
    return operator.limits.get(currency) or _BY_EXPONENT[exponent(currency)]


def stake_limits(operator: Operator, currency: str) -> StakeLimits:
    """The same as the rules of one bet read them."""
    money = money_limits(operator, currency)
    return StakeLimits(currency, money.min_stake, money.max_stake, money.max_win)


def max_exposure(operator: Operator, currency: str) -> int:
    """The most one operator's bets of one round may pay together, in minor units."""
    money = money_limits(operator, currency)
    largest = money.max_win
    if largest is None:
        largest = money.max_stake * operator.cap // 100
    return largest * EXPOSURE_IN_MAX_WINS
