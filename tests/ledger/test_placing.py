"""Placing bets through the journal: what is refused, what is idempotent, what is committed."""

import asyncio

import pytest

from app.ledger.database import Database
from app.ledger.entries import NotPlaced, Placed
from app.ledger.journal import Journal
from engine.bet import BetState
from tests.ledger.casino import (
    Casino,
    answered,
    cancelling,
    cashing_out,
    open_casino,
    placing,
)


async def test_a_placed_bet_and_its_debit_are_on_disk_before_anything_is_sent(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    assert await journal.submit(bet) == Placed(bet.stake.bet, BetState.DEBIT_PENDING, fresh=True)
    row = await database.fetchrow("select * from ops where bet_id = $1", bet.stake.bet)
    assert row is not None
    assert (row["kind"], row["status"], row["attempts"]) == ("debit", "sending", 1)
    assert row["amount"] == 1_000


async def test_the_same_entry_again_changes_nothing(journal: Journal, casino: Casino) -> None:
    bet = placing(casino, await casino.player())
    first = await journal.submit(bet)
    assert await journal.submit(bet) == first


async def test_the_same_ref_never_bets_twice(
    database: Database, journal: Journal, casino: Casino
) -> None:
    player = await casino.player()
    first = placing(casino, player, ref="mine")
    await journal.submit(first)
    again = await journal.submit(placing(casino, player, ref="mine"))
    assert again == Placed(first.stake.bet, BetState.DEBIT_PENDING, fresh=False)
    assert [row["id"] for row in await database.fetch("select id from bets")] == [first.stake.bet]


async def test_a_ref_is_refused_for_another_bet(journal: Journal, casino: Casino) -> None:
    player = await casino.player()
    await journal.submit(placing(casino, player, ref="mine", amount=1_000))
    other = placing(casino, player, ref="mine", amount=2_000)
    assert await journal.submit(other) == NotPlaced("ref_reused")


async def test_a_slot_takes_one_bet_a_round(journal: Journal, casino: Casino) -> None:
    player = await casino.player()
    await journal.submit(placing(casino, player, ref="a", slot=1))
    assert await journal.submit(placing(casino, player, ref="b", slot=1)) == NotPlaced("slot_taken")
    other_slot = await journal.submit(placing(casino, player, ref="c", slot=0))
    assert isinstance(other_slot, Placed)


async def test_a_declined_bet_frees_its_slot(journal: Journal, casino: Casino) -> None:
    player = await casino.player()
    declined = placing(casino, player, ref="a")
    await journal.submit(declined)
    assert await journal.submit(answered(declined, "declined")) is BetState.REJECTED
    assert isinstance(await journal.submit(placing(casino, player, ref="b")), Placed)


async def test_of_many_at_once_for_one_slot_exactly_one_stands(
    journal: Journal, casino: Casino
) -> None:
    player = await casino.player()
    results = await asyncio.gather(
        *(journal.submit(placing(casino, player, ref=f"r{i}")) for i in range(20))
    )
    assert sum(isinstance(result, Placed) for result in results) == 1
    assert {r.code for r in results if isinstance(r, NotPlaced)} == {"slot_taken"}


async def test_a_refused_bet_does_not_harm_the_others_of_its_batch(
    journal: Journal, casino: Casino
) -> None:
    players = [await casino.player(f"p{i}") for i in range(5)]
    await journal.submit(placing(casino, players[2], ref="before"))
    batches = journal.batches
    results = await asyncio.gather(
        *(journal.submit(placing(casino, player, ref="now")) for player in players)
    )
    assert journal.batches == batches + 1
    assert [isinstance(result, Placed) for result in results] == [True, True, False, True, True]


@pytest.mark.parametrize("phase", ["closing", "locked", "running"])
async def test_no_bet_comes_in_once_the_window_is_closed(
    journal: Journal, casino: Casino, phase: str
) -> None:
    player = await casino.player()
    await casino.close()
    if phase != "closing":
        await casino.seal()
    if phase == "running":
        await casino.database.execute("update rounds set phase = 'running'")
    assert await journal.submit(placing(casino, player)) == NotPlaced("betting_closed")


async def test_exposure_counts_what_bets_can_pay_and_stops_at_the_limit(
    journal: Journal, casino: Casino
) -> None:
    players = [await casino.player(f"p{i}") for i in range(4)]
    bets = [placing(casino, player, exit_at=200, max_exposure=5_000) for player in players]
    results = await asyncio.gather(*(journal.submit(bet) for bet in bets))
    assert sum(isinstance(result, Placed) for result in results) == 2
    assert [r for r in results if isinstance(r, NotPlaced)] == [NotPlaced("exposure_limit")] * 2


async def test_exposure_is_given_back_by_declined_and_cancelled_bets(
    journal: Journal, casino: Casino
) -> None:
    first, second, third = [await casino.player(f"p{i}") for i in range(3)]
    declined = placing(casino, first, exit_at=200, max_exposure=2_000)
    await journal.submit(declined)
    await journal.submit(answered(declined, "declined"))
    cancelled = placing(casino, second, exit_at=200, max_exposure=2_000)
    assert isinstance(await journal.submit(cancelled), Placed)
    await journal.submit(answered(cancelled))
    await journal.submit(cancelling(cancelled))
    last = await journal.submit(placing(casino, third, exit_at=200, max_exposure=2_000))
    assert isinstance(last, Placed)


async def test_exposure_of_one_operator_leaves_another_its_own(
    database: Database, journal: Journal, casino: Casino
) -> None:
    other = await open_casino(database, "Casino Two")
    other.round = casino.round
    full = placing(casino, await casino.player(), exit_at=200, max_exposure=2_000)
    free = placing(other, await other.player(), exit_at=200, max_exposure=2_000)
    assert isinstance(await journal.submit(full), Placed)
    assert isinstance(await journal.submit(free), Placed)


async def test_a_daily_loss_limit_counts_what_is_lost_and_what_is_at_stake(
    journal: Journal, casino: Casino
) -> None:
    player = await casino.player()

    async def bet(ref: str, slot: int) -> object:
        return await journal.submit(
            placing(casino, player, ref=ref, slot=slot, max_daily_loss=2_500)
        )

    lost = placing(casino, player, ref="lost", max_daily_loss=2_500)
    await journal.submit(lost)
    await journal.submit(answered(lost))
    await casino.fly()
    await casino.crash()
    await casino.open_round()
    assert isinstance(await bet("at stake", 0), Placed)
    assert await bet("too much", 1) == NotPlaced("daily_loss_limit")


async def test_a_win_makes_room_under_the_daily_loss_limit(
    journal: Journal, casino: Casino
) -> None:
    player = await casino.player()
    won = placing(casino, player, ref="won", max_daily_loss=1_000)
    await journal.submit(won)
    await journal.submit(answered(won))
    await casino.fly()
    await journal.submit(cashing_out(casino, won, 300))
    await casino.crash()
    await casino.open_round()
    again = placing(casino, player, ref="again", amount=3_000, max_daily_loss=1_000)
    assert isinstance(await journal.submit(again), Placed)


async def test_two_at_once_cannot_pass_a_daily_loss_limit_together(
    database: Database, casino: Casino
) -> None:
    """From two processes: each has a journal of its own."""
    from app.ledger.journal import open_journal

    player = await casino.player()
    async with open_journal(database) as one, open_journal(database) as two:
        results = await asyncio.gather(
            one.submit(placing(casino, player, ref="a", slot=0, max_daily_loss=1_500)),
            two.submit(placing(casino, player, ref="b", slot=1, max_daily_loss=1_500)),
        )
    assert sorted(type(result).__name__ for result in results) == ["NotPlaced", "Placed"]
