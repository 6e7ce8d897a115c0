"""The life of a bet: what may follow what, and what never does."""

from itertools import product

import pytest

from engine.bet import HOLDS_SLOT, TERMINAL, TRANSITIONS, BetState, advance
from engine.errors import InvariantError

ALLOWED = {
    "DEBIT_PENDING": "ACCEPTED REJECTED ROLLBACK_PENDING",
    "ACCEPTED": "LOST CREDIT_PENDING ROLLBACK_PENDING",
    "CREDIT_PENDING": "CREDITED CREDIT_PARKED",
    "CREDIT_PARKED": "CREDIT_PENDING",
    "ROLLBACK_PENDING": "ROLLED_BACK REJECTED ROLLBACK_PARKED CONFLICT",
    "ROLLBACK_PARKED": "ROLLBACK_PENDING",
}
"""Written down a second time, from the money rules, so that no edge appears by a slip."""

LEGAL = {
    (BetState(state), BetState(following))
    for state, line in ALLOWED.items()
    for following in line.split()
}
PAIRS = [*product(BetState, repeat=2)]
CREDIT_SIDE = {BetState.CREDIT_PENDING, BetState.CREDITED, BetState.CREDIT_PARKED}
ROLLBACK_SIDE = {BetState.ROLLBACK_PENDING, BetState.ROLLED_BACK, BetState.ROLLBACK_PARKED}


def reachable(start: BetState) -> set[BetState]:
    """Every state that some life leads to from `start`, itself left out unless it comes again."""
    seen: set[BetState] = set()
    open_states = [start]
    while open_states:
        found = TRANSITIONS[open_states.pop()] - seen
        seen |= found
        open_states.extend(found)
    return seen


@pytest.mark.parametrize(("state", "following"), sorted(LEGAL))
def test_a_legal_transition_is_taken(state: BetState, following: BetState) -> None:
    assert advance(state, following) is following


@pytest.mark.parametrize(("state", "following"), [pair for pair in PAIRS if pair not in LEGAL])
def test_an_illegal_transition_is_a_mistake(state: BetState, following: BetState) -> None:
    with pytest.raises(InvariantError, match=f"{state} to {following}"):
        advance(state, following)


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(TRANSITIONS) == set(BetState)


def test_nobody_can_add_a_transition() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[BetState.LOST] = frozenset({BetState.ACCEPTED})  # type: ignore[index]


def test_every_state_is_reached_by_some_bet() -> None:
    assert reachable(BetState.DEBIT_PENDING) == set(BetState) - {BetState.DEBIT_PENDING}


@pytest.mark.parametrize("state", sorted(CREDIT_SIDE))
def test_a_credit_never_turns_into_a_rollback(state: BetState) -> None:
    assert reachable(state) <= CREDIT_SIDE


@pytest.mark.parametrize("state", sorted(ROLLBACK_SIDE))
def test_a_rollback_never_turns_into_a_credit(state: BetState) -> None:
    assert not reachable(state) & (CREDIT_SIDE | {BetState.ACCEPTED, BetState.LOST})


def test_a_lost_bet_is_over() -> None:
    assert not reachable(BetState.LOST)


def test_no_bet_is_debited_twice() -> None:
    assert all(BetState.DEBIT_PENDING not in following for following in TRANSITIONS.values())


def test_the_states_where_a_bet_rests() -> None:
    assert {"REJECTED", "LOST", "CREDITED", "ROLLED_BACK", "CONFLICT"} == TERMINAL


@pytest.mark.parametrize("state", sorted(set(BetState) - TERMINAL))
def test_every_bet_can_come_to_rest(state: BetState) -> None:
    assert reachable(state) & TERMINAL


def test_a_slot_is_held_by_a_stake_that_plays_or_played() -> None:
    freed = {BetState.REJECTED, BetState.CONFLICT, *ROLLBACK_SIDE}
    assert set(BetState) - freed == HOLDS_SLOT


@pytest.mark.parametrize("state", sorted(set(BetState) - HOLDS_SLOT))
def test_a_slot_once_freed_is_never_taken_back_by_the_same_bet(state: BetState) -> None:
    assert not reachable(state) & HOLDS_SLOT
