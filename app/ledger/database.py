"""The connection pool and how rows become structs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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

CLEAN_UP_S = 5
"""What ends badly is given this long to end well; then the connection is dropped."""


class Database:
    """A pool on one database, migrated. Use `open_database`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection; `LedgerUnavailable` if none is to be had. How giving it back goes is not
        the caller's business: what is committed stays so, and what is cancelled stays cancelled."""
        try:
            connection = await self._pool.acquire(timeout=CLEAN_UP_S)
        except TRANSIENT as error:
            raise LedgerUnavailable(type(error).__name__) from error
        try:
            yield connection
        finally:
            with suppress(Exception):
                await asyncio.shield(self._pool.release(connection))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction that commits when the block ends well."""
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                # Whatever the rollback meets, what ended the block is what the caller hears of:
                # a cancellation that turned into a lost connection would be tried again.
                with suppress(Exception):
                    async with asyncio.timeout(CLEAN_UP_S):
                        await transaction.rollback()
                raise
            await transaction.commit()

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
        await _close(pool)


async def _close(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Within `CLEAN_UP_S` and a little. `asyncio.wait` never waits for what it gave up on, as
    `wait_for` does, so that a close that hangs in its own clean-up cannot hold up the process."""
    closing = asyncio.ensure_future(pool.close())
    try:
        await asyncio.wait((closing,), timeout=CLEAN_UP_S)
    finally:
        if not closing.done():
            closing.cancel()
            pool.terminate()
    await asyncio.wait((closing,), timeout=1)
    if closing.done() and not closing.cancelled():
        closing.exception()
