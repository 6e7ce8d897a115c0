"""One connection and every way it can end, over real sockets."""

import asyncio
import logging

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Opcode

from app.play import transport
from app.play.close_codes import ELSEWHERE, NORMAL, RESTARTING, SESSION_OVER
from app.play.outbox import Backlog, Kind, Outbox
from app.play.transport import MAX_INBOUND_BYTES, GameProtocol, channel_of
from engine.errors import InvariantError
from tests.play.sockets.server import (
    BOUND_S,
    TABLE,
    Live,
    PlaySocket,
    RawClient,
    close_code,
    live,
    server_frame,
)

KILOBYTE = server_frame("." * 996)
BOTTOMLESS = Backlog(max_bytes=1 << 30, max_frames=1 << 30)


async def seated(room: Live, player: str = "") -> Outbox:
    await room.until(lambda: player in room.outboxes)
    return room.outboxes[player]


def fill(outbox: Outbox) -> int:
    """Write until the kernel takes no more; how many bytes it took, within a kilobyte."""
    taken = 0
    while outbox.clear:
        outbox.send(KILOBYTE)
        taken += len(KILOBYTE)
    return taken


async def test_ready_made_frames_go_out_in_line_with_the_servers_own() -> None:
    async def echo(socket: PlaySocket, outbox: Outbox) -> None:
        while True:
            text = await socket.receive_text()
            outbox.send(server_frame(f"raw {text}"))
            await socket.send_text(f"asgi {text}")

    async with live(echo) as room, connect(room.url) as client:
        for text in ("a", "b" * 300):
            await client.send(text)
            assert [await client.recv(), await client.recv()] == [f"raw {text}", f"asgi {text}"]


async def test_compression_is_declined() -> None:
    async with live() as room, connect(room.url, compression="deflate") as client:
        assert client.protocol.extensions == []


async def test_a_server_that_compresses_is_refused() -> None:
    config = uvicorn.Config(lambda: None, ws=GameProtocol)
    config.load()
    with pytest.raises(InvariantError):
        GameProtocol(config, ServerState(), {})


async def test_nothing_is_written_before_the_handshake() -> None:
    refused = []

    def before(socket: PlaySocket) -> None:
        channel = channel_of(socket.scope)
        refused.append(channel.write_frame(KILOBYTE))
        with pytest.raises(InvariantError):
            room.hub.connect(channel)

    async with live(before=before) as room, connect(room.url) as client:
        (await seated(room)).send(server_frame("first"))
        assert await client.recv() == "first"
        assert room.hub.stats.sockets == 1
    assert refused == [False]


async def test_nothing_is_written_after_either_side_began_to_close() -> None:
    async with live() as room:
        async with connect(room.url) as client:
            outbox = await seated(room)
            await client.close()
            await room.until(lambda: outbox.closed)
        assert not outbox.send(KILOBYTE)
        async with connect(f"{room.url}?player=q") as client:
            outbox = await seated(room, "q")
            outbox.close(SESSION_OVER)
            assert not outbox.send(KILOBYTE)
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == SESSION_OVER.code
            assert client.close_reason == SESSION_OVER.reason
        await room.until(lambda: room.ended == 2 and room.hub.stats.sockets == 0)


async def test_an_ended_connection_lets_go_of_its_descriptor() -> None:
    """Its number may by then be another connection's."""
    async with live() as room, connect(room.url) as client:
        outbox = await seated(room)
        (protocol,) = room.server.server_state.connections
        assert isinstance(protocol, GameProtocol)
        direct = protocol._direct
        assert direct is not None
        assert direct in transport._borrowed
        await client.close()
        await room.until(lambda: outbox.closed)
        assert direct.fileno() == -1
        assert direct not in transport._borrowed


async def test_a_close_from_both_sides_at_once_ends_quietly(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with live() as room:
        for number in range(20):
            client = await RawClient.connect(room.port, str(number))
            outbox = await seated(room, str(number))
            await client.send(Opcode.CLOSE, NORMAL.code.to_bytes(2, "big"))
            outbox.close(SESSION_OVER)
            room.hub.broadcast(TABLE, KILOBYTE, Kind.PHASE)
            await client.read()
            client.close()
        await room.until(lambda: room.ended == 20 and room.hub.stats.sockets == 0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_handler_may_close_and_send_after_the_hub_has_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stubborn(socket: PlaySocket, outbox: Outbox) -> None:
        outbox.close(ELSEWHERE)
        await socket.close(1000)
        await socket.send_text("too late")

    async with live(stubborn) as room, connect(room.url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == ELSEWHERE.code
        await room.until(lambda: room.hub.stats.sockets == 0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_handler_that_returns_or_fails_takes_its_socket_out_of_the_hub() -> None:
    async def one_message(socket: PlaySocket, _: Outbox) -> None:
        if await socket.receive_text() == "fail":
            raise ArithmeticError("a fault")

    async with live(one_message) as room:
        for number, text in enumerate(("return", "fail")):
            async with connect(f"{room.url}?player={number}") as client:
                await client.send(text)
                with pytest.raises(ConnectionClosed):
                    await client.recv()
            await room.until(lambda: room.hub.stats.sockets == 0)
        assert room.hub.size(TABLE) == 0


async def test_the_application_can_close_a_reader_that_stands_still() -> None:
    async def fill_and_close(socket: PlaySocket, outbox: Outbox) -> None:
        fill(outbox)
        await socket.close(SESSION_OVER.code, SESSION_OVER.reason)

    async with live(fill_and_close, backlog=BOTTOMLESS) as room:
        client = await RawClient.connect(room.port, "p")
        await room.until(lambda: room.ended == 1)
        assert close_code(await client.read()) == SESSION_OVER.code
        client.close()


async def test_a_closed_reader_that_never_reads_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CLOSE_WITHIN_S", 0.1)
    async with live(backlog=BOTTOMLESS) as room:
        client = await RawClient.connect(room.port, "p")
        outbox = await seated(room, "p")
        fill(outbox)
        outbox.close(SESSION_OVER)
        assert room.hub.stats.sockets == 1
        await room.until(lambda: room.hub.stats.sockets == 0)
        client.close()


async def test_a_reader_that_stands_still_is_noticed_early() -> None:
    """Not after the megabytes a kernel is ready to hold for it."""
    async with live(backlog=BOTTOMLESS) as room:
        client = await RawClient.connect(room.port, "p", small=False)
        assert fill(await seated(room, "p")) < 256 * 1024
        client.close()


async def test_a_single_byte_left_behind_makes_a_socket_slow() -> None:
    """What is written past the transport must never overtake what is still in it."""
    async with live() as room, connect(room.url):
        await seated(room)
        (protocol,) = room.server.server_state.connections
        assert isinstance(protocol, GameProtocol)
        assert protocol.transport.get_write_buffer_limits() == (0, 0)


async def test_a_message_over_the_bound_closes_the_socket() -> None:
    async with live() as room:
        async with connect(room.url) as client:
            await client.send("x" * MAX_INBOUND_BYTES)
            await client.send("x" * (MAX_INBOUND_BYTES + 1))
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == CloseCode.MESSAGE_TOO_BIG
        await room.until(lambda: room.hub.stats.sockets == 0)


async def test_pings_are_answered_both_ways() -> None:
    async with live(ws_ping_interval=0.05, ws_ping_timeout=0.2) as room:
        silent = await RawClient.connect(room.port, "silent")
        async with connect(f"{room.url}?player=p", ping_interval=None) as client:
            outbox = await seated(room, "p")
            await asyncio.wait_for(await client.ping(), BOUND_S)
            frames = await silent.read()
            assert close_code(frames) == CloseCode.INTERNAL_ERROR
            assert outbox.send(server_frame("still here"))
            assert await client.recv() == "still here"
        await room.until(lambda: room.hub.stats.sockets == 0)
        silent.close()


async def test_a_peer_that_pings_and_never_reads_gets_no_heap_of_pongs() -> None:
    async with live(backlog=BOTTOMLESS) as room:
        client = await RawClient.connect(room.port, "p")
        outbox = await seated(room, "p")
        fill(outbox)
        for _ in range(1000):
            await client.send(Opcode.PING, b"." * 125)
        await client.send(Opcode.CLOSE, b"")
        await room.until(lambda: outbox.closed)
        (protocol,) = room.server.server_state.connections
        assert isinstance(protocol, GameProtocol)
        assert protocol.buffered_bytes < 2 * len(KILOBYTE)
        client.close()


async def test_a_server_that_stops_tells_its_sockets_to_come_back() -> None:
    async with live() as room, connect(room.url) as client:
        await seated(room)
        room.server.should_exit = True
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == RESTARTING.code


async def test_a_peer_that_resets_under_a_write_is_forgotten() -> None:
    async with live() as room:
        client = await RawClient.connect(room.port, "p")
        outbox = await seated(room, "p")
        client.reset()
        for _ in range(3):
            outbox.send(KILOBYTE)
        await room.until(lambda: room.hub.stats.sockets == 0 and room.ended == 1)
        assert not outbox.send(KILOBYTE)
