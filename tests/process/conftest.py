"""One server for all tests that leave it running."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.live import Live
from tests.process.command import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Up, with windows long enough to start a command in, and flights of a blink."""
    server = Server(
        tmp_path_factory.mktemp("server"),
        APOGEE_BETTING_MS="3000",
        APOGEE_CURVE_GROWTH="1000",
    )
    with server.playing():
        yield server


@pytest.fixture
async def world(server: Server) -> AsyncIterator[Live]:
    """The shared server, as players see it."""
    async with server.visit() as world:
        yield world
