"""What the casino's handlers work with, and the refusal they share."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from litestar.di import NamedDependency

from app.clock import WallClock
from app.sandbox.apogee import Apogee
from app.sandbox.books import Books
from app.sandbox.config import CasinoConfig
from app.sandbox.faults import Faults
from app.sandbox.feed import Feed

MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `create_casino`."""

    config: CasinoConfig
    books: Books
    faults: Faults
    apogee: Apogee
    feed: Feed
    clock: WallClock
    new_id: Callable[[], str]

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock.now().timestamp() * 1000)


CasinoParts = NamedDependency[Parts]
"""The parameter `parts` of a handler."""


class Problem(msgspec.Struct, frozen=True):
    """The body of every answer that is not 2xx."""

    error: str
    message: str
    ok: bool = False


class Refusal(Exception):
    """An API call that is answered with a `Problem`."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.status = status
        self.problem = Problem(error, message)
