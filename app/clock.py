"""Time as a part that can be swapped: the simulator and the tests bring their own."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class WallClock(Protocol):
    """Calendar time, for stamps, signatures and expiry. It may jump: never measure with it."""

    def now(self) -> datetime:
        """Timezone-aware, in UTC."""


class Monotonic(Protocol):
    """Elapsed time, for rounds, deadlines and retries. Its zero means nothing."""

    def now_ms(self) -> int:
        """Whole milliseconds, never decreasing."""

    async def sleep_until_ms(self, deadline_ms: int) -> None:
        """Return at or after `deadline_ms`, never before; yields once when it has passed."""


class SystemWallClock:
    """The machine's calendar."""

    def now(self) -> datetime:
        """Timezone-aware, in UTC."""
        return datetime.now(UTC)


class SystemMonotonic:
    """The machine's monotonic clock and the running event loop's timers."""

    def now_ms(self) -> int:
        """Whole milliseconds, never decreasing."""
        return time.monotonic_ns() // 1_000_000

    async def sleep_until_ms(self, deadline_ms: int) -> None:
        """Return at or after `deadline_ms`, never before; yields once when it has passed."""
        # A caller that is behind must still let the loop run, and timers may fire a little early.
        await asyncio.sleep(0)
        while (wait_ms := deadline_ms - self.now_ms()) > 0:  # noqa: ASYNC110 - time has no event
            await asyncio.sleep(wait_ms / 1000)
