"""A server on a real socket and a client that sends exactly the bytes it is told to."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn
from litestar.types import ASGIApp

DEADLINE_S = 10


@dataclass(frozen=True)
class Call:
    """One inbound request. `target` goes on the request line as it is."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunked: bool = False

    def without(self, name: str) -> "Call":
        kept = tuple((key, value) for key, value in self.headers if key.lower() != name.lower())
        return replace(self, headers=kept)

    def adding(self, name: str, value: str) -> "Call":
        return replace(self, headers=(*self.headers, (name, value)))

    def with_header(self, name: str, value: str) -> "Call":
        return self.without(name).adding(name, value)

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def serving(app: ASGIApp) -> Iterator[int]:
    """Serve from a thread of its own until left; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(app, log_config=None, server_header=False))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        assert server.ready.wait(DEADLINE_S), "the server did not start"
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(DEADLINE_S)
        listener.close()


async def exchange(port: int, call: Call) -> Answer:
    """Send one call on a connection of its own and read the answer to its end."""
    head = [f"{call.method} {call.target} HTTP/1.1", "Connection: close"]
    if not any(name.lower() == "host" for name, _ in call.headers):
        head.append("Host: apogee.test")
    head += [f"{name}: {value}" for name, value in call.headers]
    if call.chunked:
        head.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(call.body), call.body)
    else:
        head.append(f"Content-Length: {len(call.body)}")
        body = call.body
    raw = "\r\n".join([*head, "", ""]).encode("latin-1") + body
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw)
            return _parse(await reader.read())
        finally:
            writer.close()


def _parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answer(int(status.split()[1]), headers, body)
