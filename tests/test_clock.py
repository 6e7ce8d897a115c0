"""The system's clocks keep what the protocols promise."""

import asyncio
from datetime import timedelta

from app.clock import SystemMonotonic, SystemWallClock


def test_the_wall_clock_speaks_utc() -> None:
    assert SystemWallClock().now().utcoffset() == timedelta(0)


async def test_sleeping_never_ends_before_the_deadline() -> None:
    clock = SystemMonotonic()
    for wait_ms in (1, 3, 7):
        deadline_ms = clock.now_ms() + wait_ms
        await clock.sleep_until_ms(deadline_ms)
        assert clock.now_ms() >= deadline_ms


async def test_a_caller_that_is_behind_still_lets_others_run() -> None:
    clock = SystemMonotonic()
    others = asyncio.create_task(asyncio.sleep(0))
    while not others.done():
        await clock.sleep_until_ms(clock.now_ms() - 1_000)


async def test_a_timer_that_fires_early_is_set_again() -> None:
    readings = iter([0, 4, 4, 5])

    class Early(SystemMonotonic):
        def now_ms(self) -> int:
            return next(readings)

    await Early().sleep_until_ms(5)
    assert next(readings, None) is None
