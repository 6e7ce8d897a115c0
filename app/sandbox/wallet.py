"""The wallet's endpoints: verify the raw bytes, do what the rules say, go wrong where told to.

Raw ASGI, because half of its job is to answer in ways no framework would.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import msgspec
from litestar import asgi
from litestar.handlers import ASGIRouteHandler
from litestar.types import Receive, Scope, Send

from app.sandbox import callbacks, wallet_rules
from app.sandbox.books import BooksUnavailable
from app.sandbox.cutting import cut
from app.sandbox.faults import BEFORE, Kind, Plan
from app.sandbox.parts import MAX_BODY, Parts, Problem
from app.sandbox.signing import base_string, fault_in_signature
from app.sandbox.wallet_rules import ENDPOINTS, Answer, Call, Unreadable, read_call

_JSON = "application/json"
_HTML = b"<!doctype html><title>Welcome</title><h1>It works!</h1>"
_SIGNATURE_MESSAGES = {
    "wrong_operator": "X-Operator-Id is not this casino's.",
    "stale_timestamp": "X-Timestamp is missing or more than five minutes off.",
    "bad_signature": "X-Signature does not match this body, path and time.",
}
_Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Reply(msgspec.Struct, frozen=True):
    """What goes over the wire; a `status` of `None` is a cut connection."""

    status: int | None
    body: bytes
    media_type: str = _JSON


class Incoming(msgspec.Struct, frozen=True):
    """A callback as it arrived."""

    endpoint: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: int
    base_string: str

    @property
    def header_map(self) -> Mapping[str, str]:
        """Of a header sent twice, the last one."""
        return dict(self.headers)


def wallet_routes(parts: Parts) -> list[ASGIRouteHandler]:
    """`/wallet/bet`, `/wallet/win`, `/wallet/refund`, and JSON for whatever else is asked."""
    routes = [
        asgi(f"/wallet/{endpoint}", copy_scope=False)(_endpoint(parts, endpoint))
        for endpoint in ENDPOINTS
    ]
    return [*routes, asgi("/wallet", is_mount=True, copy_scope=False)(_nowhere)]


def _endpoint(parts: Parts, endpoint: str) -> _Application:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "POST":
            await _refuse(scope, receive, send, 405, "method_not_allowed", "Callbacks are POSTs.")
            return
        body = await _read(receive)
        if body is None:
            await _refuse(scope, receive, send, 413, "too_large", "Callbacks are small.")
            return
        incoming = _incoming(parts, endpoint, scope, body)
        plan, reply = await _decide(parts, incoming)
        await _deliver(plan, reply, receive, send)

    return answer


async def _decide(parts: Parts, incoming: Incoming) -> tuple[Plan, Reply]:
    """Check, apply and log one callback; the reply is not sent yet."""
    config, now_s = parts.config, incoming.at // 1000
    wrong = fault_in_signature(config.credentials, incoming.header_map, incoming.base_string, now_s)
    if wrong is not None:
        reply = _problem(401, wrong, _SIGNATURE_MESSAGES[wrong])
        return await _log(parts, incoming, Plan(), reply, wrong)
    plan = parts.faults.take(incoming.endpoint)
    if plan.delay_ms:
        await asyncio.sleep(plan.delay_ms / 1000)
    if plan.kind in BEFORE:
        return await _log(parts, incoming, plan, _disturbed(plan, Reply(200, b"")), "ok")
    try:
        call = read_call(incoming.endpoint, incoming.body)
    except Unreadable as error:
        answer = Answer(error="bad_request", detail=str(error))
        reply = _disturbed(plan, Reply(answer.status, answer.body))
        return await _log(parts, incoming, plan, reply, "ok")
    return await _apply(parts, incoming, plan, call)


async def _apply(parts: Parts, incoming: Incoming, plan: Plan, call: Call) -> tuple[Plan, Reply]:
    took_ms = parts.now_ms() - incoming.at
    decline = plan.kind is Kind.DECLINE

    def work(connection: sqlite3.Connection) -> Reply:
        answer = wallet_rules.apply(connection, call, incoming.at, decline=decline)
        reply = _disturbed(plan, Reply(answer.status, answer.body))
        callbacks.record(connection, _entry(incoming, plan, reply, "ok", took_ms))
        return reply

    try:
        return plan, await parts.books.run(work)
    except BooksUnavailable as error:
        return plan, _problem(503, "books_unavailable", str(error))


async def _log(
    parts: Parts, incoming: Incoming, plan: Plan, reply: Reply, signature: str
) -> tuple[Plan, Reply]:
    entry = _entry(incoming, plan, reply, signature, parts.now_ms() - incoming.at)
    try:
        await parts.books.run(partial(callbacks.record, callback=entry))
    except BooksUnavailable as error:
        return plan, _problem(503, "books_unavailable", str(error))
    return plan, reply


def _entry(
    incoming: Incoming, plan: Plan, reply: Reply, signature: str, took_ms: int
) -> callbacks.Callback:
    return callbacks.Callback(
        at=incoming.at,
        took_ms=took_ms,
        endpoint=incoming.endpoint,
        path=callbacks.shown_text(incoming.path.encode()),
        status=reply.status,
        signature=signature,
        base_string=callbacks.shown_text(incoming.base_string.encode()),
        headers=callbacks.shown_headers(incoming.headers),
        body=callbacks.shown_text(incoming.body),
        response=callbacks.shown_text(reply.body),
        fault=plan.label,
    )


def _disturbed(plan: Plan, reply: Reply) -> Reply:
    """The reply as the fault lets it through."""
    match plan.kind:
        case Kind.ERROR_BEFORE | Kind.ERROR_AFTER:
            return _problem(500, "internal_error", "Something broke, on request.")
        case Kind.RESET_BEFORE | Kind.RESET_AFTER:
            return Reply(None, b"")
        case Kind.RESET_MID_BODY:
            return Reply(None, reply.body)
        case Kind.HTML:
            return Reply(200, _HTML, "text/html; charset=utf-8")
        case Kind.TRUNCATED:
            return Reply(200, reply.body[: len(reply.body) // 2])
        case _:
            return reply


async def _deliver(plan: Plan, reply: Reply, receive: Receive, send: Send) -> None:
    if plan.hold_ms and await _gone_within(receive, plan.hold_ms):
        return
    if reply.status is not None:
        await _send(send, reply)
    elif plan.kind is Kind.RESET_MID_BODY:
        await _start(send, 200, reply)
        half = reply.body[: len(reply.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(receive, send, after_flush=True)
    else:
        await cut(receive, send)


async def _gone_within(receive: Receive, hold_ms: int) -> bool:
    """Whether the caller hung up while the answer was held back."""
    try:
        async with asyncio.timeout(hold_ms / 1000):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _incoming(parts: Parts, endpoint: str, scope: Scope, body: bytes) -> Incoming:
    # Header bytes are Latin-1 by definition, and so is whatever a path holds besides ASCII.
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )
    path = (scope.get("raw_path") or b"").decode("latin-1")
    timestamp = dict(headers).get("x-timestamp", "")
    text = base_string(timestamp, "POST", path, body)
    return Incoming(endpoint, path, headers, body, parts.now_ms(), text)


async def _read(receive: Receive) -> bytes | None:
    """The body, or `None` when it is larger than a callback may be, or never came whole."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message["body"]
        if len(body) > MAX_BODY:
            return None
        if not message["more_body"]:
            return body


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    message = f"The wallet has {', '.join(ENDPOINTS)}."
    await _refuse(scope, receive, send, 404, "not_found", message)


async def _refuse(
    scope: Scope, receive: Receive, send: Send, status: int, error: str, message: str
) -> None:
    if "method" in scope:
        await _send(send, _problem(status, error, message))
    else:
        await send({"type": "websocket.close", "code": 1000, "reason": ""})


def _problem(status: int, error: str, message: str) -> Reply:
    return Reply(status, msgspec.json.encode(Problem(error, message)))


async def _send(send: Send, reply: Reply) -> None:
    await _start(send, reply.status or 500, reply)
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


async def _start(send: Send, status: int, reply: Reply) -> None:
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
