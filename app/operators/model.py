"""Who may call us, and what they may ask: plain data, and the port the dialects talk through.

A dialect's inbound router turns its operator's wire format into these structs and back. It reaches
the rest of the system only through `OperatorPort`, so it never sees the ledger, the bus or play.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class Money(msgspec.Struct, frozen=True):
    """Stake limits in one currency, in minor units. `None` means no limit."""

    min_stake: int
    max_stake: int
    max_win: int | None = None
    max_daily_loss: int | None = None


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant. Holds no secret: see `OperatorSecrets`."""

    id: UUID
    slug: str
    name: str
    dialect: str
    wallet_url: str
    currencies: tuple[str, ...]
    rtp_bps: int
    """Return to player in basis points: 9600 is 96 %."""
    cap: int
    """The largest multiplier, in hundredths."""
    ggr_share_bps: int
    is_sandbox: bool
    active: bool
    limits: Mapping[str, Money]
    """By currency code; a currency absent here has the defaults of `operators.limits`."""


class OperatorSecrets(msgspec.Struct, frozen=True):
    """Secrets in clear, decrypted on use. Never logged, never shown again after creation."""

    hmac_secret: str
    """Signs the operator's calls to us."""
    wallet_secret: str
    """Signs our calls to the operator's wallet; may equal `hmac_secret`."""

    def __repr__(self) -> str:
        return "OperatorSecrets(…)"


class LaunchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A player session the operator asks for, already validated in shape by the dialect."""

    player: str
    """The operator's own player id, 1 to 128 characters."""
    currency: str
    ttl_seconds: int
    balance: int | None = None
    """A display hint in minor units; the wallet's answers replace it."""
    title: str | None = None
    """The title's slug; `None` is the default title."""
    lang: str = "en"
    return_url: str | None = None
    country: str | None = None


class Launch(msgspec.Struct, frozen=True):
    session_id: UUID
    launch_url: str
    """Holds the launch token: never logged."""
    expires_at: datetime


class RoundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of one round to an operator (and, of its own, to a player).

    `server_seed`, `crash` and everything derived are `None` until the table's round has ended.
    The fields below `bet` are `None` when the record was asked for by a table round's id.
    """

    round: UUID
    table: str
    phase: str
    """`betting`, `locked`, `running`, `crashed` or `void`."""
    nonce: int
    server_seed_hash: str
    server_seed: str | None
    public_salt: str
    client_seed: str | None
    bets_root: str | None
    beacon: str | None
    rules_hash: str
    rtp_bps: int
    cap: int
    growth: int
    crash: int | None
    """Hundredths."""
    started_at: datetime | None
    bet: UUID | None = None
    bet_status: str | None = None
    """A value of `engine.bet.BetState`."""
    multiplier: int | None = None
    """Hundredths at which the bet cashed out; `None` while it rides, 0 when it lost."""
    payout: int | None = None
    """Minor units; 0 for a loss, `None` while undecided."""
    proof: "InclusionProof | None" = None


class InclusionProof(msgspec.Struct, frozen=True):
    """Shows that one bet's leaf is under the round's `bets_root` (RFC 6962 audit path)."""

    leaf: str
    """The leaf's canonical JSON text, as hashed."""
    index: int
    size: int
    path: tuple[str, ...]
    """Sibling hashes from the leaf upwards, hex."""


class OperatorRefusal(Exception):
    """A call the use case refuses; the dialect's `codes.py` gives it the operator's shape."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class OperatorPort(Protocol):
    """What a dialect may ask of the system. Bound in the composition root."""

    async def find(self, operator_id: UUID, dialect: str) -> "tuple[Operator, Credentials] | None":
        """The operator of that dialect, active or not, with what is needed to check a call."""

    async def launch(self, operator: Operator, request: LaunchRequest) -> Launch:
        """Open a player session. Raises `OperatorRefusal`: `currency_not_allowed`,
        `operator_inactive`, `unknown_title`, `bad_return_url`, `bad_ttl`."""

    async def round_record(self, operator: Operator, identifier: UUID) -> RoundRecord | None:
        """By a bet's id (the operator's own bets only) or a table round's id (tables the operator
        plays on only); `None` for anything else, another tenant's included."""


class Credentials(msgspec.Struct, frozen=True):
    """What checks an inbound call: the key's hash and the signing secrets that are valid now."""

    api_key_sha256: bytes
    secrets: tuple[OperatorSecrets, ...]
    """Newest first; more than one during a rotation's overlap."""

    def __repr__(self) -> str:
        return "Credentials(…)"
