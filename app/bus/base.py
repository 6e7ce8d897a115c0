"""What a bus promises, whoever carries it.

- `publish` never blocks and never fails for want of listeners; what is published is not kept.
- Each subscriber sees the messages of one channel in the order they were published, or loses the
  newest when it cannot keep up; nothing durable may depend on a message arriving.
- `request` reaches at most one server and returns its reply, or raises `BusTimeout`. A server may
  see a command twice and must answer both alike.
- Exclusion never rests on the bus: the ledger's epochs decide who may write.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Handler = Callable[[Any], None]
Server = Callable[[Any], Awaitable[Any]]
Unsubscribe = Callable[[], None]


class BusTimeout(Exception):
    """Nobody answered in time: the command may or may not have been carried out."""


class Bus(Protocol):
    def publish(self, channel: str, message: object) -> None:
        """Send to whoever listens now."""

    def subscribe(self, channel: str, handler: Handler) -> Unsubscribe:
        """Call `handler` for each message, in order. It must not block and must not raise."""

    async def request(self, channel: str, command: object, timeout_s: float) -> Any:
        """Ask the channel's server. Raises `BusTimeout`."""

    def serve(self, channel: str, server: Server) -> Unsubscribe:
        """Answer the channel's requests. A later server of the same channel takes its place."""
