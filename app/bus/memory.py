"""The bus of a single process: plain calls, no copies."""

import asyncio
from collections import defaultdict
from typing import Any

from app.bus.base import BusTimeout, Handler, Server, Unsubscribe
from app.log import get_logger

log = get_logger(__name__)


class MemoryBus:
    """See `bus.base` for what it promises; within one process nothing is ever lost."""

    def __init__(self) -> None:
        self._handlers: defaultdict[str, list[Handler]] = defaultdict(list)
        self._servers: dict[str, Server] = {}

    def publish(self, channel: str, message: object) -> None:
        for handler in tuple(self._handlers.get(channel, ())):
            try:
                handler(message)
            except Exception:  # one listener's fault is not the publisher's
                log.exception("bus_handler_failed", channel=channel, message=type(message).__name__)

    def subscribe(self, channel: str, handler: Handler) -> Unsubscribe:
        handlers = self._handlers[channel]
        handlers.append(handler)

        def unsubscribe() -> None:
            if handler in handlers:
                handlers.remove(handler)

        return unsubscribe

    async def request(self, channel: str, command: object, timeout_s: float) -> Any:
        server = self._servers.get(channel)
        if server is None:
            raise BusTimeout(f"nobody serves {channel}")
        try:
            async with asyncio.timeout(timeout_s):
                return await server(command)
        except TimeoutError:
            raise BusTimeout(f"{channel} did not answer in {timeout_s} s") from None

    def serve(self, channel: str, server: Server) -> Unsubscribe:
        self._servers[channel] = server

        def unsubscribe() -> None:
            if self._servers.get(channel) is server:
                del self._servers[channel]

        return unsubscribe
