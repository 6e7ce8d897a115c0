"""What a player can ask for, carried out: place, cancel, cash out, queue, change the seed.

Every command is answered, once it is durable, to all of the player's sockets here; a refusal goes
to the socket that asked.
"""

import msgspec

from app.bets.placing import Betting, Order, Standing, Window
from app.bus import channels
from app.bus.base import Bus, BusTimeout
from app.bus.messages import CashOutCommand, CashOutReply
from app.clock import WallClock
from app.ledger import player_bets, tenants
from app.ledger.database import Database
from app.ledger.errors import LedgerUnavailable
from app.ledger.player_bets import QueuedBet
from app.play import messages
from app.play.answers import (
    MESSAGES,
    bet_update,
    cash_out_again,
    cash_out_refused,
    live_bet,
    reason,
    refused,
    told_again,
)
from app.play.desk import Desk, LiveBet
from app.play.frames import text_frame
from app.play.messages import BetUpdate
from app.play.outbox import Outbox
from app.play.table_view import TableView
from engine.bet import BetState
from engine.errors import RuleError

CASH_OUT_TIMEOUT_S = 15.0


class Seat(msgspec.Struct, frozen=True):
    """One socket at a desk."""

    outbox: Outbox
    desk: Desk
    view: TableView

    def tell(self, message: messages.ServerMessage) -> None:
        """To this socket alone."""
        self.outbox.send(text_frame(messages.encode(message)))


class Commands:
    """The player's use cases over one process's floor."""

    def __init__(
        self, database: Database, betting: Betting, bus: Bus, wall_clock: WallClock
    ) -> None:
        self._database = database
        self._betting = betting
        self._bus = bus
        self._wall_clock = wall_clock

    async def bet(self, seat: Seat, command: messages.PlaceBet) -> None:
        """Place now if a round is open, else queue for the next one."""
        order = Order(command.ref, command.slot, command.amount, command.auto)
        try:
            async with seat.desk.locks[command.slot]:
                self._check(seat, order)
                window = seat.view.window()
                if command.round is not None and (window is None or window.round != command.round):
                    if not await self._known_ref(seat, order):
                        raise RuleError("round_over", MESSAGES["round_over"])
                elif window is not None:
                    await self._place(seat.desk, order, window)
                elif not await self._known_ref(seat, order):
                    await self._queue(seat, order)
        except (RuleError, LedgerUnavailable) as error:
            seat.tell(refused(order, error))

    async def take_queued(self, desk: Desk, view: TableView) -> None:
        """A round has opened: what was queued becomes a bet, or is refused and dropped."""
        for intent in sorted(desk.queue.values(), key=lambda queued: queued.slot):
            order = Order(intent.ref, intent.slot, intent.stake, intent.auto)
            async with desk.locks[intent.slot]:
                window = view.window()
                if window is None or desk.queue.get(intent.slot) is not intent:
                    continue
                try:
                    await self._place(desk, order, window)
                except LedgerUnavailable as error:
                    desk.tell(refused(order, error))
                    continue
                except RuleError as error:
                    await player_bets.unqueue(self._database, desk.session.player_id, intent.slot)
                    desk.tell(refused(order, error))
                desk.queue.pop(intent.slot, None)

    async def cancel(self, seat: Seat, command: messages.Cancel) -> None:
        """Drop what is queued, or take an accepted bet back while the window is open."""
        desk = seat.desk
        try:
            async with desk.locks[command.slot]:
                if (queued := desk.queue.pop(command.slot, None)) is not None:
                    await player_bets.unqueue(self._database, desk.session.player_id, command.slot)
                    desk.tell(
                        BetUpdate(
                            ref=queued.ref,
                            slot=queued.slot,
                            status="cancelled",
                            amount=queued.stake,
                            auto=queued.auto,
                        )
                    )
                    return
                await self._take_back(seat, command)
        except (RuleError, LedgerUnavailable) as error:
            code, text = reason(error)
            seat.tell(messages.Error(code=code, message=text, ref=command.ref))

    async def cash_out(self, seat: Seat, command: messages.CashOut) -> None:
        """Ask the table's runner, which values the command when it arrives there."""
        desk = seat.desk
        bet = desk.riding(command.slot)
        if bet is None:
            left = desk.cashed_out(command.slot)
            seat.tell(
                cash_out_again(command, left) if left else cash_out_refused(command, "no_live_bet")
            )
            return
        desk.expect_cash_out(bet.stake.bet, command.ref)
        reply = await self._ask_runner(seat.view.table.id, bet)
        if reply.code or reply.multiplier is None or reply.payout is None:
            seat.tell(cash_out_refused(command, reply.code or "unavailable", bet.stake.bet))
        else:
            desk.cash_out_done(bet.stake.bet, reply.multiplier, reply.payout)

    async def set_seed(self, seat: Seat, command: messages.SetSeed) -> None:
        """Enters the leaf of every bet from the next one on; an empty one takes it back."""
        seed = command.client_seed or None
        desk = seat.desk
        await tenants.set_client_seed(self._database, desk.session.id, seed)
        desk.session = msgspec.structs.replace(desk.session, client_seed=seed)

    def _check(self, seat: Seat, order: Order) -> None:
        if seat.desk.session.expires_at <= self._wall_clock.now():
            raise RuleError("session_over", MESSAGES["session_over"])
        if order.auto is not None and order.auto > seat.view.table.cap:
            raise RuleError("auto_too_high", MESSAGES["auto_too_high"])

    async def _place(self, desk: Desk, order: Order, window: Window) -> None:
        ticket = await self._betting.place(desk.session, order, window)
        desk.queue.pop(order.slot, None)
        if not ticket.fresh:
            known = desk.bets.get(ticket.stake.bet)
            desk.tell(bet_update(ticket, Standing(known.state if known else ticket.state)))
            return
        desk.note(live_bet(ticket, BetState.DEBIT_PENDING))
        desk.tell(bet_update(ticket, Standing(BetState.DEBIT_PENDING)))
        standing = await self._betting.debit(desk.session, ticket)
        desk.note(live_bet(ticket, standing.state))
        desk.heard_balance(standing.balance)
        desk.tell(bet_update(ticket, standing))

    async def _known_ref(self, seat: Seat, order: Order) -> bool:
        """Whether this very bet was placed before: then it is told again, never placed again."""
        player = seat.desk.session.player_id
        bet = await player_bets.bet_by_ref(self._database, player, order.ref)
        if bet is None:
            return False
        if (bet.slot, bet.stake, bet.auto) != (order.slot, order.amount, order.auto):
            raise RuleError("ref_reused", MESSAGES["ref_reused"])
        seat.tell(
            BetUpdate(
                ref=bet.ref,
                slot=bet.slot,
                status=told_again(bet.status),
                amount=bet.stake,
                bet=bet.id,
                round=bet.round_id,
                auto=bet.auto,
                exit=bet.exit_at,
            )
        )
        return True

    async def _queue(self, seat: Seat, order: Order) -> None:
        desk = seat.desk
        await self._betting.check(desk.session, order, seat.view.table.cap)
        intent = QueuedBet(
            player_id=desk.session.player_id,
            slot=order.slot,
            session_id=desk.session.id,
            ref=order.ref,
            stake=order.amount,
            auto=order.auto,
        )
        await player_bets.queue_bet(self._database, intent)
        desk.queue[order.slot] = intent
        desk.tell(
            BetUpdate(
                ref=order.ref,
                slot=order.slot,
                status="queued",
                amount=order.amount,
                auto=order.auto,
            )
        )

    async def _take_back(self, seat: Seat, command: messages.Cancel) -> None:
        desk = seat.desk
        bet = desk.riding(command.slot)
        if bet is None:
            raise RuleError("nothing_to_cancel", MESSAGES["nothing_to_cancel"])
        standing = await self._betting.cancel(desk.session, bet.stake, seat.view.table.id)
        if standing.state is not BetState.ROLLBACK_PENDING:
            raise RuleError("betting_closed", MESSAGES["betting_closed"])
        desk.note(msgspec.structs.replace(bet, state=standing.state))
        desk.tell(
            BetUpdate(
                ref=bet.ref,
                slot=bet.slot,
                status="cancelled",
                amount=bet.stake.amount,
                bet=bet.stake.bet,
                round=bet.stake.round,
                auto=bet.auto,
            )
        )

    async def _ask_runner(self, table: str, bet: LiveBet) -> CashOutReply:
        command = CashOutCommand(bet.stake.round, bet.stake.bet)
        try:
            reply: CashOutReply = await self._bus.request(
                channels.table(table), command, CASH_OUT_TIMEOUT_S
            )
        except BusTimeout:
            return CashOutReply("unavailable")
        return reply
