"""Runners that fall: restarted, and less and less eagerly while they keep falling."""

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest

from app.rounds import supervisor
from app.rounds.supervisor import MAX_PAUSE_S, Supervisor
from tests.ledger.casino import Casino


async def test_a_runner_that_keeps_falling_is_restarted_ever_more_slowly(
    casino: Casino, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each start may cost a round: one that cannot be played must not burn the chain."""
    pauses: list[float] = []
    enough = asyncio.Event()

    class Asyncio:
        """The module, with pauses taken down instead of made."""

        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, pause_s: float) -> None:
            pauses.append(pause_s)
            if len(pauses) == 6:
                enough.set()
            await asyncio.sleep(0)

    class Falls:
        async def run(self) -> None:
            raise RuntimeError("a poisoned round")

    monkeypatch.setattr(supervisor, "asyncio", cast(Any, Asyncio()))
    task = asyncio.create_task(Supervisor(casino.database, lambda _: cast(Any, Falls())).run())
    async with asyncio.timeout(20):
        await enough.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert pauses[:6] == sorted(pauses[:6])
    assert pauses[5] == MAX_PAUSE_S
