"""One runner a table: an advisory lock decides who may try, the epoch who may write."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.ledger.database import Database


def _key(table: str) -> int:
    digest = hashlib.sha256(f"apogee:table:{table}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


@asynccontextmanager
async def leading(database: Database, table: str) -> AsyncIterator[bool]:
    """Whether this process now holds the table's lock; held until the block ends or the
    connection does. Losing it unnoticed is harmless: the successor's epoch fences us off."""
    connection = await database.dedicated()
    try:
        held: bool = await connection.fetchval("select pg_try_advisory_lock($1)", _key(table))
        yield held
    finally:
        with suppress(Exception):
            await asyncio.wait_for(connection.close(timeout=1), timeout=2)
