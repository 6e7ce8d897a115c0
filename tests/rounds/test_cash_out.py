"""Cash-outs through the real loop: valued on arrival, told after their commit, never twice."""

import asyncio
from uuid import UUID

from app.bus.messages import (
    BetsCashedOut,
    CashOutReply,
    RoundOpened,
)
from app.ledger.entries import PlaceBet
from app.ledger.journal import Journal
from app.rounds.runner import Pace
from tests.ledger.casino import Casino, placing
from tests.rounds.table import Table

PACE = Pace(betting_ms=250, pause_ms=0, tick_ms=20)
TARGETS = (101, 110, 125, 150, 200, 300, 500, 1_000)


class TestCashOut:
    """A player's own cash-out, while the round runs."""

    async def test_it_is_answered_once_it_is_durable(
        self, journal: Journal, casino: Casino
    ) -> None:
        table = Table(casino, journal)
        player = await casino.player()
        replies: list[tuple[PlaceBet, CashOutReply]] = []

        async def bet(opened: RoundOpened) -> None:
            one = placing(casino, player, ref=f"{opened.nonce}")
            if not await table.accepted(one):
                return
            await table.until_climbed(opened.round, 105)
            replies.append((one, await table.cash_out(one.stake.bet)))

        async with table.running(PACE, bet):
            await table.until_crashes(8)
        won = [(one, reply) for one, reply in replies if not reply.code]
        assert won, "of eight rounds at least one should pass 1.05x"
        for one, reply in won:
            row = await casino.database.fetchrow(
                "select status, cashout_multiplier, payout from bets where id = $1", one.stake.bet
            )
            assert row is not None
            assert tuple(row) == ("CREDIT_PENDING", reply.multiplier, reply.payout)
        assert {reply.code for _, reply in replies} <= {"", "too_late"}

    async def test_asking_twice_gives_the_same_answer_and_one_credit(
        self, journal: Journal, casino: Casino
    ) -> None:
        table = Table(casino, journal)
        player = await casino.player()
        answers: list[list[CashOutReply]] = []

        async def bet(opened: RoundOpened) -> None:
            one = placing(casino, player, ref=f"{opened.nonce}")
            if not await table.accepted(one):
                return
            await table.until_climbed(opened.round, 105)
            ask = [table.cash_out(one.stake.bet) for _ in range(10)]
            answers.append(list(await asyncio.gather(*ask)))

        async with table.running(PACE, bet):
            await table.until_crashes(5)
        assert all(len(set(map(repr, ten))) == 1 for ten in answers)
        paid = await casino.database.fetch("select bet_id from ops where kind = 'credit'")
        assert len(paid) == len({row["bet_id"] for row in paid})
        assert len(paid) == sum(not ten[0].code for ten in answers)

    async def test_before_the_start_it_is_refused(self, journal: Journal, casino: Casino) -> None:
        table = Table(casino, journal)
        player = await casino.player()
        replies: list[CashOutReply] = []

        async def bet(opened: RoundOpened) -> None:
            if replies:
                return
            one = placing(casino, player, ref=f"{opened.nonce}")
            if not await table.accepted(one):
                return
            replies.append(await table.cash_out(one.stake.bet))

        async with table.running(PACE, bet):
            await table.until(lambda _: bool(replies))
        assert replies[0].code == "not_running"


async def test_cash_outs_are_told_after_their_commit_and_before_the_crash(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    player = await casino.player()
    placed: set[UUID] = set()

    async def bet(opened: RoundOpened) -> None:
        one = placing(casino, player, ref=f"{opened.nonce}", exit_at=101)
        if await table.accepted(one):
            placed.add(opened.round)

    async with table.running(PACE, bet):
        await table.until_crashes(4)
    for crashed in table.crashes():
        if crashed.multiplier < 101 or crashed.round not in placed:
            continue
        told = [
            e for e in table.events if isinstance(e, BetsCashedOut) and e.round == crashed.round
        ]
        assert len(told) == 1
        assert table.events.index(told[0]) < table.events.index(crashed)
        assert crashed.lost == ()
