"""Money: integers in minor units, exact decimal text, and the one function that computes a payout.

An *amount* is an `int` in the currency's minor unit (`250` in USD is $2.50). A *multiplier* is an
`int` in hundredths (`237` is 2.37x). Floats appear nowhere.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from engine.errors import RuleError, require

_CODES_BY_EXPONENT = {
    0: "CLP ISK JPY KRW PYG UGX VND XAF XOF",
    2: (
        "AED ARS AUD BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GEL GHS HKD HUF IDR ILS INR"
        " KES KZT MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN RON RSD SEK SGD THB TRY TWD TZS UAH USD"
        " UYU UZS ZAR ZMW"
    ),
    3: "BHD IQD JOD KWD OMR TND",
    6: "TRX USDC USDT XRP",
    8: "BCH BTC DOGE ETH LTC",
}

EXPONENTS: Mapping[str, int] = MappingProxyType(
    {code: digits for digits, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
)
"""Digits after the point, by currency code. ETH is kept to 8 digits, as wallets quote it."""

MAX_AMOUNT = 2**53 - 1
"""The largest amount the system carries: exact in every JSON reader, the browser's included."""

_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,18}))?")


def exponent(currency: str) -> int:
    """Digits after the point of `currency`. Raises `RuleError("unknown_currency")`."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise RuleError("unknown_currency", f"{currency!r} is not a supported currency") from None


def format_amount(amount: int, currency: str) -> str:
    """`1050, "USD"` → `"10.50"`: exactly the currency's digits, no grouping."""
    digits = exponent(currency)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"


def parse_amount(text: str, currency: str) -> int:
    """`"10.5", "USD"` → `1050`. Plain decimals only; surplus digits must be zeros.

    Raises `RuleError("bad_amount")` for anything that is not exactly representable: exponent
    forms, signs other than one leading minus, leading zeros, digits below the minor unit.
    """
    digits = exponent(currency)
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise RuleError("bad_amount", "an amount is a plain decimal number")
    sign, whole, part = match[1], match[2], match[3] or ""
    if part[digits:].strip("0"):
        raise RuleError("bad_amount", f"{currency} has {digits} digits after the point")
    amount = int(whole) * int(10**digits) + int(part[:digits].ljust(digits, "0") or "0")
    if amount > MAX_AMOUNT:
        raise RuleError("bad_amount", "the amount is too large")
    return -amount if sign else amount


def format_multiplier(multiplier: int) -> str:
    """`250` → `"2.5"`, `237` → `"2.37"`, `200` → `"2"`: the fewest digits that are exact."""
    whole, part = divmod(multiplier, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")


def payout(stake: int, multiplier: int) -> int:
    """What a stake pays at a multiplier in hundredths: floor(stake × multiplier / 100)."""
    require(stake > 0, "a stake is positive")
    require(multiplier >= 100, "a payout multiplier is at least 1.00x")
    return stake * multiplier // 100


def largest_multiplier(stake: int, max_payout: int) -> int:
    """The largest multiplier in hundredths at which `stake` pays no more than `max_payout`."""
    require(stake > 0, "a stake is positive")
    return (max_payout * 100 + 99) // stake if max_payout >= 0 else 0
