"""What a dialect is: one frozen record. `dialects/__init__.py` registers them in one tuple."""

from dataclasses import dataclass

from litestar import Router

from app.wallet.ops import OpKind, WalletCodec


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How this contract settles, where contracts differ."""

    ops_after_win: tuple[OpKind, ...]
    """Calls owed after a cash-out, in order."""
    ops_after_loss: tuple[OpKind, ...]
    """Calls owed after a bust, in order; empty where the contract signals no loss."""
    debit_deadline_ms: int
    """The longest a debit may take before its outcome counts as unknown."""


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    prefix: str
    """Every path below it belongs to this dialect, errors and unknown routes included."""
    router: Router
    codec: WalletCodec
    capabilities: Capabilities
