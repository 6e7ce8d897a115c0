"""One embedded PostgreSQL for the whole run, a fresh database for each test that asks."""

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.embedded import open_cluster
from app.ledger.database import Database, open_database
from app.ledger.journal import Journal, open_journal

HERE = Path(__file__).parent
ARTEFACTS = HERE / "artefacts"
UNHURRIED = frozenset({"embedded", "process", "rounds", "sandbox", "sockets"})
"""Folders whose tests start servers or play rounds: seconds each, so not for the quick suite."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a database or a running world of its own is slow wherever it stands."""
    for item in items:
        folders = UNHURRIED.intersection(item.path.relative_to(HERE).parts)
        fixtures = set(getattr(item, "fixturenames", ()))
        if folders or fixtures & {"world", "database_url"}:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own; `APOGEE_TEST_DATABASE_URL` names another one to use instead."""
    given = os.environ.get("APOGEE_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with open_cluster(tmp_path_factory.mktemp("postgres") / "data") as cluster:
        yield cluster.uri


@pytest.fixture(scope="session")
def template_url(cluster_url: str) -> str:
    """A migrated database that others are copied from."""
    return _with_database(cluster_url, "apogee_template")


@pytest.fixture
async def database_url(cluster_url: str, template_url: str) -> AsyncIterator[str]:
    """An empty, migrated database that only this test uses."""
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(cluster_url)
    try:
        await _ensure_template(admin, template_url)
        await admin.execute(f"create database {name} template apogee_template")
        yield _with_database(cluster_url, name)
        await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with open_database(database_url, pool_size=8, apply_migrations=False) as database:
        yield database


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    async with open_journal(database) as journal:
        yield journal


async def _ensure_template(admin: "asyncpg.Connection[asyncpg.Record]", template_url: str) -> None:
    row = await admin.fetchrow("select 1 from pg_database where datname = 'apogee_template'")
    if row is None:
        await admin.execute("create database apogee_template")
        async with open_database(template_url, pool_size=2):
            pass


def _with_database(url: str, name: str) -> str:
    """The same server, another database."""
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{query}"
