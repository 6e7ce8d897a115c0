"""What bets owe their wallets when a round ends, and what their players are told."""

from collections.abc import Iterable, Mapping, Sequence

from app.bus.messages import EndedStake
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


def news(bets: Iterable[EndedBet]) -> tuple[EndedStake, ...]:
    """The same bets as they go over the bus."""
    return tuple(
        EndedStake(
            bet=bet.id,
            operator=bet.operator_id,
            player=bet.player_id,
            currency=bet.currency,
            slot=bet.slot,
            ref=bet.ref,
            stake=bet.stake,
        )
        for bet in bets
    )
