"""From a digest to a crash point, in integers, and the exact odds that follow.

`h` is the first 52 bits of the digest, `E = 2^52`, and
`crash = clamp(rtp_bps·E // (100·(E - h)), 100, cap)` hundredths. Hence for every target x with
`100 < x ≤ cap` exactly `rtp_bps·E // (100·x)` of the E values of `h` reach it, so the return is
`rtp_bps / 10,000` whatever the target, to within 2^-52.
"""

from engine.errors import require
from engine.seeds import is_seed

SPACE = 2**52
LOWEST = 100
"""A round that crashes at once: nobody can cash out below 1.01x."""


def crash_point(digest: str, rtp_bps: int, cap: int) -> int:
    """Hundredths. `digest` is the hex of `seeds.outcome_digest`."""
    require(is_seed(digest), "a digest is 64 lower-case hex characters")
    return crash_of(int(digest[:13], 16), rtp_bps, cap)


def crash_of(h: int, rtp_bps: int, cap: int) -> int:
    """Hundredths for `0 ≤ h < 2^52`."""
    require(0 <= h < SPACE, "h has 52 bits")
    require(0 < rtp_bps <= 10_000, "the return is at most 100 %")
    require(cap > LOWEST, "the cap lies above 1.00x")
    return min(max(rtp_bps * SPACE // (100 * (SPACE - h)), LOWEST), cap)


def outcomes_reaching(target: int, rtp_bps: int, cap: int) -> int:
    """How many of the 2^52 values of `h` crash at or above `target` hundredths."""
    if target <= LOWEST:
        return SPACE
    if target > cap:
        return 0
    return min(rtp_bps * SPACE // (100 * target), SPACE)
