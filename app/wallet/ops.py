"""Wallet ops, requests and outcomes: the pure vocabulary between the ledger, a dialect and HTTP.

An *op* is one call owed to an operator's wallet. Its row is committed before the call leaves; every
field a codec reads is immutable from then on, so the same op encodes to the same body for ever.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import msgspec

from app.operators.model import Operator, OperatorSecrets


class OpKind(StrEnum):
    DEBIT = "debit"
    CREDIT = "credit"
    ROLLBACK = "rollback"
    CLOSE = "close"
    """Says that the wallet round is over; moves no money."""
    RECORD = "record"
    """Delivers a bet record for the operator's reporting; moves no money."""


class WalletOp(msgspec.Struct, frozen=True, kw_only=True):
    """One op with all a codec needs. Amounts in minor units, multiplier in hundredths."""

    id: UUID
    kind: OpKind
    transaction_id: str
    original_transaction_id: str | None
    """For a rollback, the debit's transaction id."""
    amount: int
    currency: str
    bet: UUID
    """The wallet round: what callbacks name `round_id`."""
    stake: int
    multiplier: int | None
    session: UUID
    player: str
    """The operator's own player id."""
    title: str


class WalletRequest(msgspec.Struct, frozen=True):
    """One POST, ready to send. `headers` hold a signature: never logged."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class WalletResponse(msgspec.Struct, frozen=True):
    """What came back, whole and at most 64 KiB."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Accepted(msgspec.Struct, frozen=True):
    """Explicit success. `balance` in minor units when the wallet told it."""

    balance: int | None = None


class Declined(msgspec.Struct, frozen=True):
    """An explicit refusal the dialect lists. `message` is shown to the player as plain text."""

    code: str
    message: str


class Unknown(msgspec.Struct, frozen=True):
    """Everything else: the money may or may not have moved. `reason` holds no secret."""

    reason: str
    retry_after_s: int | None = None


class NeverSent(msgspec.Struct, frozen=True):
    """Provably nothing left this machine: the only failure that is not `Unknown`."""

    reason: str


Outcome = Accepted | Declined | Unknown | NeverSent


class WalletCodec(Protocol):
    """A dialect's outbound half: pure functions, no I/O."""

    def transaction_id(self, kind: OpKind, bet: UUID) -> str:
        """The op's id on the wire, fixed before the first attempt."""

    def encode(
        self, op: WalletOp, operator: Operator, secrets: OperatorSecrets, now: datetime
    ) -> WalletRequest:
        """`now` stamps and signs the attempt; the body depends on the op alone."""

    def decode(self, op: WalletOp, response: WalletResponse) -> Outcome:
        """Only explicit success is `Accepted`, only a listed refusal `Declined`; never raises.
        A rollback of an unknown or already rolled back transaction is `Accepted`."""
