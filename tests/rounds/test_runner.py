"""The real loop over the real ledger: what is paid, when, and to whom."""

import asyncio
from uuid import UUID

import msgspec
import pytest

from app.bus.messages import (
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

PACE = Pace(betting_ms=250, pause_ms=0, tick_ms=20)
SPARSE = Pace(betting_ms=250, pause_ms=0, tick_ms=1_000)
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
        placed[opened.round] = await table.accepted(*bets)

    async with table.running(pace, bet):
        await table.until_crashes(8)
    assert sum(len(bets) for bets in placed.values()) >= len(TARGETS)
    for crashed in table.crashes():
        for one in placed.get(crashed.round, ()):
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
    placed: list[PlaceBet] = []

    async def place(opened: RoundOpened) -> None:
        if not placed:
            stake = msgspec.structs.replace(bet.stake, round=opened.round)
            placed.extend(await table.accepted(msgspec.structs.replace(bet, stake=stake)))

    async with table.running(PACE, place):
        await table.until(
            lambda events: any(
                isinstance(e, RoundStarted) and placed and e.round == placed[0].stake.round
                for e in events
            )
        )
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
