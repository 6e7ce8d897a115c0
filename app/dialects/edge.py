"""The outermost ASGI layer: below a dialect's prefix every answer has that dialect's shape.

The framework answers unmatched routes, wrong methods and bad Host headers before any router has a
say. So here the body is bounded and read first, the application is asked, and an answer that does
not come from the dialect's own router is replaced.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPScope,
    Message,
    Receive,
    ReceiveMessage,
    Scope,
    Send,
)
from litestar.utils import normalize_path

from app.dialects.base import Dialect
from app.dialects.refusals import JSON, CallRefused, standard
from app.log import get_logger

log = get_logger(__name__)

MAX_BODY = 64 * 1024
BODY_DEADLINE_S = 10

Headers = tuple[tuple[bytes, bytes], ...]


class DialectEdge:
    """Wrap the whole application. Anything outside the dialects' prefixes passes untouched."""

    def __init__(
        self,
        app: ASGIApp,
        dialects: Iterable[Dialect],
        *,
        body_deadline_s: int = BODY_DEADLINE_S,
    ) -> None:
        self._app = app
        self._prefixes = {prefix: one for one in dialects for prefix in one.prefixes}
        self._body_deadline_s = body_deadline_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        dialect = self._dialect(scope)
        if dialect is None:
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._body_deadline_s):
                body = await _whole_body(scope, receive)
        except TimeoutError:
            await _refuse(dialect, standard(408), ((b"connection", b"close"),), send)
            return
        except CallRefused as refused:
            await _refuse(dialect, refused, (), send)
            return
        if body is not None:
            await self._answer(dialect, scope, _replay(body, receive), send)

    def _dialect(self, scope: HTTPScope) -> Dialect | None:
        # As the router will see it: it takes `//a` for `/a`, and a mount prefix away.
        path = normalize_path(scope["path"].removeprefix(scope.get("root_path", "")))
        matching = [p for p in self._prefixes if path == p or path.startswith(f"{p}/")]
        return self._prefixes[max(matching, key=len)] if matching else None

    async def _answer(
        self, dialect: Dialect, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        judge = _Judge(dialect, scope, send)
        try:
            await self._app(scope, receive, judge)
        except Exception:
            if judge.started:
                raise
            log.exception("dialect_fault", dialect=dialect.name)
            judge.refusal = standard(500)
        if not judge.started:
            await _refuse(dialect, judge.refusal, judge.headers, send)


@dataclass(slots=True)
class _Judge:
    """A `send` that lets the dialect's own answers through and swallows all others."""

    dialect: Dialect
    scope: HTTPScope
    send: Send
    started: bool = False
    refusal: CallRefused = field(default_factory=lambda: standard(500))
    headers: Headers = ()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self.started:
            self.started = self._is_own()
            self.refusal = _foreign(message["status"])
            self.headers = tuple(
                (name, value) for name, value in message["headers"] if name == b"allow"
            )
        if self.started:
            await self.send(message)

    def _is_own(self) -> bool:
        handler = self.scope.get("route_handler")
        return handler is not None and handler.opt.get("dialect") == self.dialect.name


def _foreign(status: int) -> CallRefused:
    """What somebody else's answer below the prefix becomes: there is nothing of theirs here."""
    return standard(status if status >= 400 else 404)


async def _whole_body(scope: HTTPScope, receive: Receive) -> bytes | None:
    """The body, or `None` if the caller hung up. Raises `CallRefused` once it is too large."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if len(declared) > 9 or (declared.isdigit() and int(declared) > MAX_BODY):
        raise standard(413)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > MAX_BODY:
            raise standard(413)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands over the body in one piece, then reports the connection's end."""
    handed_over = False

    async def replayed() -> ReceiveMessage:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _refuse(dialect: Dialect, refused: CallRefused, headers: Headers, send: Send) -> None:
    body = dialect.error_body(refused.status, refused.code, refused.message)
    await send(
        {
            "type": "http.response.start",
            "status": refused.status,
            "headers": [
                (b"content-type", JSON.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
