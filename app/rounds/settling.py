"""What bets owe their wallets when a round ends, in the form the ledger asks for."""

from collections.abc import Mapping, Sequence

from app.dialects.base import Dialect
from app.ledger.entries import NewOp
from app.ledger.rounds import EndedBet, OwesOps
from app.wallet import settlement


def on_loss(dialects: Mapping[str, Dialect]) -> OwesOps:
    """For bets that busted."""

    def owes(bet: EndedBet) -> Sequence[NewOp]:
        return settlement.after_loss(dialects[bet.dialect], bet.id)

    return owes


def on_void(dialects: Mapping[str, Dialect]) -> OwesOps:
    """For bets that go back."""

    def owes(bet: EndedBet) -> Sequence[NewOp]:
        return (settlement.rollback(dialects[bet.dialect], bet.id, bet.stake),)

    return owes
