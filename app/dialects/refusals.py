"""How an inbound call is refused, in whatever shape the contract wants: one way for all dialects.

A handler raises `CallRefused`, a use case `OperatorRefusal`; anything else is a fault of ours. The
dialect's `error_body` only decides how code and sentence are written down.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.dialects.base import ErrorBody
from app.log import get_logger
from app.operators.model import OperatorRefusal

log = get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
JSON = "application/json"


class CallRefused(Exception):
    """The caller's mistake: an HTTP status, a stable code, and a sentence for its engineer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


_STANDARD: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        400: ("bad_request", "The request is not valid HTTP for this server."),
        404: ("not_found", "There is nothing at this path."),
        405: ("method_not_allowed", "This path does not take this method."),
        408: ("request_timeout", "The request body did not arrive in time."),
        413: ("body_too_large", "A request body has at most 64 KiB."),
        500: ("server_error", "Something failed on our side. Please try again."),
    }
)


def standard(status: int) -> CallRefused:
    """The refusal for a status that no dialect has a say in: routing, sizes, our own faults."""
    known = status if status in _STANDARD else 500 if status >= 500 else 400
    return CallRefused(known, *_STANDARD[known])


def json_answer(status: int, body: bytes) -> Response[bytes]:
    """Never cached: answers hold launch tokens or change when a round ends."""
    return Response(
        body, status_code=status, media_type=JSON, headers={"cache-control": "no-store"}
    )


def refusing(
    dialect: str, error_body: ErrorBody, status_of: Mapping[str, int]
) -> Callable[[AnyRequest, Exception], Response[bytes]]:
    """The exception handler of a dialect's router, for `Exception` itself.

    `status_of` gives the HTTP status of each `OperatorRefusal` code; one it does not list is 400.
    """

    def answer(_: AnyRequest, error: Exception) -> Response[bytes]:
        match error:
            case CallRefused():
                refused = error
            case OperatorRefusal():
                status = status_of.get(error.code, 400)
                refused = CallRefused(status, error.code, error.message)
            case HTTPException() if error.status_code < 500:
                refused = standard(error.status_code)
            case _:
                log.exception("dialect_fault", dialect=dialect)
                refused = standard(500)
        return json_answer(
            refused.status, error_body(refused.status, refused.code, refused.message)
        )

    return answer
