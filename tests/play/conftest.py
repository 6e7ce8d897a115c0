from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live import Live, live


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[Live]:
    """A running server and casino."""
    async with live(database_url, tmp_path) as running:
        yield running
