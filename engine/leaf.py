"""The leaf of a bet: what the Merkle root of a round commits to, and nothing about the player."""

from dataclasses import dataclass

from engine.canonical import canonical_json
from engine.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class BetLeaf:
    """One accepted bet. `auto` in hundredths; `leaf_salt` is 32 hex characters of randomness, so
    that a neighbour's hash in a proof cannot be guessed back to a stake."""

    bet: str
    stake: int
    currency: str
    auto: int | None
    client_seed: str | None
    leaf_salt: str

    def text(self) -> bytes:
        """Canonical JSON, as hashed."""
        return canonical_json(
            {
                "bet": self.bet,
                "stake": self.stake,
                "currency": self.currency,
                "auto": self.auto,
                "client_seed": self.client_seed,
                "leaf_salt": self.leaf_salt,
            }
        )

    def hash(self) -> bytes:
        """The RFC 6962 leaf hash."""
        return leaf_hash(self.text())
