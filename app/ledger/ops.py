"""Ops waiting to be sent: claiming them, and finding those whose sender is gone."""

from uuid import UUID

import msgspec

from app.ledger.database import Database, as_struct
from app.ledger.entries import Stake
from app.ledger.queries import load
from app.wallet.ops import OpKind, WalletOp
from engine.limits import liability

_SQL = load("ops")


class ClaimedOp(msgspec.Struct, frozen=True, kw_only=True):
    """An op this process holds until its lease lapses, and whom to tell of its outcome."""

    id: UUID
    kind: OpKind
    transaction_id: str
    original_transaction_id: str | None
    amount: int
    currency: str
    attempt: int
    body_sha256: bytes | None
    """Of the first attempt's body: every later one must be the same."""
    operator_id: UUID
    bet: UUID
    stake: int
    multiplier: int | None
    payout: int | None
    slot: int
    ref: str
    player_id: UUID
    session: UUID
    player: str
    title: str
    table_id: str

    def wallet_op(self) -> WalletOp:
        return WalletOp(
            id=self.id,
            kind=self.kind,
            transaction_id=self.transaction_id,
            original_transaction_id=self.original_transaction_id,
            amount=self.amount,
            currency=self.currency,
            bet=self.bet,
            stake=self.stake,
            multiplier=self.multiplier,
            session=self.session,
            player=self.player,
            title=self.title,
        )


class LapsedDebit(msgspec.Struct, frozen=True, kw_only=True):
    op: UUID
    transaction_id: str
    stake: Stake
    dialect: str
    player_id: UUID
    table_id: str
    slot: int
    ref: str


async def claim_due(database: Database, limit: int, lease_s: float) -> list[ClaimedOp]:
    """Hold up to `limit` due ops, the longest due first. Nobody else gets them meanwhile."""
    rows = await database.fetch(_SQL["claim_due"], limit, lease_s)
    return [as_struct(ClaimedOp, row) for row in rows]


async def requeue_lapsed(database: Database) -> None:
    """Make due again what a vanished process was sending (debits excepted)."""
    await database.execute(_SQL["requeue_lapsed"])


async def lapsed_debits(database: Database) -> list[LapsedDebit]:
    """Debits whose sender is gone: their outcome is unknown for ever."""
    found = []
    for row in await database.fetch(_SQL["lapsed_debits"]):
        stake = Stake(
            bet=row["bet"],
            round=row["round"],
            operator=row["operator"],
            session=row["session"],
            currency=row["currency"],
            amount=row["amount"],
            liability=liability(row["amount"], row["exit_at"]),
        )
        found.append(
            LapsedDebit(
                op=row["op"],
                transaction_id=row["transaction_id"],
                stake=stake,
                dialect=row["dialect"],
                player_id=row["player_id"],
                table_id=row["table_id"],
                slot=row["slot"],
                ref=row["ref"],
            )
        )
    return found


async def next_due_s(database: Database) -> float | None:
    """Seconds until the next op falls due; `None` when none is waiting."""
    row = await database.fetchrow(_SQL["next_due_s"])
    return row["seconds"] if row is not None else None
