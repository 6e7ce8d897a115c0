"""The life of a bet: the table of transitions, and nothing else.

A bet begins as DEBIT_PENDING: its row is committed, its debit may be on the wire. From there

    DEBIT_PENDING ─accepted→ ACCEPTED ─cash-out→ CREDIT_PENDING ─acknowledged→ CREDITED
          │                     ├─bust→ LOST
          │                     └─void or cancelled→ ROLLBACK_PENDING ─acknowledged→ ROLLED_BACK
          ├─declined, or never sent→ REJECTED
          └─outcome unknown, or too late→ ROLLBACK_PENDING

A credit never turns into a rollback: no state from CREDIT_PENDING on leads to one. Parked states
wait for a person and are resent, never dropped. The database refuses whatever is not in this
table; a test holds the two together.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from engine.errors import require


class BetState(StrEnum):
    """Where a bet stands. The values are stored and sent; they never change."""

    DEBIT_PENDING = "DEBIT_PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    LOST = "LOST"
    CREDIT_PENDING = "CREDIT_PENDING"
    CREDITED = "CREDITED"
    CREDIT_PARKED = "CREDIT_PARKED"
    ROLLBACK_PENDING = "ROLLBACK_PENDING"
    ROLLED_BACK = "ROLLED_BACK"
    ROLLBACK_PARKED = "ROLLBACK_PARKED"
    CONFLICT = "CONFLICT"
    """Both sides' books disagree about the debit in a way only people can settle."""


TRANSITIONS: Mapping[BetState, frozenset[BetState]] = MappingProxyType(
    {
        BetState.DEBIT_PENDING: frozenset(
            {BetState.ACCEPTED, BetState.REJECTED, BetState.ROLLBACK_PENDING}
        ),
        BetState.ACCEPTED: frozenset(
            {BetState.LOST, BetState.CREDIT_PENDING, BetState.ROLLBACK_PENDING}
        ),
        BetState.REJECTED: frozenset(),
        BetState.LOST: frozenset(),
        BetState.CREDIT_PENDING: frozenset({BetState.CREDITED, BetState.CREDIT_PARKED}),
        BetState.CREDITED: frozenset(),
        BetState.CREDIT_PARKED: frozenset({BetState.CREDIT_PENDING}),
        BetState.ROLLBACK_PENDING: frozenset(
            {
                BetState.ROLLED_BACK,
                BetState.REJECTED,
                BetState.ROLLBACK_PARKED,
                BetState.CONFLICT,
            }
        ),
        BetState.ROLLED_BACK: frozenset(),
        BetState.ROLLBACK_PARKED: frozenset({BetState.ROLLBACK_PENDING}),
        BetState.CONFLICT: frozenset(),
    }
)

TERMINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
"""Where nothing more happens to the money."""

HOLDS_SLOT = frozenset(
    {
        BetState.DEBIT_PENDING,
        BetState.ACCEPTED,
        BetState.LOST,
        BetState.CREDIT_PENDING,
        BetState.CREDITED,
        BetState.CREDIT_PARKED,
    }
)
"""At most one such bet for each (round, player, slot): a returned stake frees its slot."""


def advance(state: BetState, following: BetState) -> BetState:
    """`following`, if the table allows it from `state`; `InvariantError` otherwise."""
    require(following in TRANSITIONS[state], f"a bet never goes from {state} to {following}")
    return following
