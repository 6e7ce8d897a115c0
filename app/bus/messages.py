"""Everything that goes over the bus: events of tables and players, commands to a table's runner.

Nothing here tells of a seed or crash point before the crash. Amounts in minor units, multipliers
in hundredths, times in milliseconds.
"""

from uuid import UUID

import msgspec

from engine.bet import BetState


class _Message(msgspec.Struct, frozen=True, tag_field="t", omit_defaults=True):
    pass


class RoundOpened(_Message, frozen=True, tag="opened"):
    round: UUID
    nonce: int
    server_seed_hash: str
    rules_hash: str
    closes_in_ms: int


class RoundClosed(_Message, frozen=True, tag="closed"):
    """The window is shut; debits in flight may still be accepted."""

    round: UUID


class OperatorTotal(msgspec.Struct, frozen=True):
    """One operator's part of a round."""

    operator: UUID
    players: int
    stakes: dict[str, int]


class RoundLocked(_Message, frozen=True, tag="locked"):
    round: UUID
    client_seed: str
    bets_root: str
    totals: tuple[OperatorTotal, ...]


class RoundStarted(_Message, frozen=True, tag="started"):
    round: UUID


class RoundTicked(_Message, frozen=True, tag="tick"):
    round: UUID
    elapsed_ms: int
    multiplier: int


class Leaver(msgspec.Struct, frozen=True, omit_defaults=True):
    """A committed cash-out."""

    bet: UUID
    operator: UUID
    player: UUID
    currency: str
    slot: int
    ref: str
    multiplier: int
    payout: int


class BetsCashedOut(_Message, frozen=True, tag="left"):
    """Automatic and manual ones, after their commit."""

    round: UUID
    leavers: tuple[Leaver, ...]


class EndedStake(msgspec.Struct, frozen=True):
    bet: UUID
    operator: UUID
    player: UUID
    currency: str
    slot: int
    ref: str
    stake: int


class RoundCrashed(_Message, frozen=True, tag="crashed"):
    round: UUID
    multiplier: int
    server_seed: str
    client_seed: str
    nonce: int
    lost: tuple[EndedStake, ...]


class RoundVoided(_Message, frozen=True, tag="voided"):
    round: UUID
    reason: str
    returned: tuple[EndedStake, ...]


class CrowdBet(_Message, frozen=True, tag="crowd"):
    """A bet came in (`live`) or was taken back before the seal."""

    round: UUID
    bet: UUID
    operator: UUID
    player: str
    """The operator's own player id; masked before anybody sees it."""
    stake: int
    currency: str
    live: bool


TableEvent = (
    RoundOpened
    | RoundClosed
    | RoundLocked
    | RoundStarted
    | RoundTicked
    | BetsCashedOut
    | RoundCrashed
    | RoundVoided
    | CrowdBet
)


class BetMoved(_Message, frozen=True, tag="bet"):
    """A bet's wallet business got somewhere while its player may be anywhere."""

    player: UUID
    table: str
    currency: str
    bet: UUID
    slot: int
    ref: str
    state: BetState
    amount: int
    payout: int | None = None
    balance: int | None = None


PlayerEvent = BetMoved


class CashOutCommand(_Message, frozen=True, tag="cashout"):
    """Asks a table's runner to cash a bet out. Valued when it arrives there."""

    round: UUID
    bet: UUID


class CashOutReply(_Message, frozen=True, tag="cashout_reply"):
    """`code` is empty when the cash-out is committed, else why it does not count."""

    code: str = ""
    multiplier: int | None = None
    payout: int | None = None


class SnapshotCommand(_Message, frozen=True, tag="snapshot"):
    """Asks where a round is, for a process that has just begun to listen."""


class SnapshotReply(_Message, frozen=True, tag="snapshot_reply"):
    phase: str
    round: UUID | None = None
    nonce: int = 0
    server_seed_hash: str = ""
    rules: str = ""
    rules_hash: str = ""
    public_salt: str = ""
    closes_in_ms: int = 0
    elapsed_ms: int = 0


TableCommand = CashOutCommand | SnapshotCommand
TableReply = CashOutReply | SnapshotReply


class OpsDue(_Message, frozen=True, tag="ops_due"):
    """Ops were committed that a wallet worker may send now."""
