"""Operators, their credentials, players and sessions."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from app.ids import new_id
from app.ledger.database import Database, as_struct
from app.ledger.errors import LedgerError
from app.ledger.queries import load
from app.operators.model import Money, Operator

_SQL = load("tenants")
_LIMITS = msgspec.json.Decoder(dict[str, Money])


class SlugTaken(LedgerError):
    """Another operator has that slug."""


class CredentialRow(msgspec.Struct, frozen=True):
    """`sealed_secrets` is an encrypted `OperatorSecrets`."""

    operator_id: UUID
    api_key_sha256: bytes
    sealed_secrets: bytes


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A player at a table in one currency. `balance` is the last one the wallet told."""

    id: UUID
    operator_id: UUID
    player_id: UUID
    player: str
    table_id: str
    title: str
    currency: str
    lang: str
    return_url: str | None
    balance: int | None
    client_seed: str | None
    expires_at: datetime
    revoked_at: datetime | None


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    operator_id: UUID
    player: str
    """The operator's own player id."""
    table_id: str
    title: str
    currency: str
    lang: str
    country: str | None
    return_url: str | None
    launch_token_sha256: bytes
    balance: int | None
    expires_at: datetime


async def insert_operator(
    database: Database, operator: Operator, credentials: CredentialRow
) -> None:
    """Both rows or neither. Raises `SlugTaken`."""
    try:
        async with database.transaction() as connection:
            await connection.execute(
                _SQL["insert_operator"],
                operator.id,
                operator.slug,
                operator.name,
                operator.dialect,
                operator.wallet_url,
                list(operator.currencies),
                operator.rtp_bps,
                operator.cap,
                operator.ggr_share_bps,
                operator.is_sandbox,
                msgspec.json.encode(operator.limits).decode(),
            )
            await connection.execute(
                _SQL["insert_credentials"],
                new_id(),
                operator.id,
                credentials.api_key_sha256,
                credentials.sealed_secrets,
            )
    except asyncpg.UniqueViolationError as error:
        raise SlugTaken(operator.slug) from error


async def operators(database: Database) -> list[Operator]:
    """All of them, oldest first."""
    return [_operator(row) for row in await database.fetch(_SQL["operators"])]


async def operator_by(database: Database, id_or_slug: str) -> Operator | None:
    row = await database.fetchrow(_SQL["operator"], id_or_slug)
    return _operator(row) if row is not None else None


async def set_wallet_url(database: Database, operator: UUID, wallet_url: str) -> None:
    """Ops not yet acknowledged go to the new address too."""
    await database.execute(_SQL["set_wallet_url"], operator, wallet_url)


async def credentials(database: Database, operator: UUID) -> list[CredentialRow]:
    """Those valid now, newest first."""
    rows = await database.fetch(_SQL["credentials"], operator)
    return [as_struct(CredentialRow, row) for row in rows]


async def insert_session(database: Database, session: NewSession) -> None:
    """Also makes the player's row on the first visit."""
    async with database.transaction() as connection:
        player = await connection.fetchrow(
            _SQL["ensure_player"], new_id(), session.operator_id, session.player
        )
        if player is None:  # a concurrent first visit committed between the two halves
            player = await connection.fetchrow(
                _SQL["ensure_player"], new_id(), session.operator_id, session.player
            )
        if player is None:
            raise LedgerError("a player could be neither made nor found")
        await connection.execute(
            _SQL["insert_session"],
            session.id,
            session.operator_id,
            player["id"],
            session.table_id,
            session.title,
            session.currency,
            session.lang,
            session.country,
            session.return_url,
            session.launch_token_sha256,
            session.balance,
            session.expires_at,
        )


async def session_by_launch_token(database: Database, sha256: bytes) -> Session | None:
    row = await database.fetchrow(_SQL["session_by_launch_token"], sha256)
    return as_struct(Session, row) if row is not None else None


async def session_by_id(database: Database, session: UUID) -> Session | None:
    row = await database.fetchrow(_SQL["session_by_id"], session)
    return as_struct(Session, row) if row is not None else None


async def set_client_seed(database: Database, session: UUID, client_seed: str | None) -> None:
    await database.execute(_SQL["set_client_seed"], session, client_seed)


def _operator(row: asyncpg.Record) -> Operator:
    fields = dict(row)
    fields["limits"] = _LIMITS.decode(str(fields["limits"]))
    return msgspec.convert(fields, Operator, strict=False)
