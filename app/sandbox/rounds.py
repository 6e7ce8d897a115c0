"""A player's transactions told by round: what was staked, what came back."""

from collections.abc import Iterable

import msgspec

from app.sandbox.accounts import Transaction


class RoundSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One wallet round in minor units; `None` where there is no such transaction."""

    round_id: str
    at: int
    """Epoch milliseconds of its first transaction shown."""
    bet_minor: int | None = None
    win_minor: int | None = None
    refund_minor: int | None = None
    net_minor: int = 0
    """The player's gain."""
    note: str | None = None
    """`declined` or `tombstone` where that is all there was."""


def summarise(newest_first: Iterable[Transaction]) -> list[RoundSummary]:
    """The newest round first. A round cut off by paging shows what was on the page."""
    rounds: dict[str, RoundSummary] = {}
    for row in newest_first:
        if row.round_id is None:
            continue
        known = rounds.get(row.round_id) or RoundSummary(round_id=row.round_id, at=row.at)
        if row.status == "accepted":
            changes: dict[str, str | int] = {
                f"{row.type}_minor": row.amount_minor,
                "net_minor": known.net_minor + row.moved_minor,
            }
        else:
            changes = {"note": row.status}
        rounds[row.round_id] = msgspec.structs.replace(known, at=row.at, **changes)
    return list(rounds.values())
