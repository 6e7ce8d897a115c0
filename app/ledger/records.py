"""The public record of a round, and one operator's bets in it.

What is secret before the crash is not in these rows before the crash: the ledger writes seed and
crash point only when the round ends, and a constraint of the schema keeps it so.
"""

from uuid import UUID

import msgspec

from app.ledger.database import Database
from app.ledger.queries import load
from app.ledger.rounds import SealedBet
from app.operators.model import InclusionProof, RoundRecord
from engine import merkle
from engine.bet import BetState
from engine.errors import require
from engine.round import Phase

_SQL = load("records")


async def round_record(database: Database, round_id: UUID) -> RoundRecord | None:
    """A table round as anybody may see it."""
    row = await database.fetchrow(_SQL["round_by_id"], round_id)
    if row is None:
        return None
    fields = dict(row)
    if fields["phase"] == Phase.CLOSING:
        fields["phase"] = Phase.BETTING
    ended = fields["phase"] in (Phase.CRASHED, Phase.VOID)
    require(ended == (fields["server_seed"] is not None), "a seed is revealed when its round ends")
    return msgspec.convert(fields | {"beacon": None}, RoundRecord, strict=False)


async def bet_record(database: Database, operator: UUID, bet: UUID) -> RoundRecord | None:
    """The round of one of the operator's own bets, with that bet's part in it."""
    row = await database.fetchrow(_SQL["bet_of_operator"], bet, operator)
    if row is None:
        return None
    record = await round_record(database, row["round_id"])
    require(record is not None, "a bet's round exists")
    if record is None:
        return None
    lost = row["status"] == BetState.LOST
    return msgspec.structs.replace(
        record,
        bet=row["id"],
        bet_status=row["status"],
        multiplier=0 if lost else row["cashout_multiplier"],
        payout=row["payout"],
        proof=await _proof(database, row["round_id"], row["id"]),
    )


async def _proof(database: Database, round_id: UUID, bet: UUID) -> InclusionProof | None:
    rows = await database.fetch(_SQL["sealed_leaves"], round_id)
    sealed = [msgspec.convert(dict(row), SealedBet, strict=False) for row in rows]
    index = next((i for i, one in enumerate(sealed) if one.id == bet), None)
    if index is None:
        return None
    leaves = [one.leaf() for one in sealed]
    path = merkle.audit_path([leaf.hash() for leaf in leaves], index)
    return InclusionProof(
        leaf=leaves[index].text().decode(),
        index=index,
        size=len(leaves),
        path=tuple(node.hex() for node in path),
    )
