"""The curve: how the multiplier grows with elapsed milliseconds, one integer table.

`M(0) = 100·10^18`, `M(e+1) = M(e) + M(e)·growth // 100000`, `m(e) = M(e) // 10^18` hundredths.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache

from engine.errors import require

SCALE = 10**18
DIVISOR = 100_000


class Curve:
    """m(e) for one growth, from 1.00x to the first millisecond above `cap`."""

    __slots__ = ("cap", "growth", "table")

    def __init__(self, growth: int, cap: int) -> None:
        require(1 <= growth <= DIVISOR, "growth is a number of 100,000ths a millisecond")
        self.growth = growth
        self.cap = cap
        self.table = _tabulate(growth, cap)

    def multiplier_at(self, elapsed_ms: int) -> int:
        """m(e) in hundredths; past the table's end its last value, which lies above the cap."""
        require(elapsed_ms >= 0, "time does not run backwards")
        return self.table[min(elapsed_ms, len(self.table) - 1)]

    def first_ms_at(self, multiplier: int) -> int:
        """The first millisecond with m(e) ≥ multiplier (≤ cap): when a target falls due."""
        return bisect_left(self.table, multiplier)

    def crash_ms(self, crash: int) -> int:
        """The first millisecond with m(e) > crash: when the crash is declared."""
        return bisect_right(self.table, crash)


def _tabulate(growth: int, cap: int) -> tuple[int, ...]:
    table = []
    value = 100 * SCALE
    while True:
        table.append(value // SCALE)
        if table[-1] > cap:
            return tuple(table)
        value += value * growth // DIVISOR


@lru_cache(maxsize=32)
def curve_of(growth: int, cap: int) -> Curve:
    """The shared table of a growth and a cap (127,000 entries at growth 6 and 2000x)."""
    return Curve(growth, cap)
