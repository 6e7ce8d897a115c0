"""The outer layer: bounded bodies, and one shape below a prefix whatever lies behind it."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.dialects.edge import MAX_BODY, DialectEdge
from app.dialects.rgs import RGS

LAUNCH = "/api/public/rgs/launch"


@dataclass
class Behind:
    """The wrapped application: answers, or does what `then` says."""

    status: int | None = 200
    handler: object | None = None
    fault: Exception | None = None
    bodies: list[bytes] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.handler is not None:
            cast(dict[str, Any], scope)["route_handler"] = self.handler
        message = await receive()
        self.bodies.append(cast(dict[str, Any], message).get("body", b""))
        if self.status is not None:
            start = {
                "type": "http.response.start",
                "status": self.status,
                "headers": [(b"allow", b"POST"), (b"x-behind", b"1")],
            }
            await send(cast(Message, start))
        if self.fault is not None:
            raise self.fault
        if self.status is not None:
            await send({"type": "http.response.body", "body": b"behind", "more_body": False})


class OwnHandler:
    """What the router leaves in the scope for one of the dialect's own routes."""

    opt = RGS.router.opt


async def through(
    app: ASGIApp,
    path: str = LAUNCH,
    parts: Iterable[bytes] = (b"{}",),
    *,
    deadline_s: int = 10,
    **scope: object,
) -> list[dict[str, Any]]:
    """What leaves the edge for one request whose body arrives in parts."""
    waiting = list(parts)
    sent: list[dict[str, Any]] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        part = waiting.pop(0)
        return cast(Message, {"type": "http.request", "body": part, "more_body": bool(waiting)})

    async def send(message: Message) -> None:
        sent.append(dict(message))

    request = {"type": "http", "method": "POST", "path": path, "headers": [], **scope}
    edge = DialectEdge(app, (RGS,), body_deadline_s=deadline_s)
    await edge(cast(Scope, request), cast(Receive, receive), send)
    return sent


def refusal(sent: list[dict[str, Any]]) -> tuple[int, str]:
    start, body = sent
    return start["status"], json.loads(body["body"])["error"]


async def test_the_dialects_own_answer_passes_as_it_is() -> None:
    start, body = await through(Behind(401, OwnHandler()))
    assert (start["status"], body["body"]) == (401, b"behind")
    assert (b"x-behind", b"1") in start["headers"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, (404, "not_found")),
        (404, (404, "not_found")),
        (405, (405, "method_not_allowed")),
        (400, (400, "bad_request")),
        (418, (400, "bad_request")),
        (500, (500, "server_error")),
        (503, (500, "server_error")),
    ],
)
async def test_somebody_elses_answer_below_the_prefix_is_replaced(
    status: int, told: tuple[int, str]
) -> None:
    assert refusal(await through(Behind(status))) == told


async def test_a_replaced_answer_keeps_the_allowed_methods_and_no_other_header() -> None:
    start, _ = await through(Behind(405))
    names = [name for name, _ in start["headers"]]
    assert (b"allow", b"POST") in start["headers"]
    assert b"x-behind" not in names


@pytest.mark.parametrize("path", ["/", "/api/public/rgsx", "/play", "/x/api/public/rgs"])
async def test_other_paths_pass_untouched(path: str) -> None:
    behind = Behind(404)
    start, _ = await through(behind, path, (b"part", b"rest"))
    assert (b"x-behind", b"1") in start["headers"]
    assert behind.bodies == [b"part"]


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/api/public/rgs", ""),
        ("/api/public/rgs/", ""),
        ("//api//public/rgs/x", ""),
        ("/mounted/api/public/rgs/x", "/mounted"),
    ],
)
async def test_the_prefix_is_seen_as_the_router_sees_it(path: str, root: str) -> None:
    assert refusal(await through(Behind(404), path, root_path=root)) == (404, "not_found")


async def test_the_application_gets_the_whole_body_in_one_piece() -> None:
    behind = Behind(200, OwnHandler())
    await through(behind, parts=(b"a", b"", b"bc"))
    assert behind.bodies == [b"abc"]


async def test_a_body_that_grows_too_large_never_reaches_the_application() -> None:
    behind = Behind()
    parts = (b"x" * MAX_BODY, b"x", b"never read")
    assert refusal(await through(behind, parts=parts)) == (413, "body_too_large")
    assert not behind.bodies


@pytest.mark.parametrize("length", [b"65537", b"9" * 5000])
async def test_a_body_declared_too_large_is_not_waited_for(length: bytes) -> None:
    sent = await through(Behind(), parts=(), headers=[(b"content-length", length)])
    assert refusal(sent) == (413, "body_too_large")


async def test_a_body_that_does_not_come_is_given_up_and_the_connection_with_it() -> None:
    sent = await through(Behind(), parts=(), deadline_s=0)
    assert refusal(sent) == (408, "request_timeout")
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_a_caller_who_hangs_up_is_not_answered() -> None:
    behind = Behind()
    sent: list[Message] = []

    async def receive() -> Message:
        return cast(Message, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": LAUNCH, "headers": []}
    await DialectEdge(behind, (RGS,))(cast(Scope, scope), cast(Receive, receive), send)
    assert not sent
    assert not behind.bodies


@pytest.mark.parametrize("behind", [Behind(None, fault=KeyError("a detail")), Behind(None)])
async def test_a_fault_before_the_answer_becomes_one_without_details(behind: Behind) -> None:
    sent = await through(behind)
    assert refusal(sent) == (500, "server_error")
    assert b"a detail" not in sent[1]["body"]


async def test_a_fault_within_an_answer_breaks_it_off() -> None:
    with pytest.raises(KeyError):
        await through(Behind(200, OwnHandler(), KeyError("x")))


async def test_sockets_are_none_of_its_business() -> None:
    reached: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(str(scope["type"]))

    await through(app, type="websocket")
    assert reached == ["websocket"]
