"""Inserting op rows: the one place where an op comes into being."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from app.ledger.database import Connection
from app.ledger.entries import NewOp
from app.ledger.queries import load

_SQL = load("journal")


class OwedOp(msgspec.Struct, frozen=True):
    """A new op with the bet it belongs to."""

    op: NewOp
    bet: UUID
    operator: UUID
    currency: str


async def insert_ops(connection: Connection, owed: Iterable[OwedOp]) -> None:
    """Insert in the order of bet ids, so that concurrent writers never wait in a circle."""
    rows = sorted(owed, key=lambda row: (row.bet, row.op.seq))
    if not rows:
        return
    await connection.execute(
        _SQL["insert_ops"],
        [row.op.id for row in rows],
        [row.bet for row in rows],
        [row.operator for row in rows],
        [row.op.seq for row in rows],
        [row.op.kind for row in rows],
        [row.op.transaction_id for row in rows],
        [row.op.original_transaction_id for row in rows],
        [row.op.amount for row in rows],
        [row.currency for row in rows],
        [row.op.status for row in rows],
        [row.op.lease_s for row in rows],
    )
