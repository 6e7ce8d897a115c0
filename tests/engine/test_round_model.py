"""Whatever the timing of its caller, a round ends as the curve walked by the millisecond says."""

from hypothesis import given
from hypothesis import strategies as st

from engine.money import payout
from engine.round import (
    Advance,
    CashedOut,
    Climbed,
    Crashed,
    Event,
    Refused,
    Voided,
)
from tests.engine.examples import quick, thorough
from tests.engine.flights import (
    START_MS,
    Flight,
    by_the_millisecond,
    endings,
    flights,
    fly,
    fly_until_void,
    tickings,
)


@st.composite
def ticked_flights(draw: st.DrawFn) -> tuple[Flight, list[int]]:
    flight = draw(flights())
    return flight, draw(tickings(flight))


@thorough
@given(flown=ticked_flights())
def test_every_bet_ends_once_and_as_the_rules_say(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    assert endings(fly(flight, ticks)) == by_the_millisecond(flight)


@quick
@given(flown=ticked_flights())
def test_the_timing_of_ticks_changes_no_ending(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    every_millisecond = range(flight.end_ms())
    assert endings(fly(flight, ticks)) == endings(fly(flight, every_millisecond))


@quick
@given(flown=ticked_flights())
def test_every_exit_up_to_the_crash_is_paid_before_it(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    events = fly(Flight(flight.curve, flight.crash, flight.entries, ()), ticks)
    crash = next(i for i, event in enumerate(events) if isinstance(event, Crashed))
    paid = {
        event.bet: event.multiplier
        for event in events[:crash]
        if isinstance(event, CashedOut) and event.forced
    }
    assert paid == {e.bet: e.exit_at for e in flight.entries if e.exit_at <= flight.crash}
    assert not any(isinstance(event, CashedOut) for event in events[crash:])


@quick
@given(flown=ticked_flights())
def test_nobody_is_paid_above_the_crash_or_their_exit(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    entries = {entry.bet: entry for entry in flight.entries}
    for event in fly(flight, ticks):
        if isinstance(event, CashedOut):
            entry = entries[event.bet]
            assert 101 <= event.multiplier <= min(flight.crash, entry.exit_at)
            assert event.payout == payout(entry.stake, event.multiplier)
            assert event.elapsed_ms <= flight.curve.crash_ms(flight.crash)


@quick
@given(flown=ticked_flights())
def test_the_crash_is_told_once_exact_and_last_of_all(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    events = fly(flight, ticks)
    crashes = [event for event in events if isinstance(event, Crashed)]
    assert len(crashes) == 1
    assert crashes[0].crash == flight.crash
    assert crashes[0].elapsed_ms == flight.curve.crash_ms(flight.crash)
    after = events[events.index(crashes[0]) + 1 :]
    assert all(isinstance(event, Refused) for event in after)


@quick
@given(flown=ticked_flights())
def test_the_multiplier_told_is_that_of_the_curve_and_never_above_the_crash(
    flown: tuple[Flight, list[int]],
) -> None:
    flight, ticks = flown
    for event in fly(flight, ticks):
        if isinstance(event, Climbed):
            assert event.multiplier == flight.curve.table[event.elapsed_ms] <= flight.crash


@quick
@given(flown=ticked_flights())
def test_exits_are_paid_in_the_order_of_their_targets(flown: tuple[Flight, list[int]]) -> None:
    flight, ticks = flown
    forced = [e for e in fly(flight, ticks) if isinstance(e, CashedOut) and e.forced]
    assert [e.multiplier for e in forced] == sorted(e.multiplier for e in forced)


@quick
@given(flown=ticked_flights(), extra=st.integers(1, 4_900))
def test_until_it_crashes_a_round_looks_like_any_that_crashes_later(
    flown: tuple[Flight, list[int]], extra: int
) -> None:
    flight, ticks = flown
    later = min(flight.crash + extra, flight.curve.cap)
    crash_ms = flight.curve.crash_ms(flight.crash)
    other = Flight(flight.curve, later, flight.entries, flight.cash_outs)
    seen: list[list[object]] = []
    for machine in (flight.machine(), other.machine()):
        before = [c for c in flight.commands(ticks) if c[0] < crash_ms]
        answers = [machine.handle(command, START_MS + ms) for ms, command in before]
        seen.append([*answers, repr(machine), machine.riding, machine.phase])
    assert seen[0] == seen[1]


@thorough
@given(flown=ticked_flights(), data=st.data())
def test_the_next_due_time_is_the_first_at_which_something_happens(
    flown: tuple[Flight, list[int]], data: st.DataObject
) -> None:
    flight, ticks = flown
    asked, walked, now_ms = flight.machine(), flight.machine(), 0
    script = flight.commands(ticks)
    for ms, command in script[: data.draw(st.integers(0, len(script)))]:
        if ms < flight.curve.crash_ms(flight.crash):
            now_ms = ms
            assert asked.handle(command, START_MS + ms) == walked.handle(command, START_MS + ms)
    due_ms = asked.next_due_ms() - START_MS
    happened: list[Event] = []
    while all(isinstance(event, Climbed) for event in happened):
        now_ms += 1
        happened = walked.handle(Advance(), START_MS + now_ms)
    assert due_ms == now_ms
    assert asked.handle(Advance(), START_MS + due_ms) == happened


@thorough
@given(flown=ticked_flights(), data=st.data())
def test_a_void_returns_only_what_still_rides(
    flown: tuple[Flight, list[int]], data: st.DataObject
) -> None:
    flight, ticks = flown
    void_ms = data.draw(st.integers(0, flight.end_ms()))
    events = fly_until_void(flight, ticks, void_ms)
    earlier = tuple(cash_out for cash_out in flight.cash_outs if cash_out[0] < void_ms)
    played = Flight(flight.curve, flight.crash, flight.entries, earlier)
    assert endings(events) == by_the_millisecond(played, void_ms)
    crashed = void_ms >= flight.curve.crash_ms(flight.crash)
    assert any(isinstance(event, Crashed) for event in events) == crashed
    assert any(isinstance(event, Voided) for event in events) == (not crashed)
