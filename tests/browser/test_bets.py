"""What a player does in a round, from the lobby's Play button to both sides' books."""

import pytest
from playwright.async_api import expect

from tests.browser.game import LOST, PAID, ROUNDS, until
from tests.browser.visits import Door, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def purses_agree(visitor: Visitor, amount: int) -> None:
    """The game, the lobby and the casino's books show that balance."""

    async def same() -> bool:
        books = await visitor.world.books(visitor.name)
        shown = {await visitor.game.minor(), await visitor.lobby_minor(), books["balance_minor"]}
        return shown == {amount}

    await until(same, f"a balance of {amount} everywhere")


async def test_a_bet_from_the_lobby_ends_alike_in_both_books(visitor: Visitor) -> None:
    game = await visitor.play()
    frame = next(frame for frame in visitor.page.frames if frame.parent_frame)
    assert frame.url.endswith("/play")
    assert "session" not in await frame.evaluate("location.href")

    bet = await game.panels[0].bet("10.00", "1.50")
    won = await bet.ends() == PAID
    await purses_agree(visitor, 500_500 if won else 499_000)

    wallet_round = await visitor.wallet_round()
    told = await visitor.world.agrees(wallet_round)
    assert told["agree"]
    row = visitor.page.locator(f'[data-testid=round][data-round="{wallet_round}"]')
    await row.get_by_role("button").click()
    await expect(row.get_by_test_id("agreement")).to_have_text("agrees")


async def test_a_manual_cash_out_pays_what_the_button_showed_or_more(visitor: Visitor) -> None:
    game = await visitor.play()
    panel = game.panels[0]
    for _ in range(ROUNDS):
        bet = await game.riding("20.00")
        balance = await game.minor()
        first, then = await panel.offer(), await panel.offer()
        if await panel.cash_out(bet) and first and then:
            paid = await bet.payout()
            assert 2_000 <= first <= then <= paid
            assert paid > 2_000
            await panel.says("Cashed out at")
            await purses_agree(visitor, balance + paid)
            return
    raise AssertionError("no cash-out was in time")


async def test_a_bust_costs_the_stake_and_nothing_more(visitor: Visitor) -> None:
    game = await visitor.play()
    for _ in range(ROUNDS):
        balance = await game.minor()
        bet = await game.panels[0].bet("5.00", "100")
        if await bet.ends() == LOST:
            break
    await game.panels[0].says("Lost 5.00 USD")
    await purses_agree(visitor, balance - 500)
    await visitor.world.agrees(await visitor.wallet_round())


async def test_a_bet_taken_back_in_time_is_refunded(visitor: Visitor) -> None:
    game = await visitor.play()
    panel = game.panels[0]
    for _ in range(ROUNDS):
        balance = await visitor.lobby_minor()
        await game.enters("running", "crashed")
        bet = await panel.bet("30.00")
        await game.shows(f"{panel.action('cancel')}, {bet.has(LOST)}", press=True)
        if await bet.becomes("cancelled", "refunded", LOST) != LOST:
            break
    else:
        raise AssertionError("no window stayed open long enough")
    await panel.says("take returned")
    await purses_agree(visitor, balance)
    told = await visitor.world.agrees(await visitor.wallet_round())
    assert sorted(row["type"] for row in told["own"]) == ["bet", "refund"]


async def test_a_bet_can_wait_for_the_next_round_or_not(visitor: Visitor) -> None:
    game = await visitor.play()
    panel, other = game.panels
    first = await game.riding("1.00", "100")
    waiting = await other.bet("2.00", "1.10", kind="queue")
    await waiting.becomes("queued")
    await other.press("unqueue")
    await expect(waiting.row).to_have_count(0)

    again = await other.bet("3.00", "1.10", kind="queue")
    await first.ends()
    at_once = await panel.bet("4.00", "1.10", kind="place")
    assert {await again.ends(), await at_once.ends()} <= {PAID, LOST}
    books = await visitor.world.books(visitor.name)
    assert {row["bet_minor"] for row in books["rounds"]} >= {400, 300, 100}
    assert 200 not in {row["bet_minor"] for row in books["rounds"]}


async def test_the_casino_s_own_words_say_why_a_bet_was_declined(visitor: Visitor) -> None:
    game = await visitor.play()
    page, panel = visitor.page, game.panels[0]
    switch = page.get_by_test_id("fault-bet-decline")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "true")
    await panel.draft("7.00")
    await panel.press("place")
    await panel.says("The casino declines this transaction.")
    await expect(panel.message).to_have_attribute("data-tone", "error")
    await purses_agree(visitor, 500_000)
    await page.get_by_test_id("fault-clear").click()
    await expect(switch).to_have_attribute("aria-checked", "false")


async def test_a_stake_above_the_balance_is_declined_at_the_panel(door: Door) -> None:
    visitor = await door.visitor(money=300)
    game = await visitor.play()
    await game.panels[1].draft("3.01")
    await game.panels[1].press("place")
    await game.panels[1].says("The balance does not cover this.")
    await expect(game.panels[0].message).not_to_contain_text("balance")
    await purses_agree(visitor, 300)


async def test_the_space_bar_presses_once(visitor: Visitor) -> None:
    game = await visitor.play()
    panel = game.panels[0]
    await panel.draft("6.00", "1.10")
    await panel.button.focus()
    await game.shows(panel.action("place"))
    before = await game.newest_ref()
    await visitor.page.keyboard.press("Space")
    bet = await game.bet_after(before)
    await bet.becomes("accepted")
    assert await game.root.get_by_test_id("my-bet").count() == 1
    await bet.ends()

    await panel.stake.focus()
    await game.shows(panel.action("place"))
    await visitor.page.keyboard.down("Space")
    await visitor.page.keyboard.down("Space")  # what a held key repeats
    await visitor.page.keyboard.up("Space")
    second = await game.bet_after(bet.ref)
    await second.ends()
    books = await visitor.world.books(visitor.name)
    assert [row["bet_minor"] for row in books["rounds"]] == [600, 600]
    assert await panel.stake.input_value() == "6.00"
