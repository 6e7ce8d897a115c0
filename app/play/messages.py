"""Every message of the play protocol, version 1: one closed union per direction.

Amounts are minor units, multipliers hundredths, times milliseconds. Unknown fields are ignored when
reading; fields that are `None` are left out when writing.
"""

from typing import Annotated
from uuid import UUID

import msgspec

VERSION = 1


class _In(msgspec.Struct, frozen=True, tag_field="type"):
    pass


Ref = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
"""The client's id of a command: the idempotency key of a bet."""
Slot = Annotated[int, msgspec.Meta(ge=0, le=1)]
Amount = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Hundredths = Annotated[int, msgspec.Meta(ge=101, le=10**9)]


class Hello(_In, frozen=True, tag="hello"):
    """First frame of a socket. `session` is the secret the page holds, not the operator's id."""

    session: str
    v: int


class PlaceBet(_In, frozen=True, tag="bet"):
    ref: Ref
    slot: Slot
    amount: Amount
    auto: Hundredths | None = None
    """Hundredths, at least 101."""
    round: UUID | None = None
    """Only this round; absent: the open one, else the next."""


class Cancel(_In, frozen=True, tag="cancel"):
    ref: Ref
    slot: Slot


class CashOut(_In, frozen=True, tag="cashout"):
    ref: Ref
    slot: Slot


class SetSeed(_In, frozen=True, tag="seed"):
    """From the next bet on."""

    client_seed: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[\x20-\x7e]*$")]


class Ping(_In, frozen=True, tag="ping"):
    t: int


ClientMessage = Hello | PlaceBet | Cancel | CashOut | SetSeed | Ping


class _Out(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True, kw_only=True):
    pass


class Curve(msgspec.Struct, frozen=True):
    """m(e) = 100·(1 + growth/divisor)^e hundredths at e ms: enough to draw between ticks."""

    growth: int
    divisor: int


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    currency: str
    exponent: int
    min_stake: int
    max_stake: int
    min_auto: int
    cap: int
    max_win: int | None = None


class MyBet(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the player's own bets, as `welcome` restores it.

    `status`: `queued` `pending` `accepted` `cashed_out` `lost` `cancelled` `refunded`. `bet` is
    absent while queued; `m` and `payout` are there once it cashed out.
    """

    ref: str
    slot: int
    status: str
    amount: int
    bet: UUID | None = None
    round: UUID | None = None
    auto: int | None = None
    exit: int | None = None
    """Where it is cashed out by force: the automatic target, the cap or the maximum win."""
    m: int | None = None
    payout: int | None = None


class PastRound(msgspec.Struct, frozen=True):
    round: UUID
    m: int


class CrowdRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One live bet of the viewer's operator. `id` is only good for matching within the round."""

    id: int
    name: str
    stake: int
    currency: str
    m: int | None = None
    payout: int | None = None


class Outs(msgspec.Struct, frozen=True):
    """Cash-outs since the last tick: `count` of them, at most 20 told as rows."""

    count: int
    rows: tuple[CrowdRow, ...]


class Welcome(_Out, frozen=True, kw_only=True, tag="welcome"):
    v: int
    now: int
    """The server's wall clock, epoch milliseconds: for display only."""
    phase: str
    """`betting` `locked` `running` `crashed` `void`, or `waiting` before a table's first round."""
    round: UUID | None = None
    hash: str | None = None
    rules_hash: str
    rules: str
    """The exact text that `rules_hash` is the SHA-256 of."""
    public_salt: str
    elapsed: int | None = None
    closes_in: int | None = None
    curve: Curve
    balance: int | None = None
    bets: tuple[MyBet, ...]
    history: tuple[PastRound, ...]
    """Newest first, at most 50."""
    limits: Limits
    players: int
    crowd: tuple[CrowdRow, ...] = ()
    client_seed: str | None = None
    """The player's own, as set by `seed`."""


class Betting(_Out, frozen=True, kw_only=True, tag="betting"):
    round: UUID
    hash: str
    rules_hash: str
    closes_in: int
    nonce: int


class Locked(_Out, frozen=True, kw_only=True, tag="locked"):
    round: UUID
    client_seed: str
    bets_root: str
    players: int
    stake_total: dict[str, int]
    """By currency code."""


class Running(_Out, frozen=True, kw_only=True, tag="running"):
    round: UUID


class Tick(_Out, frozen=True, kw_only=True, tag="tick"):
    round: UUID
    e: int
    m: int
    out: Outs | None = None


class Crashed(_Out, frozen=True, kw_only=True, tag="crashed"):
    round: UUID
    m: int
    server_seed: str
    client_seed: str
    nonce: int


class Void(_Out, frozen=True, kw_only=True, tag="void"):
    round: UUID
    reason: str


class BetUpdate(_Out, frozen=True, kw_only=True, tag="bet"):
    """`status`: `pending` `accepted` `queued` `rejected` `cancelled` `refunded`."""

    ref: str
    slot: int
    status: str
    amount: int
    bet: UUID | None = None
    round: UUID | None = None
    auto: int | None = None
    exit: int | None = None
    balance: int | None = None
    code: str | None = None
    message: str | None = None


class CashOutUpdate(_Out, frozen=True, kw_only=True, tag="cashout"):
    """`status`: `accepted` (durable) or `rejected`. `ref` is the command's, or the bet's for an
    automatic one."""

    ref: str
    slot: int
    status: str
    bet: UUID | None = None
    m: int | None = None
    payout: int | None = None
    code: str | None = None
    message: str | None = None


class Settled(_Out, frozen=True, kw_only=True, tag="settled"):
    """The bet is over. For a win the wallet has answered; a loss has `payout` 0."""

    bet: UUID
    slot: int
    payout: int
    balance: int | None = None


class Crowd(_Out, frozen=True, kw_only=True, tag="crowd"):
    """Live bets: what came and went since the last one; at most the 50 largest stakes."""

    round: UUID
    count: int
    full: bool = False
    """`add` is the whole list: forget what was there before."""
    add: tuple[CrowdRow, ...] = ()
    remove: tuple[int, ...] = ()


class Balance(_Out, frozen=True, kw_only=True, tag="balance"):
    balance: int


class Pong(_Out, frozen=True, kw_only=True, tag="pong"):
    t: int


class Error(_Out, frozen=True, kw_only=True, tag="error"):
    code: str
    message: str
    ref: str | None = None


ServerMessage = (
    Welcome
    | Betting
    | Locked
    | Running
    | Tick
    | Crashed
    | Void
    | BetUpdate
    | CashOutUpdate
    | Settled
    | Crowd
    | Balance
    | Pong
    | Error
)

decode_client = msgspec.json.Decoder(ClientMessage).decode
encode = msgspec.json.Encoder().encode
