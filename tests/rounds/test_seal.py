"""The seal waits for debits that are still on their way."""

import asyncio

from app.bus.messages import RoundClosed, RoundLocked, RoundOpened
from app.clock import SystemMonotonic
from app.ledger.journal import Journal
from app.rounds.runner import SEAL_GRACE_MS, SEAL_POLL_MS, Pace
from engine.bet import BetState
from tests.ledger.casino import Casino, answered, placing
from tests.rounds.table import Table

PACE = Pace(betting_ms=150, pause_ms=0, tick_ms=20)
MEANWHILE_MS = 8 * SEAL_POLL_MS
"""Long after a seal that waits for nobody, long before one that has waited enough."""


async def test_a_debit_answered_after_the_close_still_plays(
    journal: Journal, casino: Casino
) -> None:
    assert MEANWHILE_MS < SEAL_GRACE_MS / 2
    table, clock = Table(casino, journal), SystemMonotonic()
    player = await casino.player()
    states: list[BetState] = []
    answer = asyncio.Event()

    async def bet(opened: RoundOpened) -> None:
        if opened.nonce > 1:
            return
        slow = placing(casino, player)
        await journal.submit(slow)
        await table.until(lambda events: any(isinstance(e, RoundClosed) for e in events))
        await clock.sleep_until_ms(clock.now_ms() + MEANWHILE_MS)
        states.append(await journal.submit(answered(slow)))
        answer.set()

    async with table.running(PACE, bet):
        await answer.wait()
        await table.until(lambda events: any(isinstance(e, RoundLocked) for e in events))
    assert states == [BetState.ACCEPTED]
    locked = next(e for e in table.events if isinstance(e, RoundLocked))
    assert [total.players for total in locked.totals] == [1]
