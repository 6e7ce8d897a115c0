"""What one operator's bets of a round can pay at the most: locked, checked, added, withdrawn."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from app.ledger.database import Connection
from app.ledger.entries import PlaceBet, Stake
from app.ledger.queries import load

_SQL = load("journal")

Key = tuple[UUID, UUID, str]


def _key(stake: Stake) -> Key:
    return (stake.round, stake.operator, stake.currency)


async def fitting(connection: Connection, placements: Sequence[PlaceBet]) -> set[UUID]:
    """The bets that fit under their operators' limits, first come first served. The rows stay
    locked until the transaction ends, so that what fits now still fits when it is added."""
    keys = sorted({_key(entry.stake) for entry in placements})
    rows = await connection.fetch(
        _SQL["lock_exposures"],
        [key[0] for key in keys],
        [key[1] for key in keys],
        [key[2] for key in keys],
    )
    taken: dict[Key, int] = {
        (row["round_id"], row["operator_id"], row["currency"]): row["liability"] for row in rows
    }
    fits = set()
    for entry in placements:
        key = _key(entry.stake)
        if taken[key] + entry.stake.liability <= entry.max_exposure:
            taken[key] += entry.stake.liability
            fits.add(entry.stake.bet)
    return fits


async def add(connection: Connection, stakes: Iterable[Stake]) -> None:
    """Count the bets that came in."""
    await _change(connection, stakes, sign=1)


async def withdraw(connection: Connection, stakes: Iterable[Stake]) -> None:
    """Uncount bets that were declined or go back before the seal."""
    await _change(connection, stakes, sign=-1)


async def _change(connection: Connection, stakes: Iterable[Stake], sign: int) -> None:
    sums: defaultdict[Key, int] = defaultdict(int)
    for stake in stakes:
        sums[_key(stake)] += sign * stake.liability
    keys = sorted(sums)
    if keys:
        await connection.execute(
            _SQL["add_exposures"],
            [key[0] for key in keys],
            [key[1] for key in keys],
            [key[2] for key in keys],
            [sums[key] for key in keys],
        )
