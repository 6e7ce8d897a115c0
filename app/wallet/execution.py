"""One attempt at one op: encode, send, decode. Writes nothing; the caller commits the outcome."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

import msgspec

from app.clock import WallClock
from app.dialects.base import Dialect
from app.operators.directory import Directory
from app.wallet.client import Sender
from app.wallet.ops import NeverSent, OpKind, Outcome, WalletOp, WalletResponse
from engine.errors import require

CREDIT_DEADLINE_S = 5


class Attempt(msgspec.Struct, frozen=True):
    outcome: Outcome
    body_sha256: bytes | None
    """`None` when nothing was encoded."""


class Wallets:
    """All operators' wallets."""

    def __init__(
        self,
        directory: Directory,
        dialects: Mapping[str, Dialect],
        sender: Sender,
        clock: WallClock,
    ) -> None:
        self._directory = directory
        self._dialects = dialects
        self._sender = sender
        self._clock = clock

    def dialect(self, name: str) -> Dialect:
        return self._dialects[name]

    async def attempt(
        self,
        op: WalletOp,
        operator_id: UUID,
        deadline_s: float,
        first_body_sha256: bytes | None = None,
    ) -> Attempt:
        """Send once. An op that was sent before must encode to the very same body."""
        known = await self._directory.get(operator_id)
        if known is None:
            return Attempt(NeverSent("the operator is not known"), None)
        codec = self._dialects[known.operator.dialect].codec
        request = codec.encode(op, known.operator, known.secrets, self._clock.now())
        body_sha256 = hashlib.sha256(request.body).digest()
        require(
            first_body_sha256 in (None, body_sha256),
            "the same op has the same body on every attempt",
        )
        require(op.kind is not OpKind.DEBIT or first_body_sha256 is None, "a debit is sent once")
        answer = await self._sender.send(request, deadline_s)
        if isinstance(answer, WalletResponse):
            return Attempt(codec.decode(op, answer), body_sha256)
        return Attempt(answer, body_sha256)
