"""Wallets that lie, hang and hang up: the player is told the truth, the books agree."""

import pytest

from tests.live import Live


@pytest.mark.parametrize(
    "fault", ["error_after", "reset_after", "html", "truncated", "reset_mid_body"]
)
async def test_a_debit_whose_answer_is_lost_comes_back(world: Live, fault: str) -> None:
    """The wallet has taken the stake and we cannot know it: nothing is kept, nothing is lost."""
    player = await world.player()
    await world.fault("bet", fault, calls=1)
    await player.betting()
    ref = await player.bet()
    told = await player.hears("bet", ref=ref, status="rejected")
    assert told["code"] == "wallet_unavailable"
    both = await world.agrees(told["bet"])
    assert both["apogee"]["status"] == "refunded"
    assert (await world.books())["balance_minor"] == 500_000


@pytest.mark.parametrize("fault", ["error_before", "reset_before"])
async def test_a_debit_that_was_not_applied_is_rolled_back_without_harm(
    world: Live, fault: str
) -> None:
    player = await world.player()
    await world.fault("bet", fault, calls=1)
    await player.betting()
    ref = await player.bet()
    told = await player.hears("bet", ref=ref, status="rejected")
    await player.hears("bet", bet=told["bet"], status="refunded")
    assert (await world.books())["balance_minor"] == 500_000


async def test_a_debit_that_times_out_after_applying_comes_back(world: Live) -> None:
    player = await world.player()
    await world.fault("bet", "timeout", calls=1, ms=3_000)
    await player.betting()
    ref = await player.bet()
    told = await player.hears("bet", ref=ref, status="rejected")
    await player.hears("bet", bet=told["bet"], status="refunded")
    assert (await world.books())["balance_minor"] == 500_000


@pytest.mark.parametrize("fault", ["error_before", "error_after", "reset_after", "decline"])
async def test_a_credit_is_repeated_until_acknowledged_and_paid_once(
    world: Live, fault: str
) -> None:
    player = await world.player()
    await world.fault("win", fault, calls=2)
    bet = await player.winning_bet(102)
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "won"
    paid = [t for t in both["own"] if t["type"] == "win" and t["status"] == "accepted"]
    assert [t["moved_minor"] for t in paid] == [1_020]


async def test_nothing_tells_of_a_rounds_seed_before_its_crash(world: Live) -> None:
    """Neither the socket nor the API, also to somebody who has cashed out already."""
    player = await world.player()
    bet = await player.winning_bet(101)
    crashed = await player.end_of(bet)
    before = player.told[: player.told.index(crashed)]
    assert all(crashed["server_seed"] not in str(message) for message in before)
    riding = await player.accepted_bet(auto=101)
    await player.hears("running", round=riding["round"])
    asked = await world.get(f"/sandbox/api/round/{riding['bet']}")
    public = await world.get(f"/fair/rounds/{riding['round']}.json")
    crashed = await player.end_of(riding)
    if asked["apogee"]["server_seed"] is None:
        assert asked["apogee"]["outcome"] is None
        assert crashed["server_seed"] not in str(asked)
    if public["server_seed"] is None:
        assert public["crash"] is None
        assert crashed["server_seed"] not in str(public)
