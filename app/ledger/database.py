"""The connection pool and how rows become structs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec

from app.ledger.errors import LedgerUnavailable
from app.ledger.migrate import migrate

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
T = TypeVar("T", bound=msgspec.Struct)

TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
)
"""Failures that say nothing about the statement: the same one may be tried again."""


class Database:
    """A pool on one database, migrated. Use `open_database`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection; `LedgerUnavailable` if none is to be had."""
        try:
            connection = await self._pool.acquire(timeout=5)
        except TRANSIENT as error:
            raise LedgerUnavailable(type(error).__name__) from error
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.release(connection))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction that commits when the block ends well."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        async with self.connection() as connection:
            return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        async with self.connection() as connection:
            return await connection.execute(sql, *args)

    async def dedicated(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection of its own, for session-level locks; the caller closes it."""
        return await asyncpg.connect(**self._connect_arguments)

    _connect_arguments: dict[str, Any]


def as_struct(kind: type[T], row: asyncpg.Record) -> T:
    """A row whose columns are named like the struct's fields."""
    return msgspec.convert(dict(row), kind, strict=False)


@asynccontextmanager
async def open_database(
    uri: str, *, pool_size: int = 16, apply_migrations: bool = True
) -> AsyncIterator[Database]:
    """Connect, migrate, and hand out a pool until the block ends. Raises `LedgerError`."""
    arguments: dict[str, Any] = {
        "dsn": uri,
        "timeout": 10,
        "command_timeout": 30,
        "server_settings": {"application_name": "apogee", "timezone": "UTC"},
    }
    try:
        if apply_migrations:
            connection = await asyncpg.connect(**arguments)
            try:
                await migrate(connection)
            finally:
                await connection.close()
        pool = await asyncpg.create_pool(min_size=2, max_size=pool_size, **arguments)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LedgerUnavailable(f"the database cannot be used: {error or 'timeout'}") from error
    database = Database(pool)
    database._connect_arguments = arguments
    try:
        yield database
    finally:
        try:
            await asyncio.wait_for(pool.close(), timeout=5)
        except TimeoutError:
            pool.terminate()
