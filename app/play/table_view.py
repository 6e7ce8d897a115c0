"""What this process knows of a table, and telling everybody who sits at it.

Built from the runner's events alone, so it is the same whether the runner is in this process or in
another. Each broadcast is encoded once; operators see only their own players in it.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

import msgspec

from app.bets.placing import SEAL_GRACE_MS, Window
from app.bus.messages import (
    BetsCashedOut,
    CrowdBet,
    OperatorTotal,
    RoundClosed,
    RoundCrashed,
    RoundLocked,
    RoundOpened,
    RoundStarted,
    RoundTicked,
    RoundVoided,
    SnapshotReply,
    TableEvent,
)
from app.clock import Monotonic
from app.ledger.tables import GameTable
from app.play import messages
from app.play.crowd import OperatorCrowd
from app.play.frames import text_frame
from app.play.hub import Hub
from app.play.messages import PastRound
from app.play.outbox import Kind, Outbox

CROWD_EVERY_S = 0.5
HISTORY = 50

Group = tuple[str, UUID]
"""Everybody of one operator at one table."""


class Place(msgspec.Struct):
    """Where the table's round is, as last heard. Times on this process's monotonic clock."""

    phase: str = "waiting"
    round: UUID | None = None
    nonce: int = 0
    server_seed_hash: str | None = None
    closes_at_ms: int = 0
    started_ms: int = 0


class TableView:
    """One table as the sockets of this process see it."""

    def __init__(
        self,
        table: GameTable,
        snapshot: SnapshotReply,
        history: list[PastRound],
        hub: Hub,
        clock: Monotonic,
    ) -> None:
        self.table = table
        self.rules = snapshot.rules
        self.rules_hash = snapshot.rules_hash
        self.public_salt = snapshot.public_salt
        now_ms = clock.now_ms()
        self.place = Place(
            snapshot.phase,
            snapshot.round,
            snapshot.nonce,
            snapshot.server_seed_hash or None,
            now_ms + snapshot.closes_in_ms,
            now_ms - snapshot.elapsed_ms,
        )
        self.history = history
        self._hub = hub
        self._clock = clock
        self._crowds: dict[UUID, OperatorCrowd] = {}
        self._flush: asyncio.TimerHandle | None = None
        self.followers: list[Callable[[TableEvent], None]] = []
        """Told of every event after the table's own sockets were."""

    def window(self) -> Window | None:
        """The round that takes bets now, if one does."""
        place = self.place
        if place.phase != "betting" or place.round is None:
            return None
        if self._clock.now_ms() >= place.closes_at_ms:
            return None
        seal_by_ms = place.closes_at_ms + SEAL_GRACE_MS
        return Window(place.round, self.table.id, self.table.cap, seal_by_ms)

    def closes_in_ms(self) -> int | None:
        if self.place.phase != "betting":
            return None
        return max(0, self.place.closes_at_ms - self._clock.now_ms())

    def elapsed_ms(self) -> int | None:
        if self.place.phase != "running":
            return None
        return max(0, self._clock.now_ms() - self.place.started_ms)

    def group(self, operator: UUID) -> Group:
        self.crowd(operator)
        return (self.table.id, operator)

    def crowd(self, operator: UUID) -> OperatorCrowd:
        crowd = self._crowds.get(operator)
        if crowd is None:
            crowd = self._crowds[operator] = OperatorCrowd()
        return crowd

    def resync(self, outbox: Outbox, operator: UUID) -> None:
        """Give a socket that missed changes the whole list."""
        if self.place.round is not None:
            whole = self.crowd(operator).whole(self.place.round)
            outbox.send(text_frame(messages.encode(whole)))

    def handle(self, event: TableEvent) -> None:
        """Called by the bus, in order."""
        match event:
            case RoundOpened():
                self._opened(event)
            case RoundTicked(round_id, elapsed_ms, multiplier):
                self._ticked(round_id, elapsed_ms, multiplier)
            case CrowdBet():
                if event.round == self.place.round:
                    self.crowd(event.operator).apply(event)
                    self._flush_soon()
            case BetsCashedOut(round_id, leavers):
                if round_id == self.place.round:
                    for leaver in leavers:
                        self.crowd(leaver.operator).leave(leaver)
            case RoundClosed():
                pass
            case RoundLocked():
                self.place.phase = "locked"
                self._locked(event)
            case RoundStarted(round_id):
                self.place.phase = "running"
                self.place.started_ms = self._clock.now_ms()
                self._tell_all(messages.Running(round=round_id))
            case RoundCrashed():
                self._crashed(event)
            case RoundVoided():
                self.place.phase = "void"
                self._tell_all(messages.Void(round=event.round, reason=event.reason))
        for follower in tuple(self.followers):
            follower(event)

    def _opened(self, event: RoundOpened) -> None:
        closes_at_ms = self._clock.now_ms() + event.closes_in_ms
        self.place = Place(
            "betting", event.round, event.nonce, event.server_seed_hash, closes_at_ms
        )
        self._crowds = {operator: OperatorCrowd() for operator in self._crowds}
        self._tell_all(
            messages.Betting(
                round=event.round,
                hash=event.server_seed_hash,
                rules_hash=event.rules_hash,
                closes_in=event.closes_in_ms,
                nonce=event.nonce,
            )
        )

    def _locked(self, event: RoundLocked) -> None:
        self._flush_crowds()
        by_operator = {total.operator: total for total in event.totals}
        for operator in self._crowds:
            total = by_operator.get(operator) or OperatorTotal(operator, 0, {})
            frame = _frame(
                messages.Locked(
                    round=event.round,
                    client_seed=event.client_seed,
                    bets_root=event.bets_root,
                    players=total.players,
                    stake_total=total.stakes,
                )
            )
            self._hub.broadcast((self.table.id, operator), frame, Kind.PHASE)

    def _ticked(self, round_id: UUID, elapsed_ms: int, multiplier: int) -> None:
        plain: bytes | None = None
        for operator, crowd in self._crowds.items():
            outs = crowd.take_outs()
            if outs is not None:
                tick = messages.Tick(round=round_id, e=elapsed_ms, m=multiplier, out=outs)
                self._hub.broadcast((self.table.id, operator), _frame(tick), Kind.OUTS)
                continue
            if plain is None:
                plain = _frame(messages.Tick(round=round_id, e=elapsed_ms, m=multiplier))
            self._hub.broadcast((self.table.id, operator), plain, Kind.TICK)

    def _crashed(self, event: RoundCrashed) -> None:
        self.place.phase = "crashed"
        earlier = [past for past in self.history if past.round != event.round]
        self.history = [PastRound(event.round, event.multiplier), *earlier[: HISTORY - 1]]
        self._tell_all(
            messages.Crashed(
                round=event.round,
                m=event.multiplier,
                server_seed=event.server_seed,
                client_seed=event.client_seed,
                nonce=event.nonce,
            )
        )

    def _tell_all(self, message: messages.ServerMessage) -> None:
        frame = _frame(message)
        for operator in self._crowds:
            self._hub.broadcast((self.table.id, operator), frame, Kind.PHASE)

    def _flush_soon(self) -> None:
        if self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(CROWD_EVERY_S, self._flush_crowds)

    def _flush_crowds(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if self.place.round is None:
            return
        for operator, crowd in self._crowds.items():
            changes = crowd.take_changes(self.place.round)
            if changes is not None:
                self._hub.broadcast((self.table.id, operator), _frame(changes), Kind.CROWD)


def _frame(message: messages.ServerMessage) -> bytes:
    return text_frame(messages.encode(message))
