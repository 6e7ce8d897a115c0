"""Amounts are exact whatever the currency, and text that is not exact is refused."""

import re
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantError, RuleError
from engine.money import (
    EXPONENTS,
    MAX_AMOUNT,
    exponent,
    format_amount,
    format_multiplier,
    largest_multiplier,
    parse_amount,
    payout,
)
from tests.engine.examples import quick, thorough

ONE_OF_EACH = {"JPY": 0, "USD": 2, "KWD": 3, "USDC": 6, "BTC": 8}
amounts = st.integers(-MAX_AMOUNT, MAX_AMOUNT)
stakes = st.integers(1, MAX_AMOUNT)
multipliers = st.integers(100, 10_000_000)


@pytest.mark.parametrize(("currency", "digits"), ONE_OF_EACH.items())
def test_each_currency_has_its_digits(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


def test_an_unknown_currency_is_refused() -> None:
    for code in ("usd", "XXX", "", "USD "):
        with pytest.raises(RuleError, match="unknown_currency"):
            exponent(code)


def test_a_currency_is_told_by_three_or_four_capital_letters() -> None:
    assert [code for code in EXPONENTS if not re.fullmatch(r"[A-Z]{3,4}", code)] == []
    assert set(EXPONENTS.values()) == {0, 2, 3, 6, 8}


def test_nobody_can_change_a_currency() -> None:
    with pytest.raises(TypeError):
        EXPONENTS["USD"] = 3  # type: ignore[index]


@pytest.mark.parametrize("currency", ONE_OF_EACH)
@quick
@given(amount=amounts)
def test_what_is_written_is_read_back(currency: str, amount: int) -> None:
    assert parse_amount(format_amount(amount, currency), currency) == amount


@pytest.mark.parametrize(("currency", "digits"), ONE_OF_EACH.items())
@quick
@given(amount=amounts)
def test_text_has_exactly_the_digits_of_the_currency(
    currency: str, digits: int, amount: int
) -> None:
    text = format_amount(amount, currency)
    assert Decimal(text) == Decimal(amount).scaleb(-digits)
    assert len(text.partition(".")[2]) == digits
    assert ("." in text) == (digits > 0)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (250, "USD", "2.50"),
        (5, "USD", "0.05"),
        (-5, "USD", "-0.05"),
        (0, "USD", "0.00"),
        (1050, "JPY", "1050"),
        (-1, "JPY", "-1"),
        (7, "KWD", "0.007"),
        (1, "USDC", "0.000001"),
        (MAX_AMOUNT, "BTC", "90071992.54740991"),
    ],
)
def test_examples_of_text(amount: int, currency: str, text: str) -> None:
    assert format_amount(amount, currency) == text
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "amount"), [("10", 1000), ("10.5", 1050), ("10.500000", 1050), ("-0", 0), ("0.0", 0)]
)
def test_missing_digits_and_surplus_zeros_are_read(text: str, amount: int) -> None:
    assert parse_amount(text, "USD") == amount


@pytest.mark.parametrize(
    "text",
    [
        *("1e2", "1E2", "1e-2", "1.0e0", "0x10", "1_000", "1,000", "1.000,00", "1/2"),
        *("", "-", ".", "-.5", ".5", "5.", "1.2.3", "--1", "+1", "1-", "NaN", "inf", "Infinity"),
        *("01", "00", "007.50", "-01"),
        *(" 1", "1 ", "1\n", "\t1", "1 000", "- 1", "1\u00a0", "1\x00"),
        *("١", "１", "1.٥", "²", "𝟏", "−1"),  # digits and a minus sign that are not ASCII
        *("0.001", "1.999", "-0.005", "10.0000000000000001"),
        *("1" * 19, "9" * 400, "0." + "0" * 19),
    ],
)
def test_text_that_is_not_a_plain_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match="bad_amount"):
        parse_amount(text, "USD")


@pytest.mark.parametrize(("currency", "digits"), ONE_OF_EACH.items())
def test_a_digit_below_the_minor_unit_is_refused(currency: str, digits: int) -> None:
    smallest = "0." + "0" * digits + "1"
    with pytest.raises(RuleError, match="bad_amount"):
        parse_amount(smallest, currency)
    assert parse_amount(smallest[:-1] + "0", currency) == 0


@pytest.mark.parametrize("currency", ONE_OF_EACH)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_amount_a_browser_cannot_hold_is_refused(currency: str, sign: int) -> None:
    largest = format_amount(sign * MAX_AMOUNT, currency)
    assert parse_amount(largest, currency) == sign * MAX_AMOUNT
    with pytest.raises(RuleError, match="bad_amount"):
        parse_amount(format_amount(sign * (MAX_AMOUNT + 1), currency), currency)


def test_the_largest_amount_is_the_last_a_double_tells_from_its_neighbour() -> None:
    assert float(MAX_AMOUNT) != float(MAX_AMOUNT - 1)
    assert float(MAX_AMOUNT + 1) == float(MAX_AMOUNT + 2)


@thorough
@given(text=st.text("0123456789.-+eE_ \n٣", max_size=24), currency=st.sampled_from([*ONE_OF_EACH]))
def test_whatever_is_read_is_exactly_what_was_written(text: str, currency: str) -> None:
    with suppress(RuleError):
        amount = parse_amount(text, currency)
        assert Decimal(text) == Decimal(amount).scaleb(-ONE_OF_EACH[currency])


@thorough
@given(whole=st.integers(-(10**12), 10**12), places=st.integers(0, 10))
def test_a_plain_decimal_is_refused_only_if_it_is_not_exact(whole: int, places: int) -> None:
    written = Decimal(whole).scaleb(-places)
    exact = written.scaleb(2)
    text = f"{written:f}"
    if exact == exact.to_integral_value():
        assert parse_amount(text, "USD") == int(exact)
    else:
        with pytest.raises(RuleError, match="bad_amount"):
            parse_amount(text, "USD")


@pytest.mark.parametrize(
    ("multiplier", "text"),
    [(100, "1"), (101, "1.01"), (110, "1.1"), (200, "2"), (237, "2.37"), (1000, "10"), (0, "0")],
)
def test_a_multiplier_is_written_with_the_fewest_digits(multiplier: int, text: str) -> None:
    assert format_multiplier(multiplier) == text


@quick
@given(multiplier=multipliers)
def test_a_written_multiplier_is_exact(multiplier: int) -> None:
    text = format_multiplier(multiplier)
    assert Decimal(text) * 100 == multiplier
    assert "." not in text or not text.endswith("0")


@quick
@given(stake=stakes, multiplier=multipliers)
def test_a_payout_is_rounded_down_by_less_than_one_minor_unit(stake: int, multiplier: int) -> None:
    paid = payout(stake, multiplier)
    assert paid * 100 <= stake * multiplier < (paid + 1) * 100


@pytest.mark.parametrize(
    ("stake", "multiplier", "paid"),
    [(100, 237, 237), (1, 199, 1), (1, 200, 2), (99, 101, 99), (250, 100, 250), (33, 10_000, 3300)],
)
def test_examples_of_payouts(stake: int, multiplier: int, paid: int) -> None:
    assert payout(stake, multiplier) == paid


def test_a_payout_is_exact_where_a_double_is_not() -> None:
    assert payout(100, 115) == 115
    assert int(100 * 1.15) == 114
    assert payout(90_071_992_547_409_91, 101) == 9_097_271_247_288_400


@pytest.mark.parametrize(("stake", "multiplier"), [(0, 200), (-1, 200), (100, 99), (100, 0)])
def test_nothing_is_paid_on_no_stake_or_below_one(stake: int, multiplier: int) -> None:
    with pytest.raises(InvariantError):
        payout(stake, multiplier)


@thorough
@given(stake=stakes, most=st.integers(0, MAX_AMOUNT))
def test_the_largest_multiplier_is_exactly_the_boundary(stake: int, most: int) -> None:
    largest = largest_multiplier(stake, most)
    assert stake * largest // 100 <= most < stake * (largest + 1) // 100


@quick
@given(stake=stakes, multiplier=multipliers)
def test_a_maximum_equal_to_a_payout_allows_that_payout(stake: int, multiplier: int) -> None:
    paid = payout(stake, multiplier)
    largest = largest_multiplier(stake, paid)
    assert largest >= multiplier
    assert payout(stake, largest) == paid


@quick
@given(stake=stakes, most=st.integers(-MAX_AMOUNT, -1))
def test_no_multiplier_pays_less_than_nothing(stake: int, most: int) -> None:
    assert largest_multiplier(stake, most) == 0


def test_the_largest_multiplier_of_no_stake_is_a_mistake() -> None:
    with pytest.raises(InvariantError):
        largest_multiplier(0, 100)
