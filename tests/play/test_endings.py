"""Every way a connection can end, on a transport whose peer has stopped reading for good.

Such a peer is what the real sockets of the other tests cannot hold still: nothing ever drains, so a
transport that is asked to close stays open until it is aborted.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from app.play import transport
from app.play.close_codes import NORMAL, SESSION_OVER, Close
from app.play.transport import GameProtocol, server_settings

FRAME = b"\x81\x05frame"
HANDSHAKE = (
    b"GET /play/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
GOODBYE = Frame(Opcode.CLOSE, NORMAL.code.to_bytes(2, "big")).serialize(mask=True)


class StuckTransport(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = False
        self.flow: list[str] = []
        self.aborted = asyncio.Event()

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted.set()

    def pause_reading(self) -> None:
        self.flow.append("pause")

    def resume_reading(self) -> None:
        self.flow.append("resume")

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


class Sink:
    def __init__(self) -> None:
        self.told: list[str] = []

    def paused(self) -> None:
        self.told.append("paused")

    def resumed(self) -> None:
        self.told.append("resumed")

    def closing(self) -> None:
        self.told.append("closing")

    def lost(self) -> None:
        self.told.append("lost")


class Connection:
    """An accepted websocket; its application reads nothing and returns when `leave` is set."""

    def __init__(self) -> None:
        self.leave = asyncio.Event()
        self.accepted = asyncio.Event()
        self.transport = StuckTransport()
        self.sink = Sink()
        self.state = ServerState()
        config = uvicorn.Config(
            self._application, interface="asgi3", log_level="warning", **server_settings()
        )
        config.load()
        self.protocol = GameProtocol(config, self.state, {})
        self.protocol.connection_made(self.transport)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.accepted.set()
        await self.leave.wait()

    async def shake_hands(self) -> None:
        self.protocol.data_received(HANDSHAKE)
        await asyncio.wait_for(self.accepted.wait(), 5)

    async def return_from_application(self) -> None:
        self.leave.set()
        await asyncio.gather(*self.state.tasks)


@pytest.fixture
async def connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setattr(transport, "CLOSE_WITHIN_S", 0.02)
    connection = Connection()
    await connection.shake_hands()
    yield connection
    await connection.return_from_application()
    connection.protocol.connection_lost(None)


async def close_by_us(connection: Connection) -> None:
    connection.protocol.close(SESSION_OVER)


async def close_by_the_application(connection: Connection) -> None:
    await connection.protocol.send({"type": "websocket.close", "code": 4100, "reason": None})


async def close_by_the_peer(connection: Connection) -> None:
    connection.protocol.data_received(GOODBYE)


async def bad_frame(connection: Connection) -> None:
    connection.protocol.data_received(b"\xff\xff\xff\xff")


async def end_of_stream(connection: Connection) -> None:
    connection.protocol.eof_received()


async def unanswered_ping(connection: Connection) -> None:
    connection.protocol.keepalive_timeout()


async def server_stops(connection: Connection) -> None:
    connection.protocol.shutdown()


async def application_returns(connection: Connection) -> None:
    await connection.return_from_application()


Ending = Callable[[Connection], Awaitable[None]]
ENDINGS: tuple[Ending, ...] = (
    close_by_us,
    close_by_the_application,
    close_by_the_peer,
    bad_frame,
    end_of_stream,
    unanswered_ping,
    server_stops,
    application_returns,
)
every_ending = pytest.mark.parametrize("end", ENDINGS, ids=lambda ending: ending.__name__)


@every_ending
async def test_whatever_ends_a_connection_stops_our_writes_and_says_so_once(
    end: Ending, connection: Connection
) -> None:
    connection.protocol.attach(connection.sink)
    assert connection.protocol.write_frame(FRAME)
    await end(connection)
    assert connection.sink.told == ["closing"]
    assert not connection.protocol.write_frame(FRAME)
    assert connection.transport.written.count(FRAME) == 1


@every_ending
async def test_whatever_ends_a_connection_it_is_cut_in_bounded_time(
    end: Ending, connection: Connection
) -> None:
    await end(connection)
    await asyncio.wait_for(connection.transport.aborted.wait(), 5)


@every_ending
@pytest.mark.parametrize("then", ENDINGS, ids=lambda ending: ending.__name__)
async def test_two_endings_are_told_as_one(
    end: Ending, then: Ending, connection: Connection
) -> None:
    connection.protocol.attach(connection.sink)
    await end(connection)
    await then(connection)
    assert connection.sink.told == ["closing"]


async def test_a_lost_connection_is_told_as_closing_then_lost(connection: Connection) -> None:
    lost = Connection()
    await lost.shake_hands()
    lost.protocol.attach(lost.sink)
    lost.protocol.connection_lost(ConnectionResetError())
    assert lost.sink.told == ["closing", "lost"]
    assert not lost.protocol.write_frame(FRAME)
    await lost.return_from_application()


async def test_who_attaches_to_an_ended_connection_is_told_at_once() -> None:
    lost = Connection()
    await lost.shake_hands()
    lost.protocol.connection_lost(None)
    lost.protocol.attach(lost.sink)
    assert lost.sink.told == ["closing", "lost"]
    await lost.return_from_application()


async def test_who_attaches_to_a_full_connection_is_told_at_once(connection: Connection) -> None:
    connection.protocol.pause_writing()
    connection.protocol.attach(connection.sink)
    connection.protocol.resume_writing()
    assert connection.sink.told == ["paused", "resumed"]


async def test_a_connection_that_is_ending_tells_of_no_more_drains(connection: Connection) -> None:
    connection.protocol.attach(connection.sink)
    connection.protocol.pause_writing()
    connection.protocol.close(SESSION_OVER)
    connection.protocol.resume_writing()
    assert connection.sink.told == ["paused", "closing"]


async def test_an_application_that_sends_after_the_end_hears_that_its_client_is_gone(
    connection: Connection,
) -> None:
    connection.protocol.close(SESSION_OVER)
    with pytest.raises(ClientDisconnected):
        await connection.protocol.send({"type": "websocket.send", "text": "late"})


async def test_the_application_is_told_of_our_close_behind_what_it_has_not_read(
    connection: Connection,
) -> None:
    connection.protocol.data_received(Frame(Opcode.TEXT, b"bet").serialize(mask=True))
    connection.protocol.close(SESSION_OVER)
    assert (await connection.protocol.receive()).get("text") == "bet"
    assert await connection.protocol.receive() == {
        "type": "websocket.disconnect",
        "code": SESSION_OVER.code,
        "reason": SESSION_OVER.reason,
    }


async def test_our_close_waits_for_the_peers_half(connection: Connection) -> None:
    connection.protocol.data_received(Frame(Opcode.TEXT, b"unread").serialize(mask=True))
    connection.protocol.close(SESSION_OVER)
    assert connection.transport.flow == ["pause", "resume"]
    await connection.return_from_application()
    assert not connection.transport.closing
    connection.protocol.data_received(GOODBYE)
    assert connection.transport.closing


async def test_a_connection_without_handshake_is_not_closed_as_a_websocket() -> None:
    connection = Connection()
    connection.protocol.close(SESSION_OVER)
    assert connection.transport.written == []
    connection.protocol.connection_lost(None)


async def test_a_reason_too_long_for_a_control_frame_is_shortened(connection: Connection) -> None:
    connection.protocol.close(Close(4100, "é" * 100))
    assert len(connection.transport.written[-1]) == 2 + 2 + 122
