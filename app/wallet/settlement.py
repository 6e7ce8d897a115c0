"""Which ops a bet owes its wallet, and their ids: decided once, before anything is sent."""

from uuid import UUID

from app.dialects.base import Dialect
from app.ids import new_id
from app.ledger.entries import NewOp
from app.wallet.ops import OpKind


def debit(dialect: Dialect, bet: UUID, stake: int, lease_s: float) -> NewOp:
    """Inserted as `sending`: the process that places the bet sends it at once, and only it."""
    return NewOp(
        id=new_id(),
        seq=1,
        kind=OpKind.DEBIT,
        transaction_id=dialect.codec.transaction_id(OpKind.DEBIT, bet),
        amount=stake,
        status="sending",
        lease_s=lease_s,
    )


def rollback(dialect: Dialect, bet: UUID, stake: int) -> NewOp:
    """Gives the stake back, whether or not the debit was applied."""
    return NewOp(
        id=new_id(),
        seq=2,
        kind=OpKind.ROLLBACK,
        transaction_id=dialect.codec.transaction_id(OpKind.ROLLBACK, bet),
        original_transaction_id=dialect.codec.transaction_id(OpKind.DEBIT, bet),
        amount=stake,
    )


def after_cash_out(dialect: Dialect, bet: UUID, payout: int) -> tuple[NewOp, ...]:
    """The credit, then what the contract wants after it; each waits for the one before."""
    credit = NewOp(
        id=new_id(),
        seq=2,
        kind=OpKind.CREDIT,
        transaction_id=dialect.codec.transaction_id(OpKind.CREDIT, bet),
        amount=payout,
    )
    later = _moneyless(dialect, bet, dialect.capabilities.ops_after_win, first_seq=3)
    return (credit, *(_waiting(op) for op in later))


def after_loss(dialect: Dialect, bet: UUID) -> tuple[NewOp, ...]:
    """What the contract wants told of a bust; nothing for most."""
    ops = _moneyless(dialect, bet, dialect.capabilities.ops_after_loss, first_seq=2)
    return (*ops[:1], *(_waiting(op) for op in ops[1:]))


def _moneyless(
    dialect: Dialect, bet: UUID, kinds: tuple[OpKind, ...], first_seq: int
) -> tuple[NewOp, ...]:
    return tuple(
        NewOp(
            id=new_id(),
            seq=seq,
            kind=kind,
            transaction_id=dialect.codec.transaction_id(kind, bet),
            amount=0,
        )
        for seq, kind in enumerate(kinds, start=first_seq)
    )


def _waiting(op: NewOp) -> NewOp:
    return NewOp(
        id=op.id,
        seq=op.seq,
        kind=op.kind,
        transaction_id=op.transaction_id,
        amount=op.amount,
        status="waiting",
    )
