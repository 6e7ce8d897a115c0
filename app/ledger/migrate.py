"""Migrations: numbered `.sql` files, each applied once in a transaction of its own.

An advisory lock keeps two starting processes apart. The checksum of every applied file is kept, so
that a file changed afterwards is found instead of silently ignored.
"""

import hashlib
from importlib.resources import files
from typing import NamedTuple

import asyncpg

from app.ledger.errors import MigrationDrift

_LOCK = 0x41706F676565  # "Apogee"

_BOOKKEEPING = """
create table if not exists schema_migrations (
    name        text primary key,
    sha256      text not null,
    applied_at  timestamptz not null default now()
)
"""


class Migration(NamedTuple):
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All of them, in the order they apply."""
    folder = files("app.ledger").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [Migration(name, folder.joinpath(name).read_text("utf-8")) for name in names]


async def migrate(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Apply what is missing; returns the names applied. Raises `MigrationDrift`."""
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_BOOKKEEPING)
        rows = await connection.fetch("select name, sha256 from schema_migrations")
        applied: dict[str, str] = {row["name"]: row["sha256"] for row in rows}
        known = migrations()
        _check_drift(applied, known)
        fresh = [migration for migration in known if migration.name not in applied]
        for migration in fresh:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "insert into schema_migrations (name, sha256) values ($1, $2)",
                    migration.name,
                    migration.sha256,
                )
        return [migration.name for migration in fresh]
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


def _check_drift(applied: dict[str, str], known: list[Migration]) -> None:
    files_by_name = {migration.name: migration for migration in known}
    for name, sha256 in applied.items():
        if name not in files_by_name:
            raise MigrationDrift(f"{name} is applied but not part of this version: upgrade Apogee")
        if files_by_name[name].sha256 != sha256:
            raise MigrationDrift(f"{name} has changed since it was applied: restore it")
    missing = [migration.name for migration in known if migration.name not in applied]
    if applied and missing and min(missing) < max(applied):
        raise MigrationDrift(f"{min(missing)} comes before one that is already applied")
