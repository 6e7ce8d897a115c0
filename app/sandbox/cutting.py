"""Cutting a connection from inside an ASGI application, for the faults that end without an answer.

ASGI has no message for it: a server that is told nothing answers 500 by itself. But the `receive`
it hands over belongs to the object that holds the transport, however many layers wrapped it.
"""

import asyncio
import os
import socket
import struct
from collections import deque
from typing import Any

from litestar.types import Receive, Send

_MOST_OBJECTS = 200
_NO_LINGER = struct.pack("ii", 1, 0)


class ConnectionCut(Exception):
    """Ends the request where the transport is out of reach; the server closes the connection."""


async def cut(receive: Receive, send: Send, *, after_flush: bool = False) -> None:
    """Reset the client's connection: what was written is thrown away, the kernel sends RST.

    `after_flush`: close it instead, behind what was written. Returns when the server has noticed.
    Where no transport can be found, an answer is begun and abandoned, and `ConnectionCut` makes the
    server close: the client reads a torn answer.
    """
    transport = _transport(receive, send)
    if transport is None:
        if after_flush:
            raise ConnectionCut("the answer ends here")
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        raise ConnectionCut("this server does not let its connections be reset")
    if after_flush:
        transport.close()
    else:
        _abort(transport)
    while (await receive())["type"] != "http.disconnect":
        pass


def _abort(transport: asyncio.Transport) -> None:
    connected = transport.get_extra_info("socket")
    if connected is not None:
        # A duplicate, because an event loop's own socket object may not allow options.
        with socket.socket(fileno=os.dup(connected.fileno())) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def _transport(*starts: object) -> asyncio.Transport | None:
    """The nearest transport reachable through bound methods, closures and wrapping objects."""
    waiting, seen = deque(starts), set[int]()
    while waiting and len(seen) < _MOST_OBJECTS:
        found = waiting.popleft()
        if id(found) in seen:
            continue
        seen.add(id(found))
        transport: Any = getattr(found, "transport", None)
        if callable(getattr(transport, "abort", None)):
            result: asyncio.Transport = transport
            return result
        waiting.extend(_behind(found))
    return None


def _behind(wrapper: object) -> list[object]:
    found = [getattr(wrapper, name, None) for name in ("__self__", "__wrapped__", "func")]
    for cell in getattr(wrapper, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue
    found.extend(value for value in getattr(wrapper, "__dict__", {}).values() if callable(value))
    return [one for one in found if one is not None]
