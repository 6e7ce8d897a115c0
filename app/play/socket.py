"""`/play/ws`: one socket from hello to goodbye."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from app.clock import WallClock
from app.ledger import tenants
from app.ledger.database import Database
from app.ledger.errors import LedgerUnavailable
from app.ledger.tenants import Session
from app.log import get_logger
from app.operators.directory import Directory
from app.operators.limits import money_limits
from app.play import messages
from app.play.close_codes import (
    BAD_FRAMES,
    BAD_ORIGIN,
    BAD_SESSION,
    BAD_VERSION,
    FAULT,
    HELLO_TIMEOUT,
    OVERLOADED,
    RATE_LIMITED,
    SESSION_OVER,
    SUSPENDED,
    Close,
)
from app.play.commands import Commands, Seat
from app.play.floor import Floor
from app.play.messages import ClientMessage
from app.play.outbox import Outbox
from app.play.rate import TokenBucket
from app.play.tokens import PlayTokens
from app.play.transport import channel_of
from engine.curve import DIVISOR
from engine.money import exponent
from engine.rules import MIN_CASHOUT

log = get_logger(__name__)

PlaySocket = WebSocket[Any, Any, Any]

HELLO_S = 5.0
MAX_BAD_FRAMES = 10
MAX_COMMANDS = 16
"""Commands of one socket under way at a time; a page needs two."""


class Refusal(Exception):
    """The socket cannot go on."""

    def __init__(self, close: Close) -> None:
        super().__init__(close.reason)
        self.close = close


class PlayRoom(msgspec.Struct, frozen=True):
    """What a socket needs of the process it is in."""

    floor: Floor
    commands: Commands
    database: Database
    directory: Directory
    tokens: PlayTokens
    wall_clock: WallClock


@websocket("/play/ws", opt={"exclude_from_auth": True})
async def play_socket(socket: PlaySocket, play_room: NamedDependency[PlayRoom]) -> None:
    """Litestar's handshake; frames go out through the hub, never through Litestar."""
    await socket.accept()
    outbox = play_room.floor.hub.connect(channel_of(socket.scope))
    seat: Seat | None = None
    try:
        with suppress(WebSocketDisconnect):
            if not _same_origin(socket):
                raise Refusal(BAD_ORIGIN)
            seat = await _hello(socket, outbox, play_room)
            await _Conversation(socket, seat, play_room).run()
    except Refusal as refusal:
        outbox.close(refusal.close)
    except (LedgerUnavailable, LookupError):
        outbox.close(OVERLOADED)
    except Exception as error:
        log.exception("socket_failed", error=type(error).__name__)
        outbox.close(FAULT)
    finally:
        if seat is not None:
            play_room.floor.stand_up(seat.desk)


def _same_origin(socket: PlaySocket) -> bool:
    """Browsers always say where a page came from; only our own pages may play."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


async def _hello(socket: PlaySocket, outbox: Outbox, room: PlayRoom) -> Seat:
    try:
        async with asyncio.timeout(HELLO_S):
            text = await socket.receive_data(mode="text")
    except TimeoutError:
        raise Refusal(HELLO_TIMEOUT) from None
    try:
        hello = messages.decode_client(text)
    except msgspec.DecodeError:
        raise Refusal(BAD_FRAMES) from None
    if not isinstance(hello, messages.Hello):
        raise Refusal(BAD_FRAMES)
    if hello.v != messages.VERSION:
        raise Refusal(BAD_VERSION)
    session = await live_session(room, hello.session)
    known = await room.directory.get(session.operator_id)
    if known is None or not known.operator.active:
        raise Refusal(SUSPENDED)
    view = await room.floor.view(session.table_id)
    desk = await room.floor.sit(session, view)
    money = money_limits(known.operator, session.currency)
    limits = messages.Limits(
        currency=session.currency,
        exponent=exponent(session.currency),
        min_stake=money.min_stake,
        max_stake=money.max_stake,
        min_auto=MIN_CASHOUT,
        cap=view.table.cap,
        max_win=money.max_win,
    )
    seat = Seat(outbox, desk, view)
    # No await from here on: the socket gets exactly what happens after its welcome.
    room.floor.hub.identify(outbox, player=desk.key, session=session.id)
    room.floor.hub.join(outbox, view.group(session.operator_id))
    seat.tell(_welcome(seat, limits, room.wall_clock))
    return seat


async def live_session(room: PlayRoom, token: str) -> Session:
    """The session a page's secret stands for. Raises `Refusal`."""
    session_id = room.tokens.check(token)
    session = await tenants.session_by_id(room.database, session_id) if session_id else None
    if session is None:
        raise Refusal(BAD_SESSION)
    if session.revoked_at is not None or session.expires_at <= room.wall_clock.now():
        raise Refusal(SESSION_OVER)
    return session


def _welcome(seat: Seat, limits: messages.Limits, clock: WallClock) -> messages.Welcome:
    view, desk = seat.view, seat.desk
    crowd = view.crowd(desk.session.operator_id)
    return messages.Welcome(
        v=messages.VERSION,
        now=int(clock.now().timestamp() * 1000),
        phase=view.place.phase,
        round=view.place.round,
        hash=view.place.server_seed_hash,
        rules_hash=view.rules_hash,
        rules=view.rules,
        public_salt=view.public_salt,
        elapsed=view.elapsed_ms(),
        closes_in=view.closes_in_ms(),
        curve=messages.Curve(view.table.growth, DIVISOR),
        balance=desk.balance,
        bets=desk.shown(),
        history=tuple(view.history),
        limits=limits,
        players=crowd.players,
        crowd=crowd.told(),
        client_seed=desk.session.client_seed,
    )


class _Conversation:
    """A seated socket's frames, in: bounded in size, rate and commands under way."""

    def __init__(self, socket: PlaySocket, seat: Seat, room: PlayRoom) -> None:
        self._socket = socket
        self._seat = seat
        self._room = room
        self._bucket = TokenBucket(time.monotonic())
        self._bad = 0
        self._under_way = 0

    async def run(self) -> None:
        """Until the peer goes, which raises `WebSocketDisconnect`."""
        while True:
            text = await self._socket.receive_data(mode="text")
            if not self._bucket.take(time.monotonic()):
                raise Refusal(RATE_LIMITED)
            try:
                message = messages.decode_client(text)
            except msgspec.DecodeError as error:
                self._complain("bad_frame", str(error)[:200])
                continue
            self._dispatch(message)

    def _dispatch(self, message: ClientMessage) -> None:
        commands, seat = self._room.commands, self._seat
        match message:
            case messages.Ping(t):
                seat.tell(messages.Pong(t=t))
            case messages.PlaceBet():
                self._start(commands.bet(seat, message), message.ref)
            case messages.Cancel():
                self._start(commands.cancel(seat, message), message.ref)
            case messages.CashOut():
                self._start(commands.cash_out(seat, message), message.ref)
            case messages.SetSeed():
                self._start(commands.set_seed(seat, message), None)
            case messages.Hello():
                self._complain("bad_frame", "hello is said once")

    def _start(self, work: Coroutine[object, object, None], ref: str | None) -> None:
        if self._under_way >= MAX_COMMANDS:
            work.close()
            busy = messages.Error(code="busy", message="Too many commands at once.", ref=ref)
            self._seat.tell(busy)
            return
        self._under_way += 1
        # Not tied to the socket: a bet placed just before a drop is carried out all the same.
        self._room.floor.spawn(self._carry_out(work, ref))

    async def _carry_out(self, work: Coroutine[object, object, None], ref: str | None) -> None:
        try:
            await work
        except Exception as error:
            log.exception("command_failed", error=type(error).__name__)
            fault = messages.Error(
                code="unavailable", message="Something went wrong on our side.", ref=ref
            )
            self._seat.tell(fault)
        finally:
            self._under_way -= 1

    def _complain(self, code: str, text: str) -> None:
        self._bad += 1
        self._seat.tell(messages.Error(code=code, message=text))
        if self._bad > MAX_BAD_FRAMES:
            raise Refusal(BAD_FRAMES)
