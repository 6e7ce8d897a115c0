"""What can be written through the journal: one struct an intent, each with its own result.

Every entry is idempotent: handing the same one in again after a lost connection gives the same
result and changes nothing. Amounts in minor units, multipliers in hundredths, times in seconds.
"""

from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from engine.bet import BetState


class NewOp(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet op to be inserted with the entry that owes it."""

    id: UUID
    seq: int
    kind: str
    transaction_id: str
    original_transaction_id: str | None = None
    amount: int
    status: Literal["due", "sending", "waiting"] = "due"
    lease_s: float | None = None
    """With `sending`: how long the inserting process may hold it."""


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """A bet's identity and money: what every later entry about it repeats."""

    bet: UUID
    round: UUID
    operator: UUID
    session: UUID
    currency: str
    amount: int
    liability: int
    """The most it can pay; counted against the operator's exposure while it is in."""


class PlaceBet(msgspec.Struct, frozen=True, kw_only=True):
    """A bet and its debit, in state `sending`. Result: `Placed` or `NotPlaced`."""

    stake: Stake
    player: UUID
    slot: int
    ref: str
    auto: int | None
    exit_at: int
    client_seed: str | None
    leaf_salt: str
    debit: NewOp
    max_exposure: int
    max_daily_loss: int | None

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.player, 0)

    @property
    def round(self) -> UUID:
        return self.stake.round


class Placed(msgspec.Struct, frozen=True):
    bet: UUID
    state: BetState
    fresh: bool
    """False when this `ref` had placed the same bet before: nothing new was written."""


class NotPlaced(msgspec.Struct, frozen=True):
    """`betting_closed`, `slot_taken`, `ref_reused`, `exposure_limit` or `daily_loss_limit`."""

    code: str


class FinishDebit(msgspec.Struct, frozen=True, kw_only=True):
    """A debit's outcome. Result: the bet's state after it, a `BetState`.

    `accepted` counts only while the round still takes bets; after its seal the stake goes back.
    """

    stake: Stake
    op: UUID
    outcome: Literal["accepted", "declined", "unknown", "unsent"]
    rollback: NewOp
    """Inserted only if the stake goes back."""
    balance: int | None = None
    code: str | None = None
    message: str | None = None
    reason: str | None = None
    body_sha256: bytes | None = None

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.stake.bet, 1)

    @property
    def round(self) -> UUID:
        return self.stake.round


class CancelBet(msgspec.Struct, frozen=True, kw_only=True):
    """Take an accepted bet back while the window is open. Result: the bet's state after it."""

    stake: Stake
    rollback: NewOp

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.stake.bet, 2)

    @property
    def round(self) -> UUID:
        return self.stake.round


class CashOutBet(msgspec.Struct, frozen=True, kw_only=True):
    """A cash-out and its credit. Result: `True`; `StaleEpoch` if the writer lost the table."""

    bet: UUID
    operator: UUID
    currency: str
    round: UUID
    epoch: int
    multiplier: int
    elapsed_ms: int
    payout: int
    ops: tuple[NewOp, ...]

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.bet, 3)


class FinishOp(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one attempt at a credit, rollback, close or record.

    Result: whether it was applied; `False` if the lease had lapsed and the op is another's now.
    """

    op: UUID
    attempt: int
    bet: UUID
    session: UUID
    status: Literal["done", "due", "parked"]
    bet_state: BetState | None
    """Where the bet goes with it, if anywhere."""
    reason: str | None = None
    balance: int | None = None
    retry_s: float = 0
    body_sha256: bytes | None = None

    @property
    def key(self) -> tuple[UUID, int]:
        return (self.bet, 4)

    @property
    def round(self) -> None:
        return None


Entry: TypeAlias = PlaceBet | FinishDebit | CancelBet | CashOutBet | FinishOp
