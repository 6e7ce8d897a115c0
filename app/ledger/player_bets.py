"""A player's own bets and queued intents, as the play protocol shows them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from app.ledger.database import Database, as_struct
from app.ledger.queries import load
from engine.bet import BetState

_SQL = load("player_bets")


class QueuedBet(msgspec.Struct, frozen=True, kw_only=True):
    """An intent without money, for the next round that opens."""

    player_id: UUID
    slot: int
    session_id: UUID
    ref: str
    stake: int
    auto: int | None


class PlayerBet(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    ref: str
    slot: int
    round_id: UUID
    stake: int
    auto: int | None
    exit_at: int
    status: BetState
    cashout_multiplier: int | None
    payout: int | None
    currency: str


async def queue_bet(database: Database, bet: QueuedBet) -> None:
    """One a slot: a new intent replaces the old one."""
    await database.execute(
        _SQL["queue_bet"], bet.player_id, bet.slot, bet.session_id, bet.ref, bet.stake, bet.auto
    )


async def queued(database: Database, player: UUID) -> list[QueuedBet]:
    return [as_struct(QueuedBet, row) for row in await database.fetch(_SQL["queued"], player)]


async def queued_for(database: Database, sessions: Sequence[UUID]) -> list[QueuedBet]:
    """Everything those sessions have queued, oldest first."""
    rows = await database.fetch(_SQL["queued_for_sessions"], list(sessions))
    return [as_struct(QueuedBet, row) for row in rows]


async def unqueue(database: Database, player: UUID, slot: int) -> str | None:
    """Drop the slot's intent; returns its `ref`, or `None` if there was none."""
    row = await database.fetchrow(_SQL["unqueue"], player, slot)
    return row["ref"] if row is not None else None


async def unqueue_session(database: Database, session: UUID) -> None:
    """Drop what a session that stayed away had queued."""
    await database.execute(_SQL["unqueue_session"], session)


async def bets_in_round(database: Database, player: UUID, round_id: UUID) -> list[PlayerBet]:
    rows = await database.fetch(_SQL["bets_in_round"], player, round_id)
    return [as_struct(PlayerBet, row) for row in rows]


async def bet_by_ref(database: Database, player: UUID, ref: str) -> PlayerBet | None:
    row = await database.fetchrow(_SQL["bet_by_ref"], player, ref)
    return as_struct(PlayerBet, row) if row is not None else None
