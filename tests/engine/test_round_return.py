"""The return to player, measured through the round itself and not by its formula alone.

Where a round looks for the crash before it pays the targets that fell due, the return drops by
about a hundredth of the stakes. So rounds are flown here by a caller that looks seldom, and what
they pay is compared with what their digests owe: not by chance, but to the minor unit.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random

import pytest

from engine.crashpoint import SPACE, crash_of, crash_point, outcomes_reaching
from engine.curve import curve_of
from engine.money import payout
from engine.round import Advance, CashedOut, CashOut, Command, Entry, Event, Phase
from engine.seeds import build_chain, client_seed, outcome_digest
from tests.engine.flights import START_MS, bet_id, taken_off

RTP_BPS = 9_700
CAP = 100_000
CURVE = curve_of(2_000, CAP)
TARGETS = (101, 105, 110, 133, 150, 200, 237, 500, 1_000, 10_000, CAP)
STAKE = 1_000
ROUNDS = 1_200
TIP = "5eed" * 16


def digests() -> list[str]:
    """The outcomes of a whole chain, from its first round on."""
    _, chain = build_chain(TIP, ROUNDS, 35)
    salt = client_seed("public salt")
    return [outcome_digest(chain.seed(i), salt, i) for i in range(1, ROUNDS + 1)]


def seldom(random: Random) -> Iterable[int]:
    """Elapsed times of a caller that looks at random, on average at every tenth multiple."""
    elapsed_ms = 0
    while elapsed_ms < len(CURVE.table):
        elapsed_ms += random.choice((1, 7, 50, 90, 300))
        yield elapsed_ms
    yield len(CURVE.table)


def flown(
    crash: int, entries: Iterable[Entry], ticks: Iterable[int], by_hand: dict[int, int]
) -> list[Event]:
    """One round to its crash. `by_hand`: bets by the elapsed time of their player's command."""
    machine = taken_off(CURVE, entries, crash)
    commands: list[tuple[int, Command]] = [(ms, Advance()) for ms in ticks]
    commands += [(ms, CashOut(bet_id(number))) for ms, number in by_hand.items()]
    commands.sort(key=lambda command: command[0])
    events: list[Event] = []
    for elapsed_ms, command in commands:
        if machine.phase is Phase.RUNNING:
            events += machine.handle(command, START_MS + elapsed_ms)
    return events


def owed(hs: Iterable[int], target: int) -> int:
    """How many of the outcomes reach a target, straight from the published fraction."""
    return sum((SPACE - h) * 100 * target <= RTP_BPS * SPACE for h in hs)


def test_targets_and_cash_outs_by_hand_are_paid_exactly_what_the_digests_owe() -> None:
    random = Random(7)
    autos = [Entry(bet_id(target), STAKE + target, target) for target in TARGETS]
    # Players at the window: each leaves by hand at a time of their own, in every round.
    times = {CURVE.first_ms_at(x) + late: 10**6 + x for x, late in ((101, 0), (180, 3), (900, 1))}
    hands = [Entry(bet_id(number), STAKE, CAP) for number in times.values()]
    wins, paid = Counter[int](), Counter[int]()
    known = digests()
    for digest in known:
        crash = crash_point(digest, RTP_BPS, CAP)
        for event in flown(crash, [*autos, *hands], seldom(random), times):
            if isinstance(event, CashedOut):
                wins[event.bet.int] += 1
                paid[event.bet.int] += event.payout
    hs = [int(digest[:13], 16) for digest in known]
    for target in TARGETS:
        assert wins[target] == owed(hs, target)
        assert paid[target] == owed(hs, target) * payout(STAKE + target, target)
    for elapsed_ms, number in times.items():
        reached = CURVE.multiplier_at(elapsed_ms)
        assert wins[number] == owed(hs, reached)
        assert paid[number] == owed(hs, reached) * payout(STAKE, reached)


@pytest.mark.parametrize("looks", ["once", "seldom"])
def test_over_evenly_spread_outcomes_every_target_returns_the_same_share(looks: str) -> None:
    random, count = Random(11), 2_000
    autos = [Entry(bet_id(target), STAKE, target) for target in TARGETS]
    paid = Counter[int]()
    for k in range(count):
        crash = crash_of((2 * k + 1) * SPACE // (2 * count), RTP_BPS, CAP)
        ticks = seldom(random) if looks == "seldom" else [len(CURVE.table)]
        for event in flown(crash, autos, ticks, {}):
            if isinstance(event, CashedOut):
                paid[event.bet.int] += event.payout
    for target in TARGETS:
        # One outcome more or less is all that an even spread of `count` leaves open.
        owed_bps = outcomes_reaching(target, RTP_BPS, CAP) * target * 100 // SPACE
        assert abs(owed_bps - RTP_BPS) <= 1
        assert abs(paid[target] * 10_000 - RTP_BPS * STAKE * count) <= 10_000 * payout(
            STAKE, target
        )
