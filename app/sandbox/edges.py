"""The edges of the JSON API: what is let in, and how a refusal is told."""

from typing import Any

from litestar import Request, Response, asgi
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.types import ExceptionHandlersMap, Receive, Scope, Send

from app.log import get_logger
from app.sandbox.apogee import ApogeeRefused, ApogeeUnreachable
from app.sandbox.books import BooksUnavailable
from app.sandbox.parts import Problem, Refusal

_log = get_logger(__name__)

_Request = Request[Any, Any, Any]


def only_json(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: another site's page cannot send this content type without asking for leave."""
    sent = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if connection.scope.get("method") == "POST" and sent != "application/json":
        raise Refusal(415, "not_json", "Send content-type: application/json.")


@asgi("/", is_mount=True, copy_scope=False)
async def no_such_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """Whatever no other handler of the API took."""
    raise Refusal(404, "not_found", "The casino's API has no such endpoint.")


def _refusal(_: _Request, error: Refusal) -> Response[Problem]:
    return _told(error.status, error.problem)


def _books_unavailable(_: _Request, error: BooksUnavailable) -> Response[Problem]:
    return _told(503, Problem("books_unavailable", str(error)))


def _apogee_unreachable(_: _Request, error: ApogeeUnreachable) -> Response[Problem]:
    return _told(502, Problem("apogee_unreachable", str(error)))


def _apogee_refused(_: _Request, error: ApogeeRefused) -> Response[Problem]:
    return _told(502, Problem("apogee_refused", str(error)))


def _http(_: _Request, error: HTTPException) -> Response[Problem]:
    extra = error.extra if isinstance(error.extra, list) else []
    reasons = [f"{one['key']}: {one['message']}" for one in extra if {"key", "message"} <= set(one)]
    message = "; ".join(reasons) or error.detail
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
    return _told(error.status_code, Problem(code.get(error.status_code, "bad_request"), message))


def _unexpected(request: _Request, error: Exception) -> Response[Problem]:
    _log.error("sandbox_request_failed", path=request.url.path, reason=repr(error))
    return _told(500, Problem("internal_error", "Something broke in the casino; its log knows."))


def _told(status: int, problem: Problem) -> Response[Problem]:
    return Response(problem, status_code=status, media_type="application/json")


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Refusal: _refusal,
    BooksUnavailable: _books_unavailable,
    ApogeeUnreachable: _apogee_unreachable,
    ApogeeRefused: _apogee_refused,
    HTTPException: _http,
    Exception: _unexpected,
}
