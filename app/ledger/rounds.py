"""A round's own writes. Each carries the epoch of the runner that makes it; a stale one raises
`StaleEpoch` and changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec

from app.ledger.database import Connection, Database, as_struct
from app.ledger.entries import NewOp
from app.ledger.errors import StaleEpoch
from app.ledger.op_rows import OwedOp, insert_ops
from app.ledger.queries import load
from engine import merkle
from engine.leaf import BetLeaf
from engine.round import Phase

_SQL = load("rounds")


class SealedBet(msgspec.Struct, frozen=True, kw_only=True):
    """A bet that plays, as fixed at the seal."""

    id: UUID
    operator_id: UUID
    player_id: UUID
    session_id: UUID
    slot: int
    ref: str
    currency: str
    stake: int
    auto: int | None
    exit_at: int
    client_seed: str | None
    leaf_salt: str

    def leaf(self) -> BetLeaf:
        return BetLeaf(
            bet=str(self.id),
            stake=self.stake,
            currency=self.currency,
            auto=self.auto,
            client_seed=self.client_seed,
            leaf_salt=self.leaf_salt,
        )


class Seal(msgspec.Struct, frozen=True):
    bets: tuple[SealedBet, ...]
    bets_root: str
    client_seed: str


class EndedBet(msgspec.Struct, frozen=True, kw_only=True):
    """A bet that a crash lost or a void sends back, with whom to tell."""

    id: UUID
    operator_id: UUID
    dialect: str
    player_id: UUID
    slot: int
    ref: str
    currency: str
    stake: int


class UnfinishedRound(msgspec.Struct, frozen=True):
    id: UUID
    chain_id: UUID
    nonce: int
    phase: str
    client_seed: str | None


class PastRound(msgspec.Struct, frozen=True):
    round: UUID
    m: int


class OwesOps(Protocol):
    """What a bet's contract owes the wallet when the bet ends."""

    def __call__(self, bet: EndedBet) -> Sequence[NewOp]: ...


class Outcome(msgspec.Struct, frozen=True):
    """What is revealed when a round ends. Built only then."""

    server_seed: str
    client_seed: str
    crash: int

    def __repr__(self) -> str:
        return "Outcome(…)"


async def take_table(database: Database, table: str) -> int:
    """The epoch of a new runner, greater than every earlier one."""
    row = await database.fetchrow(_SQL["take_table"], table)
    if row is None:
        raise StaleEpoch(f"there is no table {table}")
    epoch: int = row["epoch"]
    return epoch


async def unfinished(database: Database, table: str) -> list[UnfinishedRound]:
    """Rounds an earlier runner left behind, oldest first."""
    rows = await database.fetch(_SQL["unfinished_rounds"], table)
    return [as_struct(UnfinishedRound, row) for row in rows]


async def adopt(database: Database, round_id: UUID, epoch: int) -> None:
    """Take over a round left behind, so that its old runner's writes are stale too."""
    _must_hold(await database.fetchrow(_SQL["adopt_round"], round_id, epoch), round_id)


async def open_round(
    database: Database,
    *,
    round_id: UUID,
    table: str,
    epoch: int,
    chain: UUID,
    nonce: int,
    server_seed_hash: str,
) -> None:
    """Use the chain's next nonce for a round that takes bets from now on."""
    async with database.transaction() as connection:
        if await connection.fetchrow(_SQL["own_table"], table, epoch) is None:
            raise StaleEpoch(f"table {table} is run by another process")
        if await connection.fetchrow(_SQL["use_nonce"], chain, nonce) is None:
            raise StaleEpoch(f"round {nonce} of chain {chain} has been used")
        await connection.execute(
            _SQL["open_round"], round_id, table, chain, nonce, epoch, server_seed_hash
        )


async def close_round(database: Database, round_id: UUID, epoch: int) -> None:
    """No new bet and no cancel commits after this."""
    _must_hold(await database.fetchrow(_SQL["close_round"], round_id, epoch), round_id)


async def debits_in_flight(database: Database, round_id: UUID) -> int:
    row = await database.fetchrow(_SQL["debits_in_flight"], round_id)
    return row["pending"] if row is not None else 0


async def seal_round(
    database: Database, round_id: UUID, epoch: int, client_seed: Callable[[str], str]
) -> Seal:
    """Fix who plays, in one transaction that shuts everybody else's out. `client_seed` maps the
    Merkle root to the client seed."""
    async with database.transaction() as connection:
        await _lock(connection, round_id, epoch, {Phase.CLOSING})
        rows = await connection.fetch(_SQL["accepted_bets"], round_id)
        bets = tuple(as_struct(SealedBet, row) for row in rows)
        root = merkle.root([bet.leaf().hash() for bet in bets]).hex()
        seed = client_seed(root)
        await connection.execute(_SQL["seal_round"], round_id, [bet.id for bet in bets], root, seed)
    return Seal(bets, root, seed)


async def start_round(database: Database, round_id: UUID, epoch: int) -> None:
    _must_hold(await database.fetchrow(_SQL["start_round"], round_id, epoch), round_id)


async def crash_round(
    database: Database, round_id: UUID, epoch: int, outcome: Outcome, owes: OwesOps
) -> list[EndedBet]:
    """Reveal the seed and settle what still rode; returns the lost bets."""
    async with database.transaction() as connection:
        await _lock(connection, round_id, epoch, {Phase.RUNNING})
        rows = await connection.fetch(_SQL["lose_bets"], round_id)
        lost = [as_struct(EndedBet, row) for row in rows]
        await insert_ops(connection, _owed(lost, owes))
        await connection.execute(_SQL["crash_round"], round_id, outcome.server_seed, outcome.crash)
    return lost


async def void_round(
    database: Database,
    round_id: UUID,
    epoch: int,
    outcome: Outcome,
    reason: str,
    owes: OwesOps,
) -> list[EndedBet]:
    """Send back what still rode; cashed-out bets keep their payout. The seed is revealed and the
    crash it would have had is shown, so that voiding is never a hidden option."""
    live = {Phase.BETTING, Phase.CLOSING, Phase.LOCKED, Phase.RUNNING}
    async with database.transaction() as connection:
        await _lock(connection, round_id, epoch, live)
        rows = await connection.fetch(_SQL["return_bets"], round_id)
        returned = [as_struct(EndedBet, row) for row in rows]
        await insert_ops(connection, _owed(returned, owes))
        await connection.execute(
            _SQL["void_round"],
            round_id,
            outcome.server_seed,
            outcome.client_seed,
            outcome.crash,
            reason,
        )
    return returned


async def return_stakes(
    database: Database, round_id: UUID, epoch: int, owes: OwesOps
) -> list[EndedBet]:
    """Send back what still rides while the round itself cannot be ended yet, for want of the seed
    it has to reveal. Safe to repeat; `void_round` ends the round later."""
    live = {Phase.BETTING, Phase.CLOSING, Phase.LOCKED, Phase.RUNNING}
    async with database.transaction() as connection:
        await _lock(connection, round_id, epoch, live)
        await connection.execute(_SQL["shut_window"], round_id)
        rows = await connection.fetch(_SQL["return_bets"], round_id)
        returned = [as_struct(EndedBet, row) for row in rows]
        await insert_ops(connection, _owed(returned, owes))
    return returned


async def history(database: Database, table: str, limit: int) -> list[PastRound]:
    """The latest crash points, newest first."""
    rows = await database.fetch(_SQL["history"], table, limit)
    return [as_struct(PastRound, row) for row in rows]


async def _lock(connection: Connection, round_id: UUID, epoch: int, phases: set[Phase]) -> None:
    row = await connection.fetchrow(_SQL["lock_round"], round_id, epoch)
    if row is None or Phase(row["phase"]) not in phases:
        raise StaleEpoch(f"round {round_id} is not this process's to write")


def _owed(bets: Iterable[EndedBet], owes: OwesOps) -> list[OwedOp]:
    return [OwedOp(op, bet.id, bet.operator_id, bet.currency) for bet in bets for op in owes(bet)]


def _must_hold(row: asyncpg.Record | None, round_id: UUID) -> None:
    if row is None:
        raise StaleEpoch(f"round {round_id} is not this process's to write")
