"""The seed chain: what is committed before the bets and revealed after the crash.

Seeds are 64 lower-case hex characters, hashed as ASCII text. A chain runs from its tip `s[N]` down
to `s[0]` by `s[i] = sha256_hex(s[i+1])`. Round `i` is played with `s[i]` and published under
`s[i-1]`, the seed its predecessor revealed: no round can be skipped, re-rolled or reordered unseen.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.errors import require

_SEED = re.compile(r"[0-9a-f]{64}")


def is_seed(text: str) -> bool:
    """Whether `text` is 64 lower-case hex characters."""
    return _SEED.fullmatch(text) is not None


def parent(seed: str) -> str:
    """`s[i] → s[i-1]`: the published hash of a seed."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


def commits_to(server_seed_hash: str, server_seed: str) -> bool:
    """Whether a revealed seed is the one that was committed to. Any text gives an answer."""
    return is_seed(server_seed) and parent(server_seed) == server_seed_hash


def client_seed(public_salt: str, bets_root: str | None = None, beacon: str | None = None) -> str:
    """What enters the outcome beside the server seed.

    Without a beacon only the salt does: whoever knows the server seed and writes the last bet could
    otherwise try bets until the crash suits. With one, root and beacon value enter too.
    """
    if beacon is None:
        return hashlib.sha256(public_salt.encode()).hexdigest()
    require(bets_root is not None, "a beacon is mixed with the root it came after")
    return hashlib.sha256(f"{public_salt}:{bets_root}:{beacon}".encode()).hexdigest()


def outcome_digest(server_seed: str, client_seed: str, nonce: int, label: str = "crash") -> str:
    """HMAC-SHA256 keyed by the seed's text over `<client_seed>:<nonce>:<label>`, hex.

    `label` is `crash` for the outcome; `map`, `loot` and `guard` give seeds for scenery.
    """
    message = f"{client_seed}:{nonce}:{label}".encode()
    return hmac.new(server_seed.encode("ascii"), message, hashlib.sha256).hexdigest()


def descend(seed: str, steps: int) -> str:
    """`s[i] → s[i - steps]`."""
    require(steps >= 0, "a chain is only walked towards its commitment")
    sha256 = hashlib.sha256
    for _ in range(steps):
        seed = sha256(seed.encode("ascii")).hexdigest()
    return seed


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Sparse seeds of one chain: `seeds[k]` is `s[min((k+1)·stride, length)]`.

    About √N of them are kept, so that any seed is at most `stride` hashes away. Secret as a whole.
    """

    length: int
    stride: int
    seeds: tuple[str, ...] = field(repr=False)

    def seed(self, index: int) -> str:
        """`s[index]` for `1 ≤ index ≤ length`, in at most `stride` hashes."""
        require(1 <= index <= self.length, "the seed lies on the chain")
        slot = (index - 1) // self.stride
        position = min((slot + 1) * self.stride, self.length)
        return descend(self.seeds[slot], position - index)


def build_chain(tip: str, length: int, stride: int) -> tuple[str, Checkpoints]:
    """Walk from `s[length] = tip` down once; returns the commitment `s[0]` and the checkpoints."""
    require(is_seed(tip), "the tip is 64 lower-case hex characters")
    require(length >= 1 and stride >= 1, "a chain has rounds and a stride")
    seeds: list[str] = []
    seed, position = tip, length
    while position > 0:
        seeds.append(seed)
        below = (position - 1) // stride * stride
        seed, position = descend(seed, position - below), below
    return seed, Checkpoints(length, stride, tuple(reversed(seeds)))


def verify_links(s0: str, revealed: Iterable[str]) -> Iterator[bool]:
    """For seeds revealed from round 1 on: does each hash to the one before it?"""
    expected = s0
    for seed in revealed:
        yield commits_to(expected, seed)
        expected = seed
