"""Why a play socket is closed, and whether the page should come back.

4000 to 4099 invite a reconnect (with back-off), 4100 to 4199 forbid one. The rest is RFC 6455's:
1000 is a goodbye, anything else (1001, 1006, 1009, 1011 …) is an accident worth a new attempt.
"""

from typing import Final

import msgspec


class Close(msgspec.Struct, frozen=True):
    """A close code and its reason: plain ASCII for the log of whoever reads it, never for players
    (the page words its own message by the code)."""

    code: int
    reason: str


NORMAL: Final = Close(1000, "goodbye")

RESTARTING: Final = Close(4000, "server restarting")
SLOW_READER: Final = Close(4001, "reading too slowly")
HELLO_TIMEOUT: Final = Close(4002, "no hello in time")
OVERLOADED: Final = Close(4003, "too busy, come back later")
RATE_LIMITED: Final = Close(4004, "too many frames")
FAULT: Final = Close(4005, "internal fault")
RESYNC: Final = Close(4006, "state changed, start over")

SESSION_OVER: Final = Close(4100, "session is over")
ELSEWHERE: Final = Close(4101, "opened elsewhere")
SUSPENDED: Final = Close(4102, "operator or player suspended")
BANNED: Final = Close(4103, "player banned")
BAD_SESSION: Final = Close(4104, "unknown session")
BAD_FRAMES: Final = Close(4105, "too many bad frames")
BAD_VERSION: Final = Close(4106, "protocol version not spoken here")
BAD_ORIGIN: Final = Close(4107, "origin not allowed")

ALL: Final = (
    NORMAL,
    RESTARTING,
    SLOW_READER,
    HELLO_TIMEOUT,
    OVERLOADED,
    RATE_LIMITED,
    FAULT,
    RESYNC,
    SESSION_OVER,
    ELSEWHERE,
    SUSPENDED,
    BANNED,
    BAD_SESSION,
    BAD_FRAMES,
    BAD_VERSION,
    BAD_ORIGIN,
)


def reconnects(code: int) -> bool:
    """Whether a page that was closed with `code` should connect again by itself."""
    return code != NORMAL.code and not 4100 <= code <= 4199
