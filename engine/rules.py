"""The rules a chain is bound to, their published text and its hash. A new rule is a new chain."""

import hashlib
from dataclasses import dataclass

from engine.canonical import canonical_json
from engine.errors import require

VERSION = "apogee-1"
MIN_CASHOUT = 101
"""Hundredths: below 1.01x a cash-out is refused as too early."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides an outcome, apart from the seeds. `cap` in hundredths, growth in 100,000ths."""

    rtp_bps: int
    cap: int
    growth: int
    beacon: str | None = None
    """The chain hash of the randomness beacon mixed in, or none."""

    def __post_init__(self) -> None:
        require(5_000 <= self.rtp_bps <= 10_000, "the return lies between 50 % and 100 %")
        require(MIN_CASHOUT < self.cap <= 10_000_000, "the cap lies between 1.02x and 100,000x")
        require(1 <= self.growth <= 100_000, "the curve grows")

    def text(self) -> str:
        """The exact canonical JSON that is published and hashed."""
        return canonical_json(
            {
                "version": VERSION,
                "rtp_bps": self.rtp_bps,
                "cap": self.cap,
                "growth": self.growth,
                "tie": "player",
                "rounding": "floor",
                "min_cashout": MIN_CASHOUT,
                "beacon": self.beacon,
            }
        ).decode()

    def hash(self) -> str:
        """SHA-256 of `text()`, hex."""
        return hashlib.sha256(self.text().encode()).hexdigest()
