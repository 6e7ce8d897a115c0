"""A little casino in one room: its own books, wallet and lobby, made by `create_casino`.

It knows Apogee only by the `rgs` contract over HTTP, in both directions, and imports nothing of it
that moves money or plays: what agrees here agrees between two independent programs.
"""

import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from litestar import Litestar, Router
from litestar.di import Provide

from app.clock import SystemWallClock, WallClock
from app.sandbox import accounts
from app.sandbox.apogee import Apogee
from app.sandbox.books import Books
from app.sandbox.books_api import books, round_, statement
from app.sandbox.config import CasinoConfig
from app.sandbox.edges import EXCEPTION_HANDLERS, no_such_endpoint, only_json
from app.sandbox.faults import Faults
from app.sandbox.feed import Feed
from app.sandbox.live_api import events, list_callbacks, list_faults, set_fault
from app.sandbox.lobby import asset, lobby_page
from app.sandbox.parts import MAX_BODY, Parts
from app.sandbox.player_api import create_player, launch, list_players, top_up
from app.sandbox.wallet import wallet_routes
from engine.money import exponent

DEFAULT_PLAYER = "player-1"

_DICE = random.SystemRandom().randrange


@dataclass(frozen=True, slots=True)
class Casino:
    """Mount `router` and run `start()` and `stop()` around it, or hand over `lifespan`."""

    router: Router
    parts: Parts

    async def start(self) -> None:
        """Open the books and make the default player. Raises `sqlite3.Error` or `OSError`."""
        self.parts.feed.open()
        await self.parts.books.open()
        await self.parts.apogee.open()
        currencies = self.parts.config.currencies
        currency = "USD" if "USD" in currencies else currencies[0]
        opening = 5_000 * 10 ** exponent(currency)
        wanted = accounts.player(DEFAULT_PLAYER, "Player One", currency, opening)
        await self.parts.books.run(partial(_keep_player, wanted=wanted, at=self.parts.now_ms()))

    async def stop(self) -> None:
        """End the streams, finish what the books were handed, close the file."""
        self.end_streams()
        await self.parts.apogee.close()
        await self.parts.books.close()

    def end_streams(self) -> None:
        """Let open lobby pages go, so that a server that drains its requests does not wait."""
        self.parts.feed.end()

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """For `Litestar(lifespan=[…])`."""
        try:
            await self.start()
            yield
        finally:
            await self.stop()


def create_casino(
    config: CasinoConfig,
    *,
    clock: WallClock | None = None,
    dice: Callable[[int], int] = _DICE,
) -> Casino:
    """Nothing is opened and no call is made before `start()`."""
    clock = clock or SystemWallClock()
    feed = Feed()
    parts = Parts(
        config=config,
        books=Books(config.books_path, accounts.SCHEMA, feed.notify),
        faults=Faults(dice, feed.notify),
        apogee=Apogee(config, clock),
        feed=feed,
        clock=clock,
        new_id=lambda: uuid4().hex,
    )
    api = Router(
        path="/api",
        route_handlers=[
            list_players, create_player, top_up, launch,
            books, round_, statement,
            list_faults, set_fault, list_callbacks, events,
            no_such_endpoint,
        ],
        guards=[only_json],
    )  # fmt: skip
    router = Router(
        path=config.public_path,
        route_handlers=[lobby_page, asset, api, *wallet_routes(parts)],
        dependencies={"parts": Provide(lambda: parts, sync_to_thread=False)},
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=MAX_BODY,
        include_in_schema=False,
    )
    return Casino(router, parts)


def _keep_player(connection: sqlite3.Connection, wanted: accounts.Player, at: int) -> None:
    # Whatever currency a casino of earlier days gave it, the player stays.
    if accounts.find_player(connection, wanted.id) is None:
        accounts.ensure_player(connection, wanted, at)
