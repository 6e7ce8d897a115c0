"""A table's seed chain: made, committed and opened here, in the process that runs the table.

Seeds leave this room only when their round has ended.
"""

import asyncio
import math
import secrets
from uuid import UUID

import msgspec

from app.ids import new_id
from app.ledger import tables
from app.ledger.database import Database
from app.ledger.tables import ChainRow, GameTable
from app.log import get_logger
from app.secrets import Vault
from engine.crashpoint import crash_point
from engine.errors import require
from engine.rules import Rules
from engine.seeds import Checkpoints, build_chain, client_seed, commits_to, outcome_digest

log = get_logger(__name__)

PURPOSE = "chain-checkpoints"
UNPROVEN = "drawn by this server: unproven, for development only"


class _Stored(msgspec.Struct, frozen=True):
    length: int
    stride: int
    seeds: tuple[str, ...]


class Chain:
    """An opened chain. Holds secrets: never logged, never sent."""

    __slots__ = ("_checkpoints", "_salt", "id", "length", "rules", "rules_hash", "rules_text", "s0")

    def __init__(self, row: ChainRow, rules: Rules, salt: str, checkpoints: Checkpoints) -> None:
        require(row.rules == rules.text(), "a chain is played by the rules it committed to")
        require(row.rules_hash == rules.hash(), "the rules hash is that of the rules")
        self.id = row.id
        self.s0 = row.s0
        self.length = row.length
        self.rules = rules
        self.rules_text = row.rules
        self.rules_hash = row.rules_hash
        self._salt = salt
        self._checkpoints = checkpoints

    def __repr__(self) -> str:
        return f"Chain({self.id})"

    @property
    def public_salt(self) -> str:
        return self._salt

    def server_seed(self, nonce: int) -> str:
        """Secret until round `nonce` has ended."""
        return self._checkpoints.seed(nonce)

    def server_seed_hash(self, nonce: int) -> str:
        """Public before round `nonce`: the seed its predecessor revealed."""
        return self.s0 if nonce == 1 else self._checkpoints.seed(nonce - 1)

    def client_seed(self, bets_root: str) -> str:
        """Without a beacon the bets stay outside the outcome."""
        require(self.rules.beacon is None and bool(bets_root), "no beacon is mixed in")
        return client_seed(self._salt)

    def crash(self, nonce: int, mixed_seed: str) -> int:
        """Hundredths; secret until round `nonce` has ended."""
        seed = self.server_seed(nonce)
        require(commits_to(self.server_seed_hash(nonce), seed), "the seed is the committed one")
        digest = outcome_digest(seed, mixed_seed, nonce)
        return crash_point(digest, self.rules.rtp_bps, self.rules.cap)


class ChainKeeper:
    """Finds or makes the chain a table plays on."""

    def __init__(
        self, database: Database, vault: Vault, *, length: int, may_draw_salt: bool
    ) -> None:
        self._database = database
        self._vault = vault
        self._length = length
        self._may_draw_salt = may_draw_salt

    async def current(self, table: GameTable) -> tuple[Chain, int] | None:
        """The chain and its next nonce; `None` while a chain waits for its public salt.

        A table whose chain is used up gets a new one. The salt is fixed after the commitment is on
        disk: where the server may not draw it, somebody brings it from outside.
        """
        row = await tables.current_chain(self._database, table.id)
        if row is None:
            row = await self._commit_to_new(table)
        if row.public_salt is None:
            if not self._may_draw_salt:
                return None
            await tables.fix_salt(self._database, row.id, secrets.token_hex(32))
            row = await tables.chain_by_id(self._database, row.id)
        return self._open(row, table), row.next_nonce

    async def by_id(self, chain_id: UUID, table: GameTable) -> Chain:
        """A chain that has played, to reveal a round it was broken in."""
        return self._open(await tables.chain_by_id(self._database, chain_id), table)

    async def _commit_to_new(self, table: GameTable) -> ChainRow:
        stride = max(1, math.isqrt(self._length))
        log.info("chain_growing", table=table.id, rounds=self._length)
        tip = secrets.token_hex(32)
        s0, checkpoints = await asyncio.to_thread(build_chain, tip, self._length, stride)
        chain_id = new_id()
        stored = _Stored(checkpoints.length, checkpoints.stride, checkpoints.seeds)
        rules = _rules(table)
        source = UNPROVEN if self._may_draw_salt else "announced by the operator of this server"
        row = ChainRow(
            id=chain_id,
            s0=s0,
            length=self._length,
            rules=rules.text(),
            rules_hash=rules.hash(),
            salt_source=source,
            public_salt=None,
            sealed_checkpoints=self._vault.seal(
                msgspec.msgpack.encode(stored), purpose=PURPOSE, context=chain_id.bytes
            ),
        )
        await tables.insert_chain(self._database, table.id, row)
        log.info("chain_committed", table=table.id, chain=chain_id)
        return row

    def _open(self, row: ChainRow, table: GameTable) -> Chain:
        require(row.public_salt is not None, "a chain is played once its salt is fixed")
        opened = self._vault.open(row.sealed_checkpoints, purpose=PURPOSE, context=row.id.bytes)
        stored = msgspec.msgpack.decode(opened, type=_Stored)
        checkpoints = Checkpoints(stored.length, stored.stride, stored.seeds)
        return Chain(row, _rules(table), row.public_salt or "", checkpoints)


def _rules(table: GameTable) -> Rules:
    return Rules(rtp_bps=table.rtp_bps, cap=table.cap, growth=table.growth)
