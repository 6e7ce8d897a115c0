"""A real server around a hub, and raw clients that read only when they are told to."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import uvicorn
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from app.play.close_codes import NORMAL
from app.play.hub import Hub
from app.play.outbox import Backlog, Outbox
from app.play.transport import channel_of, server_settings

PlaySocket = WebSocket[Any, Any, Any]
Handler = Callable[[PlaySocket, Outbox], Awaitable[None]]
TABLE = "table"
SNAPSHOT = "snapshot"
BOUND_S = 10.0
"""Nothing here may take longer; reaching it fails the test."""


class WatchedHub(Hub):
    """Sets `changed` whenever something happened to a socket or everything has been written."""

    changed: asyncio.Event

    def slow(self, outbox: Outbox) -> None:
        super().slow(outbox)
        self.changed.set()

    def caught_up(self, outbox: Outbox) -> None:
        super().caught_up(outbox)
        self.changed.set()

    def closing(self, outbox: Outbox) -> None:
        super().closing(outbox)
        self.changed.set()

    def lost(self, outbox: Outbox) -> None:
        super().lost(outbox)
        self.changed.set()

    def _resync_some(self) -> None:
        super()._resync_some()
        self.changed.set()


async def until_disconnected(socket: PlaySocket, _: Outbox) -> None:
    while True:
        await socket.receive_text()


def nothing(_: PlaySocket) -> None:
    pass


class Live:
    """Everybody who connects sits down at one table, as the player the query names."""

    def __init__(
        self, handler: Handler, before: Callable[[PlaySocket], None], hub: WatchedHub
    ) -> None:
        self.hub = hub
        self.hub.changed = asyncio.Event()
        self.outboxes: dict[str, Outbox] = {}
        self.ended = 0
        self.port = 0
        self.server: uvicorn.Server
        self._handler = handler
        self._before = before

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/play/ws"

    async def play(self, socket: PlaySocket) -> None:
        self._before(socket)
        await socket.accept()
        outbox = self.hub.connect(channel_of(socket.scope))
        name = socket.query_params.get("player", "")
        self.hub.identify(outbox, player=name, session=name)
        self.hub.join(outbox, TABLE)
        self.outboxes[name] = outbox
        self.hub.changed.set()
        try:
            await self._handler(socket, outbox)
        except WebSocketDisconnect:
            pass
        finally:
            self.ended += 1
            self.hub.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(BOUND_S):
            while not condition():
                self.hub.changed.clear()
                await self.hub.changed.wait()

    async def delivered(self) -> None:
        """Until every broadcast has been written or queued."""
        await self.until(lambda: self.hub.stats.pending == 0)


@asynccontextmanager
async def live(
    handler: Handler = until_disconnected,
    *,
    before: Callable[[PlaySocket], None] = nothing,
    backlog: Backlog | None = None,
    now: Callable[[], float] = time.monotonic,
    **settings: Any,
) -> AsyncIterator[Live]:
    def resync(outbox: Outbox) -> None:
        outbox.send(server_frame(SNAPSHOT))

    room = Live(handler, before, WatchedHub(resync, backlog=backlog, now=now))

    @websocket("/play/ws")
    async def play(socket: PlaySocket) -> None:
        await room.play(socket)

    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        room.port = listener.getsockname()[1]
        app = Litestar([play])
        config = uvicorn.Config(app, log_level="warning", **(server_settings() | settings))
        room.server = server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield room
        finally:
            await room.hub.close_all(NORMAL, 0.2)
            server.should_exit = True
            await running


def server_frame(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class RawClient:
    """A websocket client that reads nothing until `read`, with a receive buffer as small as the
    kernel allows."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    @classmethod
    async def connect(cls, port: int, player: str, *, small: bool = True) -> Self:
        sock = socket.socket()
        if small:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, ("127.0.0.1", port))
        request = (
            f"GET /play/ws?player={player} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await loop.sock_sendall(sock, request.encode())
        answer = b""
        async with asyncio.timeout(BOUND_S):
            while not answer.endswith(b"\r\n\r\n"):
                answer += await loop.sock_recv(sock, 1)
        assert b" 101 " in answer.splitlines()[0]
        return cls(sock)

    async def send(self, opcode: Opcode, data: bytes) -> None:
        frame = Frame(opcode, data).serialize(mask=True)
        await asyncio.get_running_loop().sock_sendall(self._sock, frame)

    async def read(self, until: Callable[[Frame], bool] = lambda _: False) -> list[Frame]:
        """Frames up to the one asked for, a close frame, or the end of the stream."""
        loop, reader, frames = asyncio.get_running_loop(), StreamReader(), list[Frame]()
        parsing = Frame.parse(reader.read_exact, mask=False)
        async with asyncio.timeout(BOUND_S):
            while True:
                try:
                    next(parsing)
                except StopIteration as parsed:
                    frames.append(parsed.value)
                    if until(parsed.value) or parsed.value.opcode is Opcode.CLOSE:
                        return frames
                    parsing = Frame.parse(reader.read_exact, mask=False)
                    continue
                try:
                    data = await loop.sock_recv(self._sock, 65536)
                except ConnectionResetError:
                    return frames
                if not data:
                    return frames
                reader.feed_data(data)

    def close(self) -> None:
        self._sock.close()

    def reset(self) -> None:
        """Go without a word: RST."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


def texts(frames: list[Frame]) -> list[str]:
    return [bytes(frame.data).decode() for frame in frames if frame.opcode is Opcode.TEXT]


def close_code(frames: list[Frame]) -> int:
    assert frames[-1].opcode is Opcode.CLOSE
    return int.from_bytes(bytes(frames[-1].data)[:2], "big")
