"""What a round answers, case by case: ties, refusals, phases, and what it never says."""

from itertools import pairwise, product

import pytest

from engine.curve import curve_of
from engine.errors import InvariantError
from engine.round import (
    PHASES,
    Advance,
    CashedOut,
    CashOut,
    Climbed,
    Close,
    Command,
    Crashed,
    Entry,
    Lock,
    Phase,
    Refused,
    Round,
    Start,
    Void,
    Voided,
)
from tests.engine.flights import START_MS, bet_id, taken_off

CAP = 10_000
CURVE = curve_of(100, CAP)
"""Slow enough to take every value up to 10x."""
CRASH = 5_437
"""A number to look for in texts that must not tell it."""
FIRST, SECOND = bet_id(1), bet_id(2)
TO_THE_CAP = Entry(FIRST, 1_000, CAP)
AT_TWO = Entry(SECOND, 333, 200)


def at(multiplier: int) -> int:
    """The caller's time at which a multiplier is first reached."""
    return START_MS + CURVE.first_ms_at(multiplier)


def after(crash: int) -> int:
    """The caller's time at which a crash is declared."""
    return START_MS + CURVE.crash_ms(crash)


def in_phase(phase: Phase) -> Round:
    """A round with two bets, led into a phase."""
    machine = Round(CURVE)
    steps: list[tuple[Command, int]] = [
        (Close(), START_MS - 3_000),
        (Lock((TO_THE_CAP, AT_TWO), CRASH), START_MS - 1_000),
        (Start(), START_MS),
        (Advance(), after(CRASH)),
    ]
    for command, now_ms in [(Void("test"), START_MS)] if phase is Phase.VOID else steps:
        if machine.phase is not phase:
            machine.handle(command, now_ms)
    assert machine.phase is phase
    return machine


def test_a_round_runs_through_its_phases() -> None:
    machine = Round(CURVE)
    seen = [machine.phase]
    for command in (Close(), Lock((), CRASH), Start()):
        assert machine.handle(command, START_MS) == []
        seen.append(machine.phase)
    machine.handle(Advance(), after(CRASH))
    assert [*seen, machine.phase] == ["betting", "closing", "locked", "running", "crashed"]
    assert all(following in PHASES[phase] for phase, following in pairwise(seen))


LEGAL = {
    Phase.BETTING: {"Close", "Void"},
    Phase.CLOSING: {"Lock", "Void"},
    Phase.LOCKED: {"Start", "Void"},
    Phase.RUNNING: {"Advance", "Void"},
    Phase.CRASHED: set(),
    Phase.VOID: set(),
}
COMMANDS: list[Command] = [Close(), Lock((), CRASH), Start(), Advance(), Void("test")]


@pytest.mark.parametrize(("phase", "command"), [*product(Phase, COMMANDS)], ids=str)
def test_a_command_is_taken_in_its_phase_and_a_mistake_in_any_other(
    phase: Phase, command: Command
) -> None:
    machine = in_phase(phase)
    if type(command).__name__ in LEGAL[phase]:
        machine.handle(command, START_MS)
        return
    riding = machine.riding
    with pytest.raises(InvariantError):
        machine.handle(command, START_MS)
    assert (machine.phase, machine.riding) == (phase, riding)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.RUNNING])
def test_only_a_running_round_has_something_due(phase: Phase) -> None:
    with pytest.raises(InvariantError):
        in_phase(phase).next_due_ms()


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        *((phase, "not_running") for phase in ("betting", "closing", "locked", "void")),
        ("crashed", "too_late"),
    ],
)
def test_a_cash_out_outside_the_flight_is_refused_and_not_a_mistake(phase: str, code: str) -> None:
    assert in_phase(Phase(phase)).handle(CashOut(FIRST), after(CRASH)) == [Refused(FIRST, code)]


def test_a_cash_out_is_valued_when_it_arrives() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], CRASH)
    left = machine.handle(CashOut(FIRST), at(237))[-1]
    assert left == CashedOut(FIRST, 237, CURVE.first_ms_at(237), 2_370, False)
    assert machine.riding == 0


def test_a_cash_out_at_the_crash_point_wins() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], 237)
    left = machine.handle(CashOut(FIRST), after(237) - 1)[-1]
    assert isinstance(left, CashedOut)
    assert left.multiplier == 237


def test_a_cash_out_one_millisecond_later_loses() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], 237)
    events = machine.handle(CashOut(FIRST), after(237))
    assert events == [Crashed(CURVE.crash_ms(237), 237, (FIRST,)), Refused(FIRST, "too_late")]


def test_a_cash_out_below_the_lowest_is_too_early_and_the_bet_rides_on() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], CRASH)
    assert machine.handle(CashOut(FIRST), START_MS)[-1] == Refused(FIRST, "too_early")
    assert machine.handle(CashOut(FIRST), at(101) - 1)[-1] == Refused(FIRST, "too_early")
    left = machine.handle(CashOut(FIRST), at(101))[-1]
    assert isinstance(left, CashedOut)
    assert left.multiplier == 101


def test_a_round_that_crashes_at_once_pays_nobody() -> None:
    lowest = Entry(FIRST, 1_000, 101)
    machine = taken_off(CURVE, [lowest, AT_TWO], 100)
    assert machine.handle(CashOut(FIRST), after(100) - 1)[-1] == Refused(FIRST, "too_early")
    events = machine.handle(CashOut(FIRST), after(100))
    assert events == [
        Crashed(CURVE.crash_ms(100), 100, (FIRST, SECOND)),
        Refused(FIRST, "too_late"),
    ]


def test_a_target_equal_to_the_crash_wins_however_late_the_caller() -> None:
    machine = taken_off(CURVE, [AT_TWO], 200)
    events = machine.handle(Advance(), START_MS + 10**9)
    assert events == [
        CashedOut(SECOND, 200, CURVE.first_ms_at(200), 666, True),
        Crashed(CURVE.crash_ms(200), 200, ()),
    ]


def test_a_target_above_the_crash_loses() -> None:
    machine = taken_off(CURVE, [AT_TWO], 199)
    assert machine.handle(Advance(), after(199)) == [Crashed(CURVE.crash_ms(199), 199, (SECOND,))]


def test_a_player_who_is_late_for_their_own_target_is_paid_the_target() -> None:
    machine = taken_off(CURVE, [AT_TWO], CRASH)
    events = machine.handle(CashOut(SECOND), at(300))
    assert events == [
        CashedOut(SECOND, 200, CURVE.first_ms_at(200), 666, True),
        Climbed(CURVE.first_ms_at(300), 300),
    ]


def test_a_player_who_is_late_for_target_and_crash_is_paid_the_target() -> None:
    machine = taken_off(CURVE, [AT_TWO], 250)
    events = machine.handle(CashOut(SECOND), after(250))
    assert events[0] == CashedOut(SECOND, 200, CURVE.first_ms_at(200), 666, True)
    assert events[1:] == [Crashed(CURVE.crash_ms(250), 250, ())]


def test_a_cash_out_pays_everybody_elses_target_that_fell_due_before() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP, AT_TWO], CRASH)
    events = machine.handle(CashOut(FIRST), at(300))
    assert [event.bet for event in events if isinstance(event, CashedOut)] == [SECOND, FIRST]


def test_a_bet_that_left_cannot_leave_again() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], CRASH)
    machine.handle(CashOut(FIRST), at(150))
    assert machine.handle(CashOut(FIRST), at(160))[-1] == Refused(FIRST, "no_live_bet")
    assert machine.handle(Advance(), after(CRASH))[-1] == Crashed(CURVE.crash_ms(CRASH), CRASH, ())


@pytest.mark.parametrize("now_ms", [at(150), after(CRASH)])
def test_a_bet_nobody_placed_is_not_live(now_ms: int) -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], CRASH)
    assert machine.handle(CashOut(SECOND), now_ms)[-1] == Refused(SECOND, "no_live_bet")


def test_at_the_cap_everybody_left_is_paid_at_the_cap() -> None:
    riders = [Entry(bet_id(number), 100, CAP) for number in range(3)]
    machine = taken_off(CURVE, riders, CAP)
    events = machine.handle(Advance(), after(CAP))
    assert [e.multiplier for e in events if isinstance(e, CashedOut)] == [CAP] * 3
    assert events[-1] == Crashed(CURVE.crash_ms(CAP), CAP, ())


def test_a_maximum_win_is_paid_in_full_at_its_multiplier() -> None:
    machine = taken_off(CURVE, [Entry(FIRST, 1_000, 499)], CRASH)
    paid = machine.handle(Advance(), at(600))[0]
    assert paid == CashedOut(FIRST, 499, CURVE.first_ms_at(499), 4_990, True)


def test_a_void_pays_what_fell_due_before_it_and_returns_the_rest() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP, AT_TWO], CRASH)
    events = machine.handle(Void("test"), at(300))
    assert events[0] == CashedOut(SECOND, 200, CURVE.first_ms_at(200), 666, True)
    assert events[1:] == [Voided("test", (FIRST,))]


def test_a_void_after_the_crash_fell_due_is_a_crash() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP], 237)
    assert machine.handle(Void("test"), after(237)) == [Crashed(CURVE.crash_ms(237), 237, (FIRST,))]
    assert machine.phase is Phase.CRASHED


def test_a_void_before_take_off_returns_every_bet() -> None:
    machine = in_phase(Phase.LOCKED)
    assert machine.handle(Void("no beacon"), START_MS) == [Voided("no beacon", (FIRST, SECOND))]
    assert machine.riding == 0


@pytest.mark.parametrize("command", [Advance(), CashOut(FIRST), Void("test")])
def test_time_before_the_start_is_a_mistake(command: Command) -> None:
    with pytest.raises(InvariantError):
        taken_off(CURVE, [TO_THE_CAP], CRASH).handle(command, START_MS - 1)


@pytest.mark.parametrize(
    ("entries", "crash"),
    [
        ((), 99),
        ((), CAP + 1),
        ((TO_THE_CAP, TO_THE_CAP), CRASH),
        ((AT_TWO, Entry(FIRST, 100, 100)), CRASH),
        ((AT_TWO, Entry(FIRST, 100, CAP + 1)), CRASH),
        ((AT_TWO, Entry(FIRST, 0, 200)), CRASH),
        ((AT_TWO, Entry(FIRST, -100, 200)), CRASH),
    ],
)
def test_a_lock_that_cannot_be_played_is_a_mistake_and_changes_nothing(
    entries: tuple[Entry, ...], crash: int
) -> None:
    machine = in_phase(Phase.CLOSING)
    with pytest.raises(InvariantError) as mistake:
        machine.handle(Lock(entries, crash), START_MS)
    assert str(crash) not in str(mistake.value)
    assert (machine.phase, machine.riding) == (Phase.CLOSING, 0)


@pytest.mark.parametrize("crash", [100, CAP])
def test_the_lowest_and_the_highest_crash_can_be_played(crash: int) -> None:
    entries = [Entry(FIRST, 1, 101), Entry(SECOND, 1, CAP)]
    assert taken_off(CURVE, entries, crash).riding == 2


def test_no_text_of_a_round_that_has_not_crashed_tells_its_crash() -> None:
    lock = Lock((AT_TWO,), CRASH)
    texts = [repr(lock), str(lock), f"{lock}", repr([lock])]
    for phase in (Phase.BETTING, Phase.CLOSING, Phase.LOCKED, Phase.RUNNING, Phase.VOID):
        machine = in_phase(phase)
        texts += [repr(machine), str(machine), f"{machine}"]
        with pytest.raises(InvariantError) as mistake:
            machine.handle(Close() if phase is not Phase.BETTING else lock, START_MS)
        texts += [repr(mistake.value), str(mistake.value)]
    assert not [text for text in texts if str(CRASH) in text]
    assert not hasattr(machine, "__dict__")


def test_a_crash_told_by_a_cash_out_is_one_that_has_happened() -> None:
    machine = taken_off(CURVE, [TO_THE_CAP, AT_TWO], CRASH)
    told = [
        *machine.handle(CashOut(SECOND), at(150)),
        *machine.handle(CashOut(SECOND), at(160)),
        *machine.handle(CashOut(FIRST), START_MS),
    ]
    assert not [event for event in told if str(CRASH) in repr(event)]
