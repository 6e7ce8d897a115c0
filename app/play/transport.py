"""Uvicorn's websocket protocol, opened up so that ready-made frames can be written to it.

Started with `server_settings()`, the server puts each connection's protocol object into the ASGI
scope, where `channel_of(scope)` finds it. Framing a message once and writing the same bytes to
every transport costs little more than the system calls. The price is that nothing but this file
stands between a writer and a connection that is going away: every way a connection can end passes
`_stop_writes`, and nothing of ours is written after it.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame

from app.play.close_codes import RESTARTING, Close
from engine.errors import require

MAX_INBOUND_BYTES: Final = 4096
"""A longer message closes the connection with 1009."""
UNSENT_BYTES: Final = 8 * 1024
"""How much the kernel may hold unsent for one socket. Without it a reader that stands still is
noticed after megabytes, when what is queued for it is minutes old."""
CLOSE_WITHIN_S: Final = 3.0
"""From the first step of a close until the connection is cut, whatever the peer does."""
MAX_REASON_BYTES: Final = 123
"""RFC 6455, 5.5.1: a control frame holds 125 bytes, two of them the code."""

_EXTENSION: Final = "apogee.play"

_borrowed: set[socket.socket] = set()
"""Socket objects on descriptors that belong to a transport. Kept from the garbage collector, which
would close them, until they have let go."""


class Sink(Protocol):
    """Who is told how the connection fares. `closing`, then `lost`, come exactly once each."""

    def paused(self) -> None: ...
    def resumed(self) -> None: ...
    def closing(self) -> None: ...
    def lost(self) -> None: ...


def server_settings() -> dict[str, Any]:
    """Keyword arguments every uvicorn that serves the play socket needs."""
    return {
        "ws": GameProtocol,
        "ws_max_size": MAX_INBOUND_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "timeout_graceful_shutdown": 10,
        "server_header": False,
    }


def channel_of(scope: Mapping[str, Any]) -> "GameProtocol":
    """The connection behind a websocket scope. `InvariantError` if the server was started without
    `server_settings()`, as test clients that open no socket are."""
    extension = scope["extensions"].get(_EXTENSION)
    require(extension is not None, "the play socket needs a server with GameProtocol")
    return cast("GameProtocol", extension["protocol"])


class GameProtocol(WebSocketsSansIOProtocol):
    """One websocket connection. A `Channel` for its outbox from the accepted handshake on."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        require(not config.ws_per_message_deflate, "raw frames need compression to be off")
        super().__init__(config, server_state, app_state, _loop)
        self._sink: Sink | None = None
        self._ending = False
        self._lost = False
        self._cut_timer: asyncio.TimerHandle | None = None
        self._direct: socket.socket | None = None

    # What an outbox uses

    @property
    def is_open(self) -> bool:
        """Handshake done, no close begun by either side."""
        return self.handshake_complete and not self._ending and not self.close_sent

    @property
    def raw_write(self) -> Callable[[bytes], object]:
        return self.transport.write

    def open_direct(self) -> Callable[[bytes], int]:
        """`socket.send` on the transport's own descriptor, good for as long as the transport has
        nothing buffered. It touches less memory than the transport's `write`, which with thousands
        of sockets is a tenth of what a frame costs. Encrypted connections have none, and get the
        transport's in its shape."""
        require(self.handshake_complete, "a socket is written to before its handshake is done")
        plain = self.transport.get_extra_info("socket")
        if self._ending or plain is None or self.scheme == "wss":
            return self._write_all
        self._direct = socket.socket(plain.family, plain.type, plain.proto, plain.fileno())
        self._direct.setblocking(False)
        _borrowed.add(self._direct)
        return self._direct.send

    def _write_all(self, frame: bytes) -> int:
        self.transport.write(frame)
        return len(frame)

    @property
    def buffered_bytes(self) -> int:
        """Written but not yet taken by the kernel."""
        return 0 if self._lost else self.transport.get_write_buffer_size()

    def attach(self, sink: Sink) -> None:
        """Tell `sink` from now on. Only after the handshake, and only one."""
        require(self.handshake_complete, "a socket is attached before its handshake is done")
        require(self._sink is None, "a socket is attached twice")
        self._sink = sink
        if self._ending:
            sink.closing()
            if self._lost:
                sink.lost()
        elif not self.writable.is_set():
            sink.paused()

    def write_frame(self, frame: bytes) -> bool:
        """Write whole frames, unless the handshake is not done or a close has begun: then False."""
        if not self.is_open:
            return False
        self.transport.write(frame)
        return True

    def close(self, close: Close) -> None:
        """Send a close frame behind what was written, tell the application it is disconnected, and
        cut the connection if the peer does not end it within `CLOSE_WITHIN_S`. Idempotent."""
        if not self.is_open:
            return
        self._stop_writes()
        self.stop_keepalive()
        reason = close.reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": close.code, "reason": reason}
        )
        self.conn.send_close(close.code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            # The peer's half of the closing handshake has to be read.
            self.read_paused = False
            self.transport.resume_reading()
        # Uvicorn keeps the transport open after the application has returned while this is set.
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    def abort(self) -> None:
        """Cut the connection, unsent bytes and all."""
        self._stop_writes()
        self.transport.abort()

    # Every way a connection ends

    def _stop_writes(self) -> None:
        if self._ending:
            return
        self._ending = True
        if self._direct is not None:
            # Before the transport can close it: its number may soon be another connection's.
            self._direct.detach()
            _borrowed.discard(self._direct)
        # A transport closes only once its buffer is empty, which a peer that reads nothing never
        # lets happen.
        self._cut_timer = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)
        if self._sink is not None:
            self._sink.closing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_writes()
        self._lost = True
        if self._cut_timer is not None:
            self._cut_timer.cancel()
        super().connection_lost(exc)
        if self._sink is not None:
            self._sink.lost()

    def eof_received(self) -> None:
        self._stop_writes()

    def shutdown(self) -> None:
        if self.is_open:
            self.close(RESTARTING)
        elif self._ending:
            self.transport.close()
        else:
            super().shutdown()

    def keepalive_timeout(self) -> None:
        self._stop_writes()
        super().keepalive_timeout()

    def handle_close(self, event: Frame) -> None:
        self._stop_writes()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self._stop_writes()
        super().handle_parser_exception()

    async def run_asgi(self) -> None:
        cast("dict[str, Any]", self.scope["extensions"])[_EXTENSION] = {"protocol": self}
        try:
            await super().run_asgi()
        finally:
            self._stop_writes()

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close" and self.handshake_complete:
            # Uvicorn would wait for a slow reader to catch up before it says goodbye.
            self.close(Close(message.get("code") or 1000, message.get("reason") or ""))
            return
        if self._ending:
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.accept" and self.handshake_complete:
            # Kilobytes of headers per socket; the scope has its own copy.
            del self.request, self.response

    # Flow control

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # The transport writes at once, and says `pause_writing` with the first byte that does not
        # leave. The one under TLS would pause at zero bytes for ever.
        self.transport.set_write_buffer_limits(high=1 if self.scheme == "wss" else 0, low=0)
        plain = self.transport.get_extra_info("socket")
        if plain is not None and plain.family in (socket.AF_INET, socket.AF_INET6):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._sink is not None and not self._ending:
            self._sink.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._sink is not None and not self._ending:
            self._sink.resumed()

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            # A peer that pings and never reads would otherwise fill our memory with pongs.
            self.conn.data_to_send()
