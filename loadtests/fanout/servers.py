"""The Python contestants, one a process. `argv`: name, ticks a second.

Prints `port N`. Commands on stdin: `g` ticks, `s` silence; end of file exits.
"""

import asyncio
import os
import select
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, cast

import uvicorn
import uvloop
import websockets.asyncio.server as websockets_server
from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import WebSocketDisconnect

from app.play.frames import text_frame
from app.play.hub import Hub
from app.play.outbox import Kind, Outbox
from app.play.transport import channel_of, server_settings
from loadtests.fanout.wire import SWITCHING, tick_payload

Broadcast = Callable[[bytes], Coroutine[Any, Any, None]]
TABLE = "table"


def announce(port: int) -> None:
    print("port", port, flush=True)


def listen() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


async def tick_on_command(rate: float, broadcast: Broadcast) -> None:
    """Broadcast `rate` ticks a second between `g` and `s`; returns at the end of stdin."""
    loop = asyncio.get_running_loop()
    ticking, ended = asyncio.Event(), asyncio.Event()

    def on_command() -> None:
        command = os.read(0, 1)
        if command == b"g":
            ticking.set()
        elif command == b"s":
            ticking.clear()
        elif not command:
            loop.remove_reader(0)
            ended.set()

    async def tick() -> None:
        number = 0
        while True:
            await ticking.wait()
            due = loop.time() + 1 / rate
            while ticking.is_set():
                await asyncio.sleep(due - loop.time())
                if ticking.is_set():
                    number += 1
                    await broadcast(tick_payload(number))
                    due += 1 / rate

    loop.add_reader(0, on_command)
    task = asyncio.create_task(tick())
    await ended.wait()
    task.cancel()


def python_send(rate: float) -> None:
    """The floor in Python: one blocking loop, one `socket.send` a socket."""
    listener, sockets = listen(), list[socket.socket]()
    announce(listener.getsockname()[1])
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    waiting.register(0, select.POLLIN)
    ticking, due, number = False, 0.0, 0
    while True:
        wait_ms = max(0.0, due - time.monotonic()) * 1000 if ticking else None
        for fd, _ in waiting.poll(wait_ms):
            if fd != 0:
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.recv(4096)
                sock.send(SWITCHING)
                sock.setblocking(False)
                sockets.append(sock)
                continue
            command = os.read(0, 1)
            if not command:
                return
            ticking, due = command == b"g", time.monotonic() + 1 / rate
        if ticking and time.monotonic() >= due:
            number += 1
            frame = text_frame(tick_payload(number))
            for sock in sockets:
                sock.send(frame)
            due += 1 / rate


async def uvloop_write(rate: float) -> None:
    """No server at all: a protocol that answers any request with 101, and its transport."""
    transports = list[asyncio.Transport]()

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.Transport, transport)

        def data_received(self, data: bytes) -> None:
            self.transport.write(SWITCHING)
            transports.append(self.transport)

    async def broadcast(payload: bytes) -> None:
        frame = text_frame(payload)
        for transport in transports:
            transport.write(frame)

    listener = listen()
    await asyncio.get_running_loop().create_server(Bare, sock=listener)
    announce(listener.getsockname()[1])
    await tick_on_command(rate, broadcast)


async def websockets_broadcast(rate: float) -> None:
    async def handle(connection: websockets_server.ServerConnection) -> None:
        await connection.wait_closed()

    listener = listen()
    async with websockets_server.serve(
        handle, sock=listener, compression=None, ping_interval=None
    ) as server:

        async def broadcast(payload: bytes) -> None:
            websockets_server.broadcast(server.connections, payload.decode())

        announce(listener.getsockname()[1])
        await tick_on_command(rate, broadcast)


async def serve(app: Litestar, rate: float, broadcast: Broadcast, **settings: Any) -> None:
    listener = listen()
    settings |= {"log_level": "error", "ws_ping_interval": None, "timeout_graceful_shutdown": 1}
    server = uvicorn.Server(uvicorn.Config(app, **settings))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    announce(listener.getsockname()[1])
    await tick_on_command(rate, broadcast)
    server.should_exit = True
    await running


async def litestar_send_text(rate: float) -> None:
    sockets = set[WebSocket[Any, Any, Any]]()

    @websocket("/play/ws")
    async def play(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        sockets.add(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    async def broadcast(payload: bytes) -> None:
        text = payload.decode()
        for connected in tuple(sockets):
            await connected.send_text(text)

    await serve(Litestar([play]), rate, broadcast, ws_per_message_deflate=False)


async def apogee(rate: float) -> None:
    def resync(outbox: Outbox) -> None:
        raise AssertionError("there is no crowd here")

    hub = Hub(resync)

    @websocket("/play/ws")
    async def play(socket: WebSocket[Any, Any, Any]) -> None:
        await socket.accept()
        outbox = hub.connect(channel_of(socket.scope))
        hub.identify(outbox, player=id(outbox), session=id(outbox))
        hub.join(outbox, TABLE)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            pass

    async def broadcast(payload: bytes) -> None:
        hub.broadcast(TABLE, text_frame(payload), Kind.TICK)

    await serve(Litestar([play]), rate, broadcast, **server_settings())


SERVERS: dict[str, Callable[[float], Coroutine[Any, Any, None]]] = {
    "uvloop": uvloop_write,
    "apogee": apogee,
    "websockets": websockets_broadcast,
    "litestar": litestar_send_text,
}


def main() -> None:
    name, rate = sys.argv[1], float(sys.argv[2])
    if name == "python":
        python_send(rate)
    else:
        uvloop.run(SERVERS[name](rate))


if __name__ == "__main__":
    main()
