"""Placing a bet: intent committed, debit sent, outcome committed; and taking it back.

`place` returns once bet and debit are on disk; `debit` then makes the one call there will ever be.
A process that dies between the two leaves a lease to lapse, and the stake goes back.
"""

import secrets
from uuid import UUID

import msgspec

from app.bus import channels
from app.bus.base import Bus
from app.bus.messages import CrowdBet, OpsDue
from app.clock import Monotonic
from app.ids import new_id
from app.ledger.entries import CancelBet, FinishDebit, NewOp, NotPlaced, PlaceBet, Stake
from app.ledger.journal import Journal
from app.ledger.tenants import Session
from app.operators.directory import Directory, Known
from app.operators.limits import max_exposure, money_limits, stake_limits
from app.wallet import settlement
from app.wallet.execution import Attempt, Wallets
from app.wallet.ops import Accepted, Declined, NeverSent, OpKind, Unknown, WalletOp
from engine.bet import BetState
from engine.errors import InvariantError, RuleError
from engine.limits import exit_multiplier, liability

SEAL_GRACE_MS = 1_500
"""How long after the window's end a debit may still be accepted."""
LEASE_SLACK_S = 5
LEASE_MARGIN_MS = 1_000
"""A debit is over this long before others may take it for abandoned and send the stake back."""

REFUSALS = {
    "betting_closed": "The betting window has closed.",
    "slot_taken": "There is a bet in this slot already.",
    "ref_reused": "This bet's reference was used for another bet.",
    "exposure_limit": "This round cannot take any more bets of this size.",
    "daily_loss_limit": "Your loss limit for today is reached.",
    "operator_inactive": "Betting is not available at this casino right now.",
    "session_over": "The session is over. Please open the game again.",
    "currency_not_allowed": "This currency is not available.",
}


class Order(msgspec.Struct, frozen=True):
    """What a player asks for. `auto` in hundredths."""

    ref: str
    slot: int
    amount: int
    auto: int | None


class Window(msgspec.Struct, frozen=True):
    """A round that takes bets; `seal_by_ms` on this process's monotonic clock."""

    round: UUID
    table: str
    cap: int
    seal_by_ms: int


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A committed bet."""

    stake: Stake
    order: Order
    exit_at: int
    window: Window
    debit: NewOp
    over_by_ms: int
    """On this process's monotonic clock: the debit's lease lets it have its answer until then."""
    fresh: bool
    """False when the same bet had been placed before: nothing is left to do for it."""
    state: BetState


class Standing(msgspec.Struct, frozen=True):
    """Where a bet stands after its debit or its cancellation, and what to tell the player."""

    state: BetState
    balance: int | None = None
    code: str | None = None
    message: str | None = None


class Betting:
    """The use cases of a bet before the flight. One a process."""

    def __init__(
        self,
        journal: Journal,
        wallets: Wallets,
        directory: Directory,
        bus: Bus,
        clock: Monotonic,
    ) -> None:
        self._journal = journal
        self._wallets = wallets
        self._directory = directory
        self._bus = bus
        self._clock = clock

    async def check(self, session: Session, order: Order, cap: int) -> None:
        """Whether the bet would be within its limits. Raises `RuleError` if not."""
        known = await self._known(session)
        limits = stake_limits(known.operator, session.currency)
        exit_multiplier(order.amount, order.auto, cap, limits)

    async def place(self, session: Session, order: Order, window: Window) -> Ticket:
        """Commit the bet and its debit. Raises `RuleError` with a reason for the player."""
        known = await self._known(session)
        operator = known.operator
        limits = stake_limits(operator, session.currency)
        exit_at = exit_multiplier(order.amount, order.auto, window.cap, limits)
        bet = new_id()
        stake = Stake(
            bet=bet,
            round=window.round,
            operator=operator.id,
            session=session.id,
            currency=session.currency,
            amount=order.amount,
            liability=liability(order.amount, exit_at),
        )
        dialect = self._wallets.dialect(operator.dialect)
        lease_s = max(0, self._deadline_s(known, window)) + LEASE_SLACK_S
        # Counted from before the commit: the lease itself begins no earlier.
        over_by_ms = self._clock.now_ms() + int(lease_s * 1000) - LEASE_MARGIN_MS
        debit = settlement.debit(dialect, bet, order.amount, lease_s)
        result = await self._journal.submit(
            PlaceBet(
                stake=stake,
                player=session.player_id,
                slot=order.slot,
                ref=order.ref,
                auto=order.auto,
                exit_at=exit_at,
                client_seed=session.client_seed,
                leaf_salt=secrets.token_hex(16),
                debit=debit,
                max_exposure=max_exposure(operator, session.currency),
                max_daily_loss=money_limits(operator, session.currency).max_daily_loss,
            )
        )
        if isinstance(result, NotPlaced):
            raise RuleError(result.code, REFUSALS[result.code])
        return Ticket(
            stake=msgspec.structs.replace(stake, bet=result.bet),
            order=order,
            exit_at=exit_at,
            window=window,
            debit=debit,
            over_by_ms=over_by_ms,
            fresh=result.fresh,
            state=result.state,
        )

    async def debit(self, session: Session, ticket: Ticket) -> Standing:
        """Send the debit of a fresh ticket, once, and commit what came of it."""
        known = await self._directory.get(session.operator_id)
        if known is None:
            raise InvariantError("an operator with a placed bet is known")
        attempt = await self._send(session, ticket, known)
        dialect = self._wallets.dialect(known.operator.dialect)
        rollback = settlement.rollback(dialect, ticket.stake.bet, ticket.stake.amount)
        entry = _finish(ticket, attempt, rollback)
        state = await self._journal.submit(entry)
        if state is BetState.ACCEPTED:
            self._bus.publish(
                channels.table(ticket.window.table), _crowd(session, ticket.stake, live=True)
            )
        elif state is BetState.ROLLBACK_PENDING:
            self._bus.publish(channels.WALLET, OpsDue())
        if state is BetState.ROLLBACK_PENDING and entry.outcome == "accepted":
            return Standing(state, entry.balance, "too_late", REFUSALS["betting_closed"])
        return Standing(state, entry.balance, entry.code, entry.message)

    async def cancel(self, session: Session, stake: Stake, table: str) -> Standing:
        """Take an accepted bet back. A state other than ROLLBACK_PENDING says it was too late."""
        known = await self._known(session)
        dialect = self._wallets.dialect(known.operator.dialect)
        rollback = settlement.rollback(dialect, stake.bet, stake.amount)
        state = await self._journal.submit(CancelBet(stake=stake, rollback=rollback))
        if state is BetState.ROLLBACK_PENDING:
            self._bus.publish(channels.table(table), _crowd(session, stake, live=False))
            self._bus.publish(channels.WALLET, OpsDue())
        return Standing(state)

    async def _send(self, session: Session, ticket: Ticket, known: Known) -> Attempt:
        lease_left_s = (ticket.over_by_ms - self._clock.now_ms()) / 1000
        deadline_s = min(self._deadline_s(known, ticket.window), lease_left_s)
        if deadline_s <= 0:
            # Also the way out of a process that slept past its own lease.
            return Attempt(NeverSent("no time was left"), None)
        op = WalletOp(
            id=ticket.debit.id,
            kind=OpKind.DEBIT,
            transaction_id=ticket.debit.transaction_id,
            original_transaction_id=None,
            amount=ticket.stake.amount,
            currency=ticket.stake.currency,
            bet=ticket.stake.bet,
            stake=ticket.stake.amount,
            multiplier=None,
            session=session.id,
            player=session.player,
            title=session.title,
        )
        return await self._wallets.attempt(op, session.operator_id, deadline_s)

    def _deadline_s(self, known: Known, window: Window) -> float:
        dialect = self._wallets.dialect(known.operator.dialect)
        left_ms = window.seal_by_ms - self._clock.now_ms()
        return min(dialect.capabilities.debit_deadline_ms, SEAL_GRACE_MS, left_ms) / 1000

    async def _known(self, session: Session) -> Known:
        known = await self._directory.get(session.operator_id)
        if known is None or not known.operator.active:
            raise RuleError("operator_inactive", REFUSALS["operator_inactive"])
        return known


def _finish(ticket: Ticket, attempt: Attempt, rollback: NewOp) -> FinishDebit:
    """The entry an outcome makes. Whatever is not an explicit yes or no is unknown."""
    outcome = attempt.outcome
    entry = FinishDebit(
        stake=ticket.stake,
        op=ticket.debit.id,
        outcome="unknown",
        rollback=rollback,
        code="wallet_unavailable",
        message="The casino did not confirm the bet. A stake it took is on its way back.",
        body_sha256=attempt.body_sha256,
    )
    replace = msgspec.structs.replace
    match outcome:
        case Accepted(balance):
            return replace(entry, outcome="accepted", balance=balance, code=None, message=None)
        case Declined(code, message):
            return replace(
                entry, outcome="declined", code=code, message=message, reason=f"declined: {code}"
            )
        case NeverSent(reason):
            return replace(
                entry, outcome="unsent", message="The casino cannot be reached.", reason=reason
            )
        case Unknown(reason):
            return replace(entry, reason=reason)


def _crowd(session: Session, stake: Stake, *, live: bool) -> CrowdBet:
    return CrowdBet(
        round=stake.round,
        bet=stake.bet,
        operator=stake.operator,
        player=session.player,
        stake=stake.amount,
        currency=stake.currency,
        live=live,
    )
