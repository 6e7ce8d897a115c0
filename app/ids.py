"""Ids that sort by time (UUID version 7, RFC 9562), so that new rows land together in an index."""

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """48 bits of wall-clock milliseconds, 74 of randomness."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
