"""The real loop over the real ledger: what is paid, when, and to whom."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from app.bus.messages import (
    BetsCashedOut,
    CashOutReply,
    RoundClosed,
    RoundLocked,
    RoundOpened,
    RoundStarted,
    RoundTicked,
)
from app.ledger import records, rounds
from app.ledger.entries import PlaceBet
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from app.rounds.runner import Pace
from engine.money import payout
from engine.seeds import commits_to
from engine.verify import verify_round
from tests.ledger.casino import Casino, placing
from tests.rounds.table import Table

PACE = Pace(betting_ms=150, pause_ms=0, tick_ms=20)
SPARSE = Pace(betting_ms=150, pause_ms=0, tick_ms=1_000)
TARGETS = (101, 110, 125, 150, 200, 300, 500, 1_000)


@pytest.mark.parametrize("pace", [PACE, SPARSE], ids=["ticks often", "hardly ticks"])
async def test_every_auto_at_or_below_the_crash_is_paid_at_exactly_its_target(
    journal: Journal, casino: Casino, pace: Pace
) -> None:
    """The measure of RTP end to end: whatever the tick timing, nothing is lost to the loop."""
    table = Table(casino, journal)
    players = [await casino.player(f"p{target}") for target in TARGETS]
    placed: dict[UUID, list[PlaceBet]] = {}

    async def bet(opened: RoundOpened) -> None:
        bets = [
            placing(casino, player, ref=f"{opened.nonce}", exit_at=target)
            for player, target in zip(players, TARGETS, strict=True)
        ]
        placed[opened.round] = bets
        await table.accepted(*bets)

    async with table.running(pace, bet):
        await table.until_crashes(8)
    for crashed in table.crashes():
        for one in placed[crashed.round]:
            row = await casino.database.fetchrow(
                "select cashout_multiplier, payout from bets where id = $1", one.stake.bet
            )
            assert row is not None
            due = one.exit_at <= crashed.multiplier
            expected = (one.exit_at, payout(1_000, one.exit_at)) if due else (None, 0)
            assert tuple(row) == expected


async def test_a_round_tells_its_phases_in_order(journal: Journal, casino: Casino) -> None:
    table = Table(casino, journal)
    async with table.running(PACE):
        await table.until_crashes(2)
    kinds = [type(event).__name__ for event in table.events]
    first = kinds[: kinds.index("RoundCrashed") + 1]
    phases = [kind for kind in first if kind != "RoundTicked"]
    assert phases == ["RoundOpened", "RoundClosed", "RoundLocked", "RoundStarted", "RoundCrashed"]


async def test_every_finished_round_verifies_from_its_public_record(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    async with table.running(PACE):
        await table.until_crashes(5)
    expected_hash = casino.chain.s0
    for crashed in table.crashes():
        record = await records.round_record(casino.database, crashed.round)
        assert record is not None
        public = msgspec.to_builtins(record) | {"status": record.phase}
        assert [check for check in verify_round(public) if not check.holds] == []
        assert record.server_seed_hash == expected_hash
        assert commits_to(expected_hash, crashed.server_seed)
        expected_hash = crashed.server_seed


async def test_no_tick_is_above_the_crash_and_time_does_not_run_back(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    async with table.running(PACE):
        await table.until_crashes(6)
    for crashed in table.crashes():
        ticks = [e for e in table.events if isinstance(e, RoundTicked) and e.round == crashed.round]
        assert all(tick.multiplier <= crashed.multiplier for tick in ticks)
        assert ticks == sorted(ticks, key=lambda tick: tick.elapsed_ms)


async def test_nothing_told_before_the_crash_gives_the_outcome_away(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    async with table.running(PACE):
        await table.until_crashes(3)
    for crashed in table.crashes():
        early = [
            event
            for event in table.events
            if getattr(event, "round", None) == crashed.round and event is not crashed
        ]
        assert len(early) >= 4
        for event in early:
            assert crashed.server_seed.encode() not in msgspec.json.encode(event)


class TestCashOut:
    """A player's own cash-out, while the round runs."""

    async def _one_bet(
        self, table: Table, casino: Casino, exit_at: int = 200_000
    ) -> list[PlaceBet]:
        return [placing(casino, await casino.player(), exit_at=exit_at)]

    async def test_it_is_answered_once_it_is_durable(
        self, journal: Journal, casino: Casino
    ) -> None:
        table = Table(casino, journal)
        player = await casino.player()
        replies: list[tuple[PlaceBet, CashOutReply]] = []

        async def bet(opened: RoundOpened) -> None:
            one = placing(casino, player, ref=f"{opened.nonce}")
            await table.accepted(one)
            await table.until(
                lambda events: (
                    any(
                        isinstance(e, RoundTicked)
                        and e.round == opened.round
                        and e.multiplier >= 105
                        for e in events
                    )
                    or any(crash.round == opened.round for crash in table.crashes())
                )
            )
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
            await table.accepted(one)
            await table.until(
                lambda events: (
                    any(
                        isinstance(e, RoundTicked)
                        and e.round == opened.round
                        and e.multiplier >= 105
                        for e in events
                    )
                    or any(crash.round == opened.round for crash in table.crashes())
                )
            )
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
            one = placing(casino, player)
            await table.accepted(one)
            replies.append(await table.cash_out(one.stake.bet))

        async with table.running(PACE, bet):
            await table.until_crashes(1)
        assert replies[0].code == "not_running"


async def test_cash_outs_are_told_after_their_commit_and_before_the_crash(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    player = await casino.player()

    async def bet(opened: RoundOpened) -> None:
        await table.accepted(placing(casino, player, ref=f"{opened.nonce}", exit_at=101))

    async with table.running(PACE, bet):
        await table.until_crashes(4)
    for crashed in table.crashes():
        if crashed.multiplier < 101:
            continue
        told = [
            e for e in table.events if isinstance(e, BetsCashedOut) and e.round == crashed.round
        ]
        assert len(told) == 1
        assert table.events.index(told[0]) < table.events.index(crashed)
        assert crashed.lost == ()


async def test_the_seal_waits_for_debits_in_flight_but_not_for_ever(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    hanging = placing(casino, await casino.player())

    async def bet(opened: RoundOpened) -> None:
        if opened.nonce == 1:
            hanging_now = msgspec.structs.replace(
                hanging, stake=msgspec.structs.replace(hanging.stake, round=opened.round)
            )
            await journal.submit(hanging_now)

    async with table.running(PACE, bet):
        await table.until_crashes(1)
    closed = next(e for e in table.events if isinstance(e, RoundClosed))
    locked = next(e for e in table.events if isinstance(e, RoundLocked))
    assert closed.round == locked.round
    assert locked.totals == ()


async def test_a_round_cut_off_is_void_at_the_next_start_and_its_stakes_go_back(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    bet = placing(casino, await casino.player())

    async def place(opened: RoundOpened) -> None:
        if not table.voids() and opened.nonce == 1:
            stake = msgspec.structs.replace(bet.stake, round=opened.round)
            await table.accepted(msgspec.structs.replace(bet, stake=stake))

    async with table.running(PACE, place):
        await table.until(lambda events: any(isinstance(e, RoundStarted) for e in events))
    cut_off = table.casino.round
    async with table.running(PACE):
        await table.until_crashes(len(table.crashes()) + 1)
    (voided,) = table.voids()
    assert voided.round == cut_off
    assert [ended.bet for ended in voided.returned] == [bet.stake.bet]
    row = await casino.database.fetchrow(
        "select kind, status, amount from ops where bet_id = $1 and seq = 2", bet.stake.bet
    )
    assert row is not None
    assert tuple(row) == ("rollback", "due", 1_000)


async def test_a_runner_whose_table_was_taken_stops_without_a_trace(
    journal: Journal, casino: Casino
) -> None:
    table = Table(casino, journal)
    async with table.running(PACE) as runner:
        await table.until(lambda events: any(isinstance(e, RoundStarted) for e in events))
        taken = table.casino.round
        epoch = await rounds.take_table(casino.database, casino.table.id)
        await rounds.adopt(casino.database, taken, epoch)
        with pytest.raises(StaleEpoch):
            await asyncio.wait_for(asyncio.shield(runner), 30)
    row = await casino.database.fetchrow("select phase from rounds where id = $1", taken)
    assert row is not None
    assert row["phase"] == "running"


async def test_a_used_up_chain_is_followed_by_a_new_one(journal: Journal, casino: Casino) -> None:
    await casino.database.execute("update chains set next_nonce = length")
    table = Table(casino, journal)
    async with table.running(PACE):
        await table.until_crashes(3)
    rows = await casino.database.fetch("select chain_id, nonce from rounds order by opened_at")
    nonces = [row["nonce"] for row in rows][:3]
    assert nonces == [50, 1, 2]
    assert rows[0]["chain_id"] != rows[1]["chain_id"]
