"""Running the web process: the embedded database around it, the loop, and saying when it is up."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
import uvloop
from litestar.types import ASGIApp

from app.config import Config
from app.embedded import open_cluster
from app.ledger.database import open_database
from app.log import uvicorn_log_config
from app.play.transport import server_settings


class PortTaken(Exception):
    """Somebody else listens on the port we were told to use."""


def say(line: str) -> None:
    """A line for whoever started us."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def database_for(config: Config, *, join: bool) -> Iterator[str]:
    """The URL of the configured database, or of the embedded one, started for the block.

    `join`: work beside a running server of the same data instead of refusing.
    """
    if config.database_url is not None:
        yield config.database_url.reveal()
        return
    with open_cluster(config.data_dir / "postgres", join=join, on_progress=say) as cluster:
        yield cluster.uri


async def prepare(database_url: str) -> None:
    """Reach the database and migrate it, so that what is wrong is said in one line. Raises
    `LedgerError`."""
    async with open_database(database_url, pool_size=2):
        pass


def bind(config: Config) -> socket.socket:
    """The listening socket, taken before anything else is started. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"port {config.port} on {config.host} cannot be used ({error.strerror}):"
            " set PORT to another one"
        ) from error
    listener.listen(2048)
    return listener


def serve(
    app: ASGIApp,
    config: Config,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None] = lambda: None,
) -> bool:
    """Until SIGINT or SIGTERM. False if the application did not start. `on_stop` is called before
    open requests are waited for."""
    server = _Announcing(
        uvicorn.Config(
            app,
            log_config=uvicorn_log_config(config),
            access_log=False,
            lifespan="on",
            **server_settings(),
        ),
        on_ready,
        on_stop,
    )
    with _signals_survive_uvicorn():
        uvloop.run(server.serve(sockets=[listener]))
    return server.started


class _Announcing(uvicorn.Server):
    """Says when connections are taken, and when no more will be."""

    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)


@contextmanager
def _signals_survive_uvicorn() -> Iterator[None]:
    """Uvicorn raises the signal that stopped it again once it is done; by then there is still a
    database to stop, so the second delivery is taken as a wish already granted."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in kept:
        signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
