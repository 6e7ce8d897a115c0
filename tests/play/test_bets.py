"""A bet's life as its player is told it, with the casino's books beside."""

import asyncio

from tests.live import Live, Message, Player


async def test_a_stake_leaves_the_casinos_books_before_the_bet_is_accepted(world: Live) -> None:
    player = await world.player()
    bet = await player.accepted_bet(amount=1_000)
    assert bet["balance"] == 499_000
    pending = await player.hears("bet", ref=bet["ref"], status="pending")
    assert player.told.index(pending) < player.told.index(bet)
    assert (await world.books())["balance_minor"] == 499_000


async def test_an_automatic_cash_out_is_paid_at_exactly_its_target(world: Live) -> None:
    player = await world.player()
    bet = await player.winning_bet(120)
    out = await player.hears("cashout", bet=bet["bet"])
    assert (out["status"], out["m"], out["payout"]) == ("accepted", 120, 1_200)
    settled = await player.hears("settled", bet=bet["bet"])
    assert settled["payout"] == 1_200
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["payout_minor"] == 1_200
    assert both["apogee"]["realized_multiplier"] == 1.2
    assert [t["moved_minor"] for t in both["own"]] == [-1_000, 1_200]


async def test_a_bust_is_settled_with_nothing_and_no_call(world: Live) -> None:
    player = await world.player()
    bet = await player.accepted_bet(auto=200_000)
    await player.end_of(bet)
    settled = await player.hears("settled", bet=bet["bet"])
    assert settled["payout"] == 0
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "lost"
    assert len(both["own"]) == 1


async def test_a_cash_out_pays_what_the_curve_said_when_it_arrived(world: Live) -> None:
    player = await world.player()
    for _ in range(20):
        bet = await player.accepted_bet()
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
    crashed = asyncio.create_task(player.end_of(bet))
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
    bet = await player.accepted_bet()
    await player.say(type="cancel", ref="c", slot=0)
    await player.hears("bet", bet=bet["bet"], status="cancelled")
    refunded = await player.hears("bet", bet=bet["bet"], status="refunded")
    assert refunded["balance"] == 500_000
    both = await world.agrees(bet["bet"])
    assert both["apogee"]["status"] == "refunded"


async def test_a_cancel_comes_too_late_once_the_window_is_closed(world: Live) -> None:
    player = await world.player()
    bet = await player.accepted_bet()
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
    await player.end_of(bet)
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
    await player.accepted_bet()
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
    bet = await player.accepted_bet(amount=100_000)
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
    bet = await player.accepted_bet(auto=101)
    await player.drop()
    watcher = await world.player("watcher")
    crashed = await watcher.end_of(bet)
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
