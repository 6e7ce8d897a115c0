"""Migrations: applied once, in order, and never silently different from their files."""

import asyncio

import asyncpg
import pytest

from app.ledger import migrate as module
from app.ledger.database import Database
from app.ledger.errors import MigrationDrift
from app.ledger.migrate import Migration, migrate, migrations


async def _connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url)


async def test_a_migrated_database_has_nothing_left_to_apply(database_url: str) -> None:
    connection = await _connect(database_url)
    try:
        assert await migrate(connection) == []
    finally:
        await connection.close()


async def test_a_file_changed_after_it_was_applied_is_found(database_url: str) -> None:
    connection = await _connect(database_url)
    try:
        await connection.execute("update schema_migrations set sha256 = 'other'")
        with pytest.raises(MigrationDrift):
            await migrate(connection)
    finally:
        await connection.close()


async def test_a_database_newer_than_the_code_is_refused(database_url: str) -> None:
    connection = await _connect(database_url)
    try:
        await connection.execute("insert into schema_migrations values ('9999_later.sql', 'x')")
        with pytest.raises(MigrationDrift):
            await migrate(connection)
    finally:
        await connection.close()


async def test_a_failing_migration_leaves_nothing_behind(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Migration("9000_broken.sql", "create table half (id int); select 1 / 0;")
    known = [*migrations(), broken]
    monkeypatch.setattr(module, "migrations", lambda: known)
    connection = await _connect(database_url)
    try:
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate(connection)
        assert await connection.fetchval("select to_regclass('half')") is None
    finally:
        await connection.close()


async def test_two_processes_that_start_together_migrate_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [*migrations(), Migration("9000_new.sql", "create table fresh (id int)")]
    monkeypatch.setattr(module, "migrations", lambda: known)
    one, two = await _connect(database_url), await _connect(database_url)
    try:
        applied = await asyncio.gather(migrate(one), migrate(two))
    finally:
        await one.close()
        await two.close()
    assert sorted(applied) == [[], ["9000_new.sql"]]


async def test_ids_sort_by_the_time_they_were_made(database: Database) -> None:
    from app.ids import new_id

    first = new_id()
    await asyncio.sleep(0.002)
    assert first < new_id()
    assert first.version == 7
