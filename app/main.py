"""The web composition root: one ASGI application around one system."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler

from app.clock import WallClock
from app.config import Config
from app.dialects import DIALECTS
from app.dialects.edge import DialectEdge
from app.fairness import fair_round
from app.health import health, ready
from app.ledger.database import Database
from app.operators.model import OperatorPort
from app.play.http import open_session, play_page, static_files
from app.play.socket import PlayRoom, play_socket
from app.system import System, open_system

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    config: Config,
    database_url: str,
    *,
    extra_routes: Sequence[ControllerRouterHandler] = (),
    extra_lifespans: Sequence[Lifespan] = (),
) -> ASGIApp:
    """`extra_*` let a process carry more under the same port, as the sandbox casino does."""

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        async with open_system(config, database_url) as system:
            app.state.system = system
            yield

    app = Litestar(
        route_handlers=[
            health,
            ready,
            play_page,
            open_session,
            play_socket,
            static_files(),
            fair_round,
            *(dialect.router for dialect in DIALECTS),
            *extra_routes,
        ],
        dependencies={
            "system": Provide(_system, sync_to_thread=False),
            "operators": Provide(_operators, sync_to_thread=False),
            "clock": Provide(_clock, sync_to_thread=False),
            "database": Provide(_database, sync_to_thread=False),
            "play_room": Provide(_play_room, sync_to_thread=False),
        },
        lifespan=[running, *extra_lifespans],
        # The page and its files; what contracts and sockets say goes out as it was written.
        compression_config=CompressionConfig(backend="gzip", exclude=_sent_as_written()),
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return DialectEdge(app, DIALECTS)


def _sent_as_written() -> list[str]:
    contracts = (prefix for dialect in DIALECTS for prefix in dialect.prefixes)
    ours = ("/play/", "/fair", "/health", "/ready", "/sandbox")
    return [f"^{re.escape(prefix)}" for prefix in (*contracts, *ours)]


def _system(state: State) -> System:
    system: System = state.system
    return system


def _operators(state: State) -> OperatorPort:
    return _system(state).operators


def _clock(state: State) -> WallClock:
    return _system(state).clock


def _database(state: State) -> Database:
    return _system(state).database


def _play_room(state: State) -> PlayRoom:
    return _system(state).play_room
