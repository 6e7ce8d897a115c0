"""How many frames a socket may send: a token bucket that is told the time."""

from typing import Final

FRAMES_PER_S: Final = 20
BURST: Final = 40


class TokenBucket:
    """`burst` tokens at first, refilled at `rate` a second up to `burst`.

    Times are seconds of any one monotonic clock. A clock that steps back refills nothing and takes
    nothing away.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, now: float, rate: float = FRAMES_PER_S, burst: float = BURST) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Spend one token. False, and nothing is spent, when none is left."""
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
