"""One round as a state machine: commands and times in, events out. No clock, no I/O.

    betting ─close→ closing ─lock→ locked ─start→ running ─(m(e) > crash)→ crashed
       └────────────┴──────────────┴──────────────┴─void→ void

Time is the caller's monotonic milliseconds. Two rules make a late caller harmless: every call first
pays what fell due before it, in order of target, and only then declares the crash; and a cash-out
is valued at the time it is handed in, so a target equal to the crash wins and one above it loses,
whatever the tick timing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from engine.curve import Curve
from engine.errors import require
from engine.money import payout
from engine.rules import MIN_CASHOUT


class Phase(StrEnum):
    """Where a round stands. The values are stored and sent; they never change."""

    BETTING = "betting"
    CLOSING = "closing"
    """The window is closed; debits still in flight may yet be accepted. Told as `betting`."""
    LOCKED = "locked"
    RUNNING = "running"
    CRASHED = "crashed"
    VOID = "void"


PHASES: Mapping[Phase, frozenset[Phase]] = MappingProxyType(
    {
        Phase.BETTING: frozenset({Phase.CLOSING, Phase.VOID}),
        Phase.CLOSING: frozenset({Phase.LOCKED, Phase.VOID}),
        Phase.LOCKED: frozenset({Phase.RUNNING, Phase.VOID}),
        Phase.RUNNING: frozenset({Phase.CRASHED, Phase.VOID}),
        Phase.CRASHED: frozenset(),
        Phase.VOID: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An accepted bet that plays. `exit_at`: hundredths at which it leaves by itself."""

    bet: UUID
    stake: int
    exit_at: int


@dataclass(frozen=True, slots=True)
class Close:
    """The betting window ends."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The accepted set is fixed and the outcome decided. `crash` stays inside this machine."""

    entries: tuple[Entry, ...]
    crash: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class Start:
    """The curve starts at this call's time."""


@dataclass(frozen=True, slots=True)
class Advance:
    """Time has passed: pay what is due, declare the crash if it has come."""


@dataclass(frozen=True, slots=True)
class CashOut:
    """A player leaves now."""

    bet: UUID


@dataclass(frozen=True, slots=True)
class Void:
    """The round cannot be finished; bets still riding go back. What fell due before is paid all the
    same, and a crash that fell due before stands: a late void is no way out of an outcome."""

    reason: str


Command = Close | Lock | Start | Advance | CashOut | Void


@dataclass(frozen=True, slots=True)
class CashedOut:
    """A bet left with `payout`. `forced` when at its own target, the cap or the maximum win."""

    bet: UUID
    multiplier: int
    elapsed_ms: int
    payout: int
    forced: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A cash-out that does not count: `too_early`, `too_late`, `no_live_bet`, `not_running`."""

    bet: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Climbed:
    """The multiplier now, while the round goes on."""

    elapsed_ms: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class Crashed:
    """The round is over at `crash` hundredths; `lost` are the bets that still rode."""

    elapsed_ms: int
    crash: int
    lost: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Voided:
    """The round is over without an outcome; `returned` are the bets that still rode."""

    reason: str
    returned: tuple[UUID, ...]


Event = CashedOut | Refused | Climbed | Crashed | Voided


class Round:
    """See the module's text. `handle` is the only way to change it."""

    __slots__ = ("_crash", "_curve", "_due", "_riding", "_started_ms", "phase")

    def __init__(self, curve: Curve) -> None:
        self.phase = Phase.BETTING
        self._curve = curve
        self._riding: dict[UUID, Entry] = {}
        self._due: list[Entry] = []
        """Every entry by its exit, the nearest last; those that left are skipped."""
        self._crash = 0
        self._started_ms = 0

    def __repr__(self) -> str:
        return f"Round({self.phase}, {len(self._riding)} riding)"

    @property
    def riding(self) -> int:
        """How many bets are still in."""
        return len(self._riding)

    def handle(self, command: Command, now_ms: int) -> list[Event]:
        """Apply one command at `now_ms` on the caller's monotonic clock.

        A command in the wrong phase is the caller's mistake and raises `InvariantError`, except for
        a cash-out, which comes from outside and is `Refused`.
        """
        match command:
            case Close():
                self._enter(Phase.CLOSING)
            case Lock(entries, crash):
                self._lock(entries, crash)
            case Start():
                self._enter(Phase.RUNNING)
                self._started_ms = now_ms
            case Advance():
                return self._advance(now_ms)
            case CashOut(bet):
                return self._cash_out(bet, now_ms)
            case Void(reason):
                return self._void(reason, now_ms)
        return []

    def next_due_ms(self) -> int:
        """The caller's time at which a target or the crash falls due next. Internal to the process
        that runs the table: it tells of the crash."""
        require(self.phase is Phase.RUNNING, "only a running round has something due")
        while self._due and self._due[-1].bet not in self._riding:
            self._due.pop()
        due = self._curve.crash_ms(self._crash)
        if self._due and self._due[-1].exit_at <= self._crash:
            due = min(due, self._curve.first_ms_at(self._due[-1].exit_at))
        return self._started_ms + due

    def _enter(self, phase: Phase) -> None:
        require(phase in PHASES[self.phase], f"a round never goes from {self.phase} to {phase}")
        self.phase = phase

    def _lock(self, entries: Iterable[Entry], crash: int) -> None:
        require(100 <= crash <= self._curve.cap, "the crash lies between 1.00x and the cap")
        riding: dict[UUID, Entry] = {}
        for entry in entries:
            require(entry.bet not in riding, "a bet plays once")
            require(entry.stake > 0, "a stake is positive")
            require(MIN_CASHOUT <= entry.exit_at <= self._curve.cap, "an exit lies on the curve")
            riding[entry.bet] = entry
        self._enter(Phase.LOCKED)
        self._crash = crash
        self._riding = riding
        self._due = sorted(self._riding.values(), key=lambda entry: -entry.exit_at)

    def _advance(self, now_ms: int) -> list[Event]:
        require(self.phase is Phase.RUNNING, "only a running round advances")
        elapsed = now_ms - self._started_ms
        reached = self._curve.multiplier_at(elapsed)
        events: list[Event] = []
        while self._due and self._due[-1].exit_at <= min(reached, self._crash):
            entry = self._due.pop()
            if entry.bet in self._riding:
                due_ms = self._curve.first_ms_at(entry.exit_at)
                events.append(self._leave(entry, entry.exit_at, due_ms, forced=True))
        if reached <= self._crash:
            events.append(Climbed(elapsed, reached))
            return events
        self._enter(Phase.CRASHED)
        lost = tuple(self._riding)
        self._riding.clear()
        events.append(Crashed(self._curve.crash_ms(self._crash), self._crash, lost))
        return events

    def _cash_out(self, bet: UUID, now_ms: int) -> list[Event]:
        if self.phase is not Phase.RUNNING:
            over = self.phase is Phase.CRASHED
            return [Refused(bet, "too_late" if over else "not_running")]
        rode = bet in self._riding
        events = self._advance(now_ms)
        if any(isinstance(event, CashedOut) and event.bet == bet for event in events):
            return events
        last = events[-1]
        entry = self._riding.get(bet)
        if entry is None or not isinstance(last, Climbed):
            return [*events, Refused(bet, "too_late" if rode else "no_live_bet")]
        if last.multiplier < MIN_CASHOUT:
            return [*events, Refused(bet, "too_early")]
        return [*events, self._leave(entry, last.multiplier, last.elapsed_ms, forced=False)]

    def _void(self, reason: str, now_ms: int) -> list[Event]:
        events: list[Event] = []
        if self.phase is Phase.RUNNING:
            *events, last = self._advance(now_ms)
            if isinstance(last, Crashed):
                return [*events, last]
        self._enter(Phase.VOID)
        returned = tuple(self._riding)
        self._riding.clear()
        return [*events, Voided(reason, returned)]

    def _leave(self, entry: Entry, multiplier: int, elapsed_ms: int, *, forced: bool) -> CashedOut:
        require(multiplier <= self._crash, "nobody leaves above the crash")
        require(multiplier <= entry.exit_at, "nobody leaves above the exit")
        del self._riding[entry.bet]
        won = payout(entry.stake, multiplier)
        return CashedOut(entry.bet, multiplier, elapsed_ms, won, forced)
