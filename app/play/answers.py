"""The words of the answers: what a player is told of their own bets, and why not."""

from uuid import UUID

from app.bets.placing import REFUSALS, Order, Standing, Ticket
from app.ledger.errors import LedgerUnavailable
from app.play import messages
from app.play.desk import LiveBet, word
from app.play.messages import BetUpdate, CashOutUpdate
from engine.bet import BetState
from engine.errors import RuleError

MESSAGES = REFUSALS | {
    "round_over": "That round no longer takes bets.",
    "unavailable": "Not available right now. Please try again.",
    "too_early": "The lowest cash-out is 1.01x.",
    "too_late": "Too late: the round has crashed.",
    "no_live_bet": "There is no bet to cash out.",
    "not_running": "The round is not running.",
    "nothing_to_cancel": "There is no bet to take back.",
    "auto_too_high": "The automatic cash-out lies above this table's largest multiplier.",
}


def live_bet(ticket: Ticket, state: BetState) -> LiveBet:
    """A ticket as its desk remembers it."""
    return LiveBet(
        ref=ticket.order.ref,
        slot=ticket.order.slot,
        stake=ticket.stake,
        auto=ticket.order.auto,
        exit_at=ticket.exit_at,
        state=state,
    )


def told_again(state: BetState) -> str:
    """The protocol's word for a bet that is answered again; money already decided is `accepted`:
    how it ended is told by `cashout` and `settled`."""
    told = word(state)
    return "accepted" if told in ("cashed_out", "lost") else told


def bet_update(ticket: Ticket, standing: Standing) -> BetUpdate:
    """Where a bet stands; a refusal by the wallet is `rejected` even while a stake goes back."""
    declined = standing.code is not None
    return BetUpdate(
        ref=ticket.order.ref,
        slot=ticket.order.slot,
        status="rejected" if declined else told_again(standing.state),
        amount=ticket.order.amount,
        bet=ticket.stake.bet,
        round=ticket.stake.round,
        auto=ticket.order.auto,
        exit=ticket.exit_at,
        balance=standing.balance,
        code=standing.code,
        message=standing.message,
    )


def refused(order: Order, error: RuleError | LedgerUnavailable) -> BetUpdate:
    """A bet that never came to stand."""
    code, text = reason(error)
    return BetUpdate(
        ref=order.ref,
        slot=order.slot,
        status="rejected",
        amount=order.amount,
        auto=order.auto,
        code=code,
        message=text,
    )


def reason(error: RuleError | LedgerUnavailable) -> tuple[str, str]:
    """Code and sentence for the player."""
    if isinstance(error, RuleError):
        return error.code, error.message
    return "unavailable", MESSAGES["unavailable"]


def cash_out_again(command: messages.CashOut, bet: LiveBet) -> CashOutUpdate:
    """The answer a bet has had before."""
    return CashOutUpdate(
        ref=command.ref,
        slot=command.slot,
        status="accepted",
        bet=bet.stake.bet,
        m=bet.multiplier,
        payout=bet.payout,
    )


def cash_out_refused(
    command: messages.CashOut, code: str, bet: UUID | None = None
) -> CashOutUpdate:
    """A cash-out that does not count, with the reason in words."""
    return CashOutUpdate(
        ref=command.ref,
        slot=command.slot,
        status="rejected",
        bet=bet,
        code=code,
        message=MESSAGES.get(code, MESSAGES["unavailable"]),
    )
