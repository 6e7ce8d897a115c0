"""One integer table says which multiplier belongs to which millisecond, and the reverse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.curve import DIVISOR, SCALE, Curve, curve_of
from engine.errors import InvariantError
from tests.engine.examples import VECTORS, quick

CAP = 200_000
growths = st.integers(200, 100_000)
caps = st.integers(101, 50_000)


def by_definition(growth: int, length: int) -> list[int]:
    """m(0) to m(length - 1), by the published recurrence."""
    exact = [100 * 10**18]
    while len(exact) < length:
        exact.append(exact[-1] + exact[-1] * growth // 100000)
    return [value // 10**18 for value in exact]


@quick
@given(growth=growths, cap=caps)
def test_the_table_follows_the_definition_to_the_first_entry_above_the_cap(
    growth: int, cap: int
) -> None:
    table = list(Curve(growth, cap).table)
    assert table == by_definition(growth, len(table))
    assert table[0] == 100
    assert table[-2] <= cap < table[-1]
    assert table == sorted(table)


@quick
@given(growth=growths, cap=caps, data=st.data())
def test_a_target_falls_due_at_the_first_millisecond_that_reaches_it(
    growth: int, cap: int, data: st.DataObject
) -> None:
    curve = Curve(growth, cap)
    target = data.draw(st.integers(101, cap))
    due_ms = curve.first_ms_at(target)
    assert curve.multiplier_at(due_ms - 1) < target <= curve.multiplier_at(due_ms)


@quick
@given(growth=growths, cap=caps, data=st.data())
def test_a_crash_is_declared_at_the_first_millisecond_above_it(
    growth: int, cap: int, data: st.DataObject
) -> None:
    curve = Curve(growth, cap)
    crash = data.draw(st.integers(100, cap))
    crash_ms = curve.crash_ms(crash)
    assert curve.multiplier_at(crash_ms - 1) <= crash < curve.multiplier_at(crash_ms)


def test_a_target_equal_to_the_crash_is_due_before_the_crash_is_declared() -> None:
    curve = curve_of(6, CAP)
    for crash in (101, 137, 200, 999):
        assert curve.multiplier_at(curve.first_ms_at(crash)) == crash
        assert curve.first_ms_at(crash) < curve.crash_ms(crash) == curve.first_ms_at(crash + 1)


def test_where_the_curve_jumps_over_a_target_it_is_due_when_the_crash_is() -> None:
    curve = Curve(100_000, 1_000)
    assert curve.table == (100, 200, 400, 800, 1_600)
    assert curve.first_ms_at(300) == curve.crash_ms(300) == 2
    assert (curve.first_ms_at(400), curve.crash_ms(400)) == (2, 3)


def test_the_pace_a_player_sees() -> None:
    curve = curve_of(6, CAP)
    assert (curve.multiplier_at(165), curve.multiplier_at(166)) == (100, 101)
    assert curve.first_ms_at(101) == curve.crash_ms(100) == 166
    assert curve.first_ms_at(200) == pytest.approx(11_600, abs=50)
    assert curve.first_ms_at(CAP) == pytest.approx(127_000, abs=500)


@pytest.mark.parametrize("row", VECTORS["curves"], ids=lambda row: f"{row['growth']}-{row['cap']}")
def test_known_curves(row: dict[str, Any]) -> None:
    curve = Curve(row["growth"], row["cap"])
    assert (len(curve.table), curve.table[-1]) == (row["entries"], row["last"])
    assert [[e, curve.multiplier_at(e)] for e, _ in row["samples"]] == row["samples"]
    assert [[x, curve.first_ms_at(x)] for x, _ in row["first_ms_at"]] == row["first_ms_at"]
    assert [[x, curve.crash_ms(x)] for x, _ in row["crash_ms"]] == row["crash_ms"]


def test_after_its_end_the_curve_stays_above_the_cap() -> None:
    curve = Curve(1_000, 500)
    end = len(curve.table) - 1
    assert curve.multiplier_at(end) == curve.multiplier_at(end + 1) == curve.multiplier_at(10**12)
    assert curve.multiplier_at(end) > 500


def test_time_before_the_start_is_a_mistake() -> None:
    with pytest.raises(InvariantError):
        Curve(1_000, 500).multiplier_at(-1)


@pytest.mark.parametrize("growth", [0, -1, 100_001])
def test_a_curve_that_does_not_grow_or_grows_too_fast_is_a_mistake(growth: int) -> None:
    with pytest.raises(InvariantError):
        Curve(growth, 500)


def test_the_definition_counts_in_quintillionths_of_a_hundredth() -> None:
    assert (SCALE, DIVISOR) == (10**18, 10**5)


def test_a_curve_says_what_it_was_made_from() -> None:
    assert (Curve(1_000, 500).growth, Curve(1_000, 500).cap) == (1_000, 500)


def test_the_slowest_and_the_fastest_curve_reach_their_cap() -> None:
    assert Curve(1, 102).table[-1] == 103
    assert Curve(100_000, 102).table == (100, 200)


def test_one_table_is_shared_by_all_rounds_with_the_same_rules() -> None:
    assert curve_of(1_000, 500) is curve_of(1_000, 500)
    assert curve_of(1_000, 500) is not curve_of(1_000, 501)
