"""The live bets one operator's players see: who is in, who has left, at most fifty of them."""

import heapq
from collections.abc import Iterable
from uuid import UUID

from app.bus.messages import CrowdBet, Leaver
from app.play.messages import Crowd, CrowdRow, Outs

SHOWN = 50
ROWS_A_TICK = 20
ADDED_AT_ONCE = 40
"""Keeps a change within the 4 KiB of a broadcast; the rest follows with the next one."""


def masked(player: str) -> str:
    """`player-42` → `p***2`: recognisable to its owner, to nobody else."""
    if len(player) < 4:
        return f"{player[:1]}***"
    return f"{player[0]}***{player[-1]}"


class OperatorCrowd:
    """One operator's bets in one round of one table; a new round begins with a new one."""

    def __init__(self) -> None:
        self._rows: dict[UUID, CrowdRow] = {}
        self._players: dict[UUID, str] = {}
        self._next = 0
        self._told: dict[int, CrowdRow] = {}
        self._outs: list[CrowdRow] = []
        self._out_count = 0
        self.changed = False

    @property
    def players(self) -> int:
        return len(set(self._players.values()))

    def apply(self, bet: CrowdBet) -> None:
        """A bet came in or was taken back."""
        self.changed = True
        if not bet.live:
            self._rows.pop(bet.bet, None)
            self._players.pop(bet.bet, None)
        elif bet.bet not in self._rows:
            self._next += 1
            self._rows[bet.bet] = CrowdRow(
                id=self._next, name=masked(bet.player), stake=bet.stake, currency=bet.currency
            )
            self._players[bet.bet] = bet.player

    def leave(self, leaver: Leaver) -> None:
        """A bet cashed out; told with the next tick."""
        row = self._rows.get(leaver.bet)
        if row is None:
            return
        row = CrowdRow(row.id, row.name, row.stake, row.currency, leaver.multiplier, leaver.payout)
        self._rows[leaver.bet] = row
        if row.id in self._told:
            self._told[row.id] = row
        self._out_count += 1
        self._outs.append(row)

    def take_outs(self) -> Outs | None:
        """Cash-outs since the last call: the largest payouts as rows, all of them counted."""
        if not self._out_count:
            return None
        rows = heapq.nlargest(ROWS_A_TICK, self._outs, key=lambda row: row.payout or 0)
        outs = Outs(self._out_count, tuple(rows))
        self._outs, self._out_count = [], 0
        return outs

    def take_changes(self, round_id: UUID) -> Crowd | None:
        """What came and went since the last call, or `None`."""
        if not self.changed:
            return None
        shown = {row.id: row for row in self._largest()}
        fresh = [row for row in shown.values() if row.id not in self._told]
        added, later = tuple(fresh[:ADDED_AT_ONCE]), fresh[ADDED_AT_ONCE:]
        removed = tuple(one for one in self._told if one not in shown)
        self._told = {one: row for one, row in shown.items() if row not in later}
        self.changed = bool(later)
        return Crowd(round=round_id, count=len(self._rows), add=added, remove=removed)

    def told(self) -> tuple[CrowdRow, ...]:
        """The list as everybody has it after the last change."""
        return tuple(self._told.values())

    def whole(self, round_id: UUID) -> Crowd:
        """The same as a message that replaces what a page has."""
        return Crowd(round=round_id, count=len(self._rows), full=True, add=self.told())

    def _largest(self) -> Iterable[CrowdRow]:
        return heapq.nlargest(SHOWN, self._rows.values(), key=lambda row: (row.stake, -row.id))
