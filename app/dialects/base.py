"""What a dialect is: one frozen record. `dialects/__init__.py` registers them in one tuple."""

from collections.abc import Callable
from dataclasses import dataclass

from litestar import Router

from app.wallet.ops import OpKind, WalletCodec

ErrorBody = Callable[[int, str, str], bytes]
"""HTTP status, code and sentence → the JSON body this contract uses for errors."""


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
    prefixes: tuple[str, ...]
    """Every path at or below one of them belongs to this dialect, unknown routes included."""
    router: Router
    """Its `opt` is `owner(name)`, by which `edge` tells this dialect's answers from others."""
    error_body: ErrorBody
    codec: WalletCodec
    capabilities: Capabilities


def owner(name: str) -> dict[str, object]:
    """The `opt` of a dialect's router."""
    return {"dialect": name}
