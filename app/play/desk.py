"""A player's place at a table: their two slots, what is queued, and what they have been told.

One desk serves all of a player's sockets in this process. The ledger is the truth; a desk only
remembers enough to answer at once, and is loaded again from the ledger when a player comes back.
"""

import asyncio
from collections.abc import Iterable
from uuid import UUID

import msgspec

from app.bus.messages import BetMoved, EndedStake, Leaver
from app.ledger.entries import Stake
from app.ledger.player_bets import PlayerBet, QueuedBet
from app.ledger.tenants import Session
from app.play import messages
from app.play.frames import text_frame
from app.play.hub import Hub
from app.play.messages import MyBet
from engine.bet import BetState
from engine.limits import liability

DeskKey = tuple[UUID, str, str]
"""Player, table, currency."""

_WORDS = {
    BetState.DEBIT_PENDING: "pending",
    BetState.ACCEPTED: "accepted",
    BetState.REJECTED: "rejected",
    BetState.LOST: "lost",
    BetState.CREDIT_PENDING: "cashed_out",
    BetState.CREDITED: "cashed_out",
    BetState.CREDIT_PARKED: "cashed_out",
    BetState.ROLLBACK_PENDING: "cancelled",
    BetState.ROLLED_BACK: "refunded",
    BetState.ROLLBACK_PARKED: "cancelled",
    BetState.CONFLICT: "cancelled",
}


class LiveBet(msgspec.Struct, frozen=True, kw_only=True):
    """A bet of the current round."""

    ref: str
    slot: int
    stake: Stake
    auto: int | None
    exit_at: int
    state: BetState
    multiplier: int | None = None
    payout: int | None = None

    def shown(self) -> MyBet:
        return MyBet(
            ref=self.ref,
            slot=self.slot,
            status=_WORDS[self.state],
            amount=self.stake.amount,
            bet=self.stake.bet,
            round=self.stake.round,
            auto=self.auto,
            exit=self.exit_at,
            m=self.multiplier,
            payout=self.payout,
        )


def word(state: BetState) -> str:
    """A bet's state as the protocol's `status`."""
    return _WORDS[state]


class Desk:
    """See the module's text."""

    def __init__(self, session: Session, hub: Hub) -> None:
        self.key: DeskKey = (session.player_id, session.table_id, session.currency)
        self.session = session
        self.balance = session.balance
        self.bets: dict[UUID, LiveBet] = {}
        self.queue: dict[int, QueuedBet] = {}
        self.locks = (asyncio.Lock(), asyncio.Lock())
        """One a slot: place and cancel of a slot happen in the order they were sent."""
        self.leave_timer: asyncio.TimerHandle | None = None
        self.loading: asyncio.Task[None] | None = None
        """Reads the ledger once; whoever sits down waits for it."""
        self._hub = hub
        self._cash_out_refs: dict[UUID, str] = {}
        self._told_out: set[UUID] = set()

    def load(self, bets: Iterable[PlayerBet], queued: Iterable[QueuedBet]) -> None:
        """Take over what the ledger says, without undoing what happened since it was read."""
        for row in bets:
            if row.currency != self.session.currency or row.id in self.bets:
                continue
            self.bets[row.id] = LiveBet(
                ref=row.ref,
                slot=row.slot,
                stake=Stake(
                    bet=row.id,
                    round=row.round_id,
                    operator=self.session.operator_id,
                    session=self.session.id,
                    currency=row.currency,
                    amount=row.stake,
                    liability=liability(row.stake, row.exit_at),
                ),
                auto=row.auto,
                exit_at=row.exit_at,
                state=row.status,
                multiplier=row.cashout_multiplier,
                payout=row.payout,
            )
        for intent in queued:
            self.queue.setdefault(intent.slot, intent)

    def shown(self) -> tuple[MyBet, ...]:
        """What `welcome` restores."""
        live = [bet.shown() for bet in self.bets.values() if bet.state is not BetState.REJECTED]
        waiting = [
            MyBet(ref=q.ref, slot=q.slot, status="queued", amount=q.stake, auto=q.auto)
            for q in self.queue.values()
        ]
        return (*live, *waiting)

    def riding(self, slot: int) -> LiveBet | None:
        """The slot's bet that may be cashed out or cancelled."""
        return next(
            (
                bet
                for bet in self.bets.values()
                if bet.slot == slot and bet.state is BetState.ACCEPTED
            ),
            None,
        )

    def cashed_out(self, slot: int) -> LiveBet | None:
        """The slot's bet that has left, for a repeated command."""
        return next(
            (bet for bet in self.bets.values() if bet.slot == slot and bet.multiplier is not None),
            None,
        )

    def note(self, bet: LiveBet) -> None:
        self.bets[bet.stake.bet] = bet

    def next_round(self) -> None:
        """Forget the last round's bets: the page has been told how each ended or will be."""
        self.bets.clear()
        self._cash_out_refs.clear()
        self._told_out.clear()

    def tell(self, message: messages.ServerMessage) -> None:
        """To all of the player's sockets here."""
        self._hub.send_to_player(self.key, text_frame(messages.encode(message)))

    def heard_balance(self, balance: int | None) -> None:
        if balance is not None:
            self.balance = balance

    # What happens to bets elsewhere

    def expect_cash_out(self, bet: UUID, ref: str) -> None:
        """A command is on its way: its answer carries the command's `ref`."""
        self._cash_out_refs.setdefault(bet, ref)

    def cash_out_done(self, bet: UUID, multiplier: int, payout: int) -> None:
        """Told once a bet, whether the news or the command's answer comes first."""
        live = self.bets.get(bet)
        if live is None or bet in self._told_out:
            return
        self._told_out.add(bet)
        self.note(
            msgspec.structs.replace(
                live, state=BetState.CREDIT_PENDING, multiplier=multiplier, payout=payout
            )
        )
        self.tell(
            messages.CashOutUpdate(
                ref=self._cash_out_refs.pop(bet, live.ref),
                slot=live.slot,
                status="accepted",
                bet=bet,
                m=multiplier,
                payout=payout,
            )
        )

    def left(self, leaver: Leaver) -> None:
        self.cash_out_done(leaver.bet, leaver.multiplier, leaver.payout)

    def lost(self, ended: EndedStake) -> None:
        live = self.bets.get(ended.bet)
        if live is not None:
            self.note(msgspec.structs.replace(live, state=BetState.LOST, payout=0))
        self.tell(messages.Settled(bet=ended.bet, slot=ended.slot, payout=0))

    def returning(self, ended: EndedStake) -> None:
        live = self.bets.get(ended.bet)
        if live is not None:
            self.note(msgspec.structs.replace(live, state=BetState.ROLLBACK_PENDING))

    def moved(self, news: BetMoved) -> None:
        """The wallet has answered for one of this player's bets."""
        self.heard_balance(news.balance)
        live = self.bets.get(news.bet)
        if live is not None:
            self.note(msgspec.structs.replace(live, state=news.state))
        if news.state is BetState.CREDITED:
            self.tell(
                messages.Settled(
                    bet=news.bet, slot=news.slot, payout=news.payout or 0, balance=news.balance
                )
            )
        elif news.state in (BetState.ROLLED_BACK, BetState.ROLLBACK_PENDING, BetState.REJECTED):
            self.tell(
                messages.BetUpdate(
                    ref=news.ref,
                    slot=news.slot,
                    status=word(news.state),
                    amount=news.amount,
                    bet=news.bet,
                    balance=news.balance,
                )
            )
