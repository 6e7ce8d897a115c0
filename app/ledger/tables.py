"""Tables and their chains. Seeds come and go sealed; this room never sees one in clear."""

from uuid import UUID

import msgspec

from app.ledger.database import Database, as_struct
from app.ledger.errors import LedgerError
from app.ledger.queries import load

_SQL = load("tables")


class GameTable(msgspec.Struct, frozen=True, kw_only=True):
    """A title at one return, one cap and one curve. `realm` keeps play money apart."""

    id: str
    title: str
    rtp_bps: int
    cap: int
    growth: int
    realm: str


class ChainRow(msgspec.Struct, frozen=True, kw_only=True):
    """A chain's public facts and its sealed checkpoints."""

    id: UUID
    s0: str
    length: int
    rules: str
    rules_hash: str
    salt_source: str
    public_salt: str | None
    sealed_checkpoints: bytes
    next_nonce: int = 1


async def ensure_table(database: Database, table: GameTable) -> None:
    """Make the table if it is not there yet."""
    await database.execute(
        _SQL["ensure_table"],
        table.id,
        table.title,
        table.rtp_bps,
        table.cap,
        table.growth,
        table.realm,
    )


async def tables(database: Database) -> list[GameTable]:
    return [as_struct(GameTable, row) for row in await database.fetch(_SQL["tables"])]


async def current_chain(database: Database, table: str) -> ChainRow | None:
    """The chain the table plays on, or `None` when every chain is used up."""
    row = await database.fetchrow(_SQL["current_chain"], table)
    return as_struct(ChainRow, row) if row is not None else None


async def chain_by_id(database: Database, chain: UUID) -> ChainRow:
    row = await database.fetchrow(_SQL["chain"], chain)
    if row is None:
        raise LedgerError(f"there is no chain {chain}")
    return as_struct(ChainRow, row)


class ChainSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a chain."""

    id: UUID
    table: str
    s0: str
    length: int
    next_nonce: int
    salt_source: str
    public_salt: str | None


async def chains(database: Database) -> list[ChainSummary]:
    """All of them, oldest first."""
    return [as_struct(ChainSummary, row) for row in await database.fetch(_SQL["chains"])]


async def insert_chain(database: Database, table: str, chain: ChainRow) -> None:
    """Commit to a new chain, before its salt is known."""
    await database.execute(
        _SQL["insert_chain"],
        chain.id,
        table,
        chain.s0,
        chain.length,
        chain.rules,
        chain.rules_hash,
        chain.salt_source,
        chain.sealed_checkpoints,
    )


async def fix_salt(database: Database, chain: UUID, public_salt: str) -> None:
    """Set the salt, once. Raises `LedgerError` if the chain has one, or is none."""
    if await database.fetchrow(_SQL["fix_salt"], chain, public_salt) is None:
        raise LedgerError(f"there is no chain {chain} that waits for a salt")
