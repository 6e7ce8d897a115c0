"""RFC 6962 Merkle trees over the accepted bets: one root commits to the whole list.

A leaf is `sha256(0x00 ‖ data)`, a node `sha256(0x01 ‖ left ‖ right)`; the tree splits at the
largest power of two below its size; the empty tree's root is the hash of nothing.
"""

import hashlib
from collections.abc import Sequence

from engine.errors import require

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf *hashes*, left to right."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def audit_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The sibling hashes that prove leaf `index`, from the leaf upwards."""
    require(0 <= index < len(leaves), "the leaf is in the tree")
    path = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level, index = _parents(level), index // 2
    return tuple(path)


def proves(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `path` ties leaf hash `leaf` at `index` of `size` leaves to `expected_root`.

    The root alone does not fix the size: a proof may hold for another one in which the leaf's way
    up turns the same corners. Whoever signs a root signs the size with it.
    """
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in (leaf, *path)):
        return False
    node, last, rest = leaf, size - 1, list(path)
    while last > 0:
        if index ^ 1 <= last:
            if not rest:
                return False
            sibling = rest.pop(0)
            node = _node(sibling, node) if index & 1 else _node(node, sibling)
        index, last = index // 2, last // 2
    return not rest and node == expected_root


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """One level up. A node without a sibling rises unchanged, which gives RFC 6962's shape."""
    pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[-1:]) if len(level) % 2 else pairs


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
