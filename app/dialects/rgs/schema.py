"""The contract's messages with its own field names, in its own order."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.money import MAX_AMOUNT

MIN_TTL_S = 60
MAX_TTL_S = 24 * 3600
DEFAULT_TTL_S = 3600

Slug = Annotated[str, Meta(min_length=1, max_length=64)]


class LaunchBody(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /launch`. Fields that are not listed are ignored, optional ones may be null."""

    operator_player_id: Annotated[str, Meta(min_length=1, max_length=128)]
    currency: Annotated[str, Meta(min_length=1, max_length=16)]
    balance_minor: Annotated[int, Meta(ge=0, le=MAX_AMOUNT)] | None = None
    """What the page shows until the wallet answers for the first time."""
    ttl_seconds: Annotated[int, Meta(ge=MIN_TTL_S, le=MAX_TTL_S)] | None = None
    lang: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{2,35}\Z")] | None = None
    return_url: Annotated[str, Meta(min_length=1, max_length=2_000)] | None = None
    title: Slug | None = None
    game: Slug | None = None
    """The same as `title`, as other vendors call it."""
    country: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?\Z")] | None = None


class LaunchAnswer(msgspec.Struct, frozen=True):
    ok: bool
    session_id: str
    launch_url: str
    expires_at: str
    """`YYYY-MM-DDTHH:MM:SSZ`."""


class OutcomeAnswer(msgspec.Struct, frozen=True):
    crashPoint: msgspec.Raw  # noqa: N815 - the contract's name
    mapSeed: str  # noqa: N815 - the contract's name
    lootSeed: str  # noqa: N815 - the contract's name
    guardSeed: str  # noqa: N815 - the contract's name


class ProofAnswer(msgspec.Struct, frozen=True):
    """Ties the bet's leaf to `bets_root` (RFC 6962)."""

    leaf: str
    index: int
    size: int
    path: tuple[str, ...]


class RoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`GET /round/<id>`. Multipliers are JSON numbers with the fewest exact digits."""

    server_seed: str | None
    server_seed_hash: str
    client_seed: str | None
    nonce: int
    outcome: OutcomeAnswer | None
    realized_multiplier: msgspec.Raw | None
    payout_minor: int | None
    status: str
    bets_root: str | None
    public_salt: str
    rules_hash: str
    proof: ProofAnswer | None


class WalletBody(msgspec.Struct, frozen=True, kw_only=True):
    """What `/bet`, `/win` and `/refund` receive; only `/win` has a multiplier."""

    operator_tx_id: str
    operator_player_id: str
    session_id: str
    round_id: str
    currency: str
    amount_minor: int
    multiplier: msgspec.Raw | UnsetType = UNSET
