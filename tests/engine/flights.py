"""Rounds to fly in tests: bets, commands at times, and what must become of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from hypothesis import strategies as st

from engine.curve import Curve, curve_of
from engine.money import payout
from engine.round import (
    Advance,
    CashedOut,
    CashOut,
    Close,
    Crashed,
    Entry,
    Event,
    Lock,
    Round,
    Start,
    Void,
    Voided,
)

START_MS = 5_000_000
"""Far from zero, so that elapsed time is not mistaken for the caller's."""

Ending = tuple[str, int, int, int]
"""How a bet ended: `forced`, `manual`, `lost` or `returned`, at which multiplier, elapsed
milliseconds and payout."""


def bet_id(number: int) -> UUID:
    return UUID(int=number)


def taken_off(curve: Curve, entries: Iterable[Entry], crash: int) -> Round:
    """A round that started at `START_MS`."""
    machine = Round(curve)
    machine.handle(Close(), START_MS - 3_000)
    machine.handle(Lock(tuple(entries), crash), START_MS - 1_000)
    machine.handle(Start(), START_MS)
    return machine


@dataclass(frozen=True, slots=True)
class Flight:
    """A round to fly. `cash_outs` are (elapsed ms, the bet's number), in any order."""

    curve: Curve
    crash: int
    entries: tuple[Entry, ...]
    cash_outs: tuple[tuple[int, int], ...]

    def machine(self) -> Round:
        return taken_off(self.curve, self.entries, self.crash)

    def end_ms(self) -> int:
        return len(self.curve.table) + 5

    def commands(self, ticks: Iterable[int]) -> list[tuple[int, Advance | CashOut]]:
        """Cash-outs and ticks by time; the last tick lies behind the end of the curve."""
        timed: list[tuple[int, Advance | CashOut]] = [(ms, Advance()) for ms in ticks]
        timed += [(ms, CashOut(bet_id(number))) for ms, number in self.cash_outs]
        timed.sort(key=lambda command: command[0])
        return [*timed, (self.end_ms(), Advance())]


def fly(flight: Flight, ticks: Iterable[int]) -> list[Event]:
    """Every event from start to crash."""
    machine = flight.machine()
    events: list[Event] = []
    for ms, command in flight.commands(ticks):
        if isinstance(command, CashOut) or not _is_over(events):
            events += machine.handle(command, START_MS + ms)
    return events


def fly_until_void(flight: Flight, ticks: Iterable[int], void_ms: int) -> list[Event]:
    """The same, given up at `void_ms`."""
    machine = flight.machine()
    events: list[Event] = []
    for ms, command in flight.commands(ticks):
        if ms < void_ms and not _is_over(events):
            events += machine.handle(command, START_MS + ms)
    if not _is_over(events):
        events += machine.handle(Void("test"), START_MS + void_ms)
    return events


def _is_over(events: Sequence[Event]) -> bool:
    return any(isinstance(event, Crashed | Voided) for event in events)


def endings(events: Iterable[Event]) -> dict[UUID, Ending]:
    """How each bet ended. Fails where one ends twice."""
    found: dict[UUID, Ending] = {}

    def end(bet: UUID, ending: Ending) -> None:
        assert bet not in found, "a bet ends once"
        found[bet] = ending

    for event in events:
        match event:
            case CashedOut(bet, multiplier, elapsed_ms, paid, forced):
                how = "forced" if forced else "manual"
                end(bet, (how, multiplier, elapsed_ms, paid))
            case Crashed(_, _, lost):
                for bet in lost:
                    end(bet, ("lost", 0, 0, 0))
            case Voided(_, returned):
                for bet in returned:
                    end(bet, ("returned", 0, 0, 0))
            case _:
                pass
    return found


def by_the_millisecond(flight: Flight, void_ms: int | None = None) -> dict[UUID, Ending]:
    """What the rules say becomes of each bet, found by walking the curve one entry at a time."""
    found: dict[UUID, Ending] = {}
    for ms, reached in enumerate(flight.curve.table):
        riding = [entry for entry in flight.entries if entry.bet not in found]
        for entry in riding:
            if entry.exit_at <= reached and entry.exit_at <= flight.crash:
                paid = payout(entry.stake, entry.exit_at)
                found[entry.bet] = ("forced", entry.exit_at, ms, paid)
        if reached > flight.crash:
            break
        if ms == void_ms:
            return {entry.bet: ("returned", 0, 0, 0) for entry in flight.entries} | found
        leaving = {bet_id(number) for at_ms, number in flight.cash_outs if at_ms == ms}
        for entry in riding:
            if entry.bet in leaving and entry.bet not in found and reached >= 101:
                found[entry.bet] = ("manual", reached, ms, payout(entry.stake, reached))
    return {entry.bet: ("lost", 0, 0, 0) for entry in flight.entries} | found


@st.composite
def flights(draw: st.DrawFn) -> Flight:
    """Any round on a short curve, one that jumps over targets included."""
    growth = draw(st.sampled_from([700, 3_000, 25_000]))
    cap = draw(st.sampled_from([102, 150, 1_000, 5_000]))
    curve = curve_of(growth, cap)
    crash = draw(st.integers(100, min(cap, 300)) | st.integers(100, cap) | st.just(cap))
    near = st.integers(max(101, crash - 2), min(cap, max(101, crash + 2)))
    exits = st.integers(101, min(cap, 300)) | st.integers(101, cap) | near | st.just(cap)
    drawn = draw(st.lists(st.tuples(st.integers(1, 10**6), exits), max_size=8))
    entries = tuple(Entry(bet_id(i), stake, exit_at) for i, (stake, exit_at) in enumerate(drawn))
    times = st.integers(0, len(curve.table) + 3) | st.integers(0, 40)
    cash_outs = draw(st.lists(st.tuples(times, st.integers(0, 8)), max_size=8))
    return Flight(curve, crash, entries, tuple(cash_outs))


def tickings(flight: Flight) -> st.SearchStrategy[list[int]]:
    """Times at which the caller happens to look, in order: often, seldom, never."""
    return st.lists(st.integers(0, flight.end_ms()), max_size=12).map(sorted)
