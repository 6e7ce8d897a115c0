from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.serving import Caller, FakeApogee, casino_at, casino_config, fake_apogee


@pytest.fixture
async def apogee() -> AsyncIterator[FakeApogee]:
    async with fake_apogee() as fake:
        yield fake


@pytest.fixture
async def casino(tmp_path: Path, apogee: FakeApogee) -> AsyncIterator[Caller]:
    async with casino_at(casino_config(tmp_path / "books.db", apogee.url)) as caller:
        yield caller
