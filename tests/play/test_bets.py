"""A bet's life as its player is told it, with the casino's books beside."""

import asyncio

import pytest

from tests.live import Live, Message, Player


async def _accepted(player: Player, **bet: object) -> Message:
    """A bet accepted in a fresh round."""
    await player.betting()
    ref = await player.bet(**bet)  # type: ignore[arg-type]
    return await player.hears("bet", ref=ref, status="accepted")


async def _ended(player: Player, bet: Message) -> Message:
    return await player.hears("crashed", round=bet["round"])


async def _until_crash_at(world: Live, player: Player, multiplier: int) -> Message:
    """Bet with that target until a round pays it; returns the accepted bet."""
    for _ in range(20):
        bet = await _accepted(player, auto=multiplier)
        crashed = await _ended(player, bet)
        if crashed["m"] >= multiplier:
            return bet
    raise AssertionError("twenty rounds in a row crashed early")


async def test_a_stake_leaves_the_casinos_books_before_the_bet_is_accepted(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player, amount=1_000)
    assert bet["balance"] == 499_000
    pending = await player.hears("bet", ref=bet["ref"], status="pending")
    assert player.told.index(pending) < player.told.index(bet)
    assert (await world.books())["balance_minor"] == 499_000


async def test_an_automatic_cash_out_is_paid_at_exactly_its_target(world: Live) -> None:
    player = await world.player()
    bet = await _until_crash_at(world, player, 120)
    out = await player.hears("cashout", bet=bet["bet"])
    assert (out["status"], out["m"], out["payout"]) == ("accepted", 120, 1_200)
    settled = await player.hears("settled", bet=bet["bet"])
    assert settled["payout"] == 1_200
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["payout_minor"] == 1_200
    assert both["apogee"]["realized_multiplier"] == "1.2"
    assert [t["moved_minor"] for t in both["own"]] == [-1_000, 1_200]


async def test_a_bust_is_settled_with_nothing_and_no_call(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player, auto=200_000)
    await _ended(player, bet)
    settled = await player.hears("settled", bet=bet["bet"])
    assert settled["payout"] == 0
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "lost"
    assert len(both["own"]) == 1


async def test_a_cash_out_pays_what_the_curve_said_when_it_arrived(world: Live) -> None:
    player = await world.player()
    for _ in range(20):
        bet = await _accepted(player)
        tick = (
            await player.hears("tick", where=lambda t: t["m"] >= 103, round=bet["round"])
            if (await _climbs(player, bet, 103))
            else None
        )
        if tick is None:
            continue
        await player.say(type="cashout", ref="out", slot=0)
        out = await player.hears("cashout", bet=bet["bet"])
        if out["status"] == "accepted":
            break
    assert out["m"] >= 103
    assert out["payout"] == 1_000 * out["m"] // 100
    assert out["ref"] == "out"
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["payout_minor"] == out["payout"]


async def _climbs(player: Player, bet: Message, multiplier: int) -> bool:
    """Whether the bet's round reaches the multiplier, as soon as that is known."""
    reached = asyncio.create_task(
        player.hears("tick", where=lambda t: t["m"] >= multiplier, round=bet["round"])
    )
    crashed = asyncio.create_task(_ended(player, bet))
    done, waiting = await asyncio.wait((reached, crashed), return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return reached in done and crashed not in done


async def test_a_cash_out_without_a_bet_is_refused(world: Live) -> None:
    player = await world.player()
    await player.say(type="cashout", ref="out", slot=1)
    out = await player.hears("cashout", ref="out")
    assert (out["status"], out["code"]) == ("rejected", "no_live_bet")


async def test_a_cancelled_bet_comes_back_whole(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player)
    await player.say(type="cancel", ref="c", slot=0)
    await player.hears("bet", bet=bet["bet"], status="cancelled")
    refunded = await player.hears("bet", bet=bet["bet"], status="refunded")
    assert refunded["balance"] == 500_000
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "refunded"


async def test_a_cancel_comes_too_late_once_the_window_is_closed(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player)
    await player.hears("locked", round=bet["round"])
    await player.say(type="cancel", ref="late", slot=0)
    error = await player.hears("error", ref="late")
    assert error["code"] in ("betting_closed", "nothing_to_cancel")


async def test_a_decline_is_told_in_the_casinos_words_and_costs_nothing(world: Live) -> None:
    player = await world.player()
    await player.betting()
    ref = await player.bet(100_000)
    await player.hears("bet", ref=ref, status="accepted")
    poor = await world.player("poor")
    await world.post(
        "/sandbox/api/players",
        {"id": "broke", "name": "broke", "currency": "USD", "balance_minor": 50},
    )
    broke = await world.player("broke")
    await broke.betting()
    ref = await broke.bet(1_000)
    declined = await broke.hears("bet", ref=ref, status="rejected")
    assert declined["code"] == "insufficient_funds"
    assert declined["message"]
    assert (await world.books("broke"))["balance_minor"] == 50
    assert poor is not broke


async def test_the_same_ref_never_bets_twice(world: Live) -> None:
    player = await world.player()
    await player.betting()
    for _ in range(5):
        await player.bet(ref="once")
    bet = await player.hears("bet", ref="once", status="accepted")
    await _ended(player, bet)
    await player.bet(ref="once")
    await world.agrees(bet["bet"])
    assert len([t for t in (await world.books())["transactions"] if t["type"] == "bet"]) == 1


async def test_two_slots_play_side_by_side(world: Live) -> None:
    player = await world.player()
    await player.betting()
    refs = [await player.bet(slot=slot, amount=1_000 + slot) for slot in (0, 1)]
    bets = [await player.hears("bet", ref=ref, status="accepted") for ref in refs]
    assert [bet["amount"] for bet in bets] == [1_000, 1_001]
    assert bets[0]["bet"] != bets[1]["bet"]


async def test_a_slot_takes_one_bet(world: Live) -> None:
    player = await world.player()
    await _accepted(player)
    ref = await player.bet()
    refused = await player.hears("bet", ref=ref, status="rejected")
    assert refused["code"] == "slot_taken"


async def test_limits_are_told_with_the_reason(world: Live) -> None:
    player = await world.player()
    await player.betting()
    for amount, code in ((99, "stake_too_low"), (100_001, "stake_too_high")):
        ref = await player.bet(amount)
        assert (await player.hears("bet", ref=ref))["code"] == code


async def test_the_maximum_win_is_a_forced_cash_out_told_in_advance(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player, amount=100_000)
    assert bet["exit"] == 10_000
    assert 100_000 * bet["exit"] // 100 <= 10_000_000


async def test_a_bet_between_rounds_is_queued_and_played_in_the_next_one(world: Live) -> None:
    player = await world.player()
    await player.hears("running", since=len(player.told))
    ref = await player.bet(auto=101)
    await player.hears("bet", ref=ref, status="queued")
    bet = await player.hears("bet", ref=ref, status="accepted")
    opened = await player.hears("betting", round=bet["round"])
    assert player.told.index(opened) < player.told.index(bet)


async def test_a_queued_bet_can_be_dropped_and_never_moves_money(world: Live) -> None:
    player = await world.player()
    await player.hears("running", since=len(player.told))
    ref = await player.bet()
    await player.hears("bet", ref=ref, status="queued")
    await player.say(type="cancel", ref="c", slot=0)
    await player.hears("bet", ref=ref, status="cancelled")
    await player.betting()
    await player.hears("locked", since=len(player.told))
    moved = [t for t in (await world.books())["transactions"] if t["type"] != "deposit"]
    assert moved == []


async def test_a_bet_for_one_round_only_is_not_queued(world: Live) -> None:
    player = await world.player()
    running = await player.hears("running", since=len(player.told))
    ref = await player.bet(round=running["round"])
    refused = await player.hears("bet", ref=ref, status="rejected")
    assert refused["code"] == "round_over"


async def test_welcome_restores_a_bet_placed_just_before_a_drop(world: Live) -> None:
    player = await world.player()
    await player.betting()
    ref = await player.bet()
    await player.hears("bet", ref=ref, status="pending")
    await player.drop()
    seen = len(player.told)
    welcome = await player.connect()
    mine = [bet for bet in welcome["bets"] if bet["ref"] == ref]
    assert len(mine) == 1
    if mine[0]["status"] == "pending":
        await player.hears("bet", ref=ref, status="accepted", since=seen)
    else:
        assert mine[0]["status"] == "accepted"


async def test_an_auto_needs_no_socket(world: Live) -> None:
    player = await world.player()
    bet = await _accepted(player, auto=101)
    await player.drop()
    watcher = await world.player("watcher")
    crashed = await _ended(watcher, bet)
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == ("won" if crashed["m"] >= 101 else "lost")


async def test_a_queued_bet_survives_a_reconnect(world: Live) -> None:
    player = await world.player()
    await player.hears("running", since=len(player.told))
    ref = await player.bet()
    await player.hears("bet", ref=ref, status="queued")
    await player.drop()
    welcome = await player.connect()
    shown = [bet["status"] for bet in welcome["bets"] if bet["ref"] == ref]
    assert shown in (["queued"], ["pending"], ["accepted"])
    await player.hears("betting", since=0)


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
    bet = await _until_crash_at(world, player, 102)
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "won"
    paid = [t for t in both["own"] if t["type"] == "win" and t["status"] == "accepted"]
    assert [t["moved_minor"] for t in paid] == [1_020]


async def test_nothing_tells_of_a_rounds_seed_before_its_crash(world: Live) -> None:
    """Neither the socket nor the API, also to somebody who has cashed out already."""
    player = await world.player()
    bet = await _until_crash_at(world, player, 101)
    crashed = await _ended(player, bet)
    before = player.told[: player.told.index(crashed)]
    assert all(crashed["server_seed"] not in str(message) for message in before)
    riding = await _accepted(player, auto=101)
    await player.hears("running", round=riding["round"])
    asked = await world.get(f"/sandbox/api/round/{riding['bet']}")
    public = await world.get(f"/fair/rounds/{riding['round']}.json")
    crashed = await _ended(player, riding)
    if asked["apogee"]["server_seed"] is None:
        assert asked["apogee"]["outcome"] is None
        assert crashed["server_seed"] not in str(asked)
    if public["server_seed"] is None:
        assert public["crash"] is None
        assert crashed["server_seed"] not in str(public)
