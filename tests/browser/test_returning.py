"""Players go and come back: reloads, lost sockets, links that open nothing."""

import pytest
from playwright.async_api import expect

from tests.browser.game import LOST, PAID, ROUNDS, Bet, Game
from tests.browser.visits import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def leaves_after_coming_back(game: Game, bet: Bet) -> bool:
    """Whether the bet still rode when its player was back and could be cashed out."""
    if not await bet.row.count():
        return False
    assert await bet.status() in ("accepted", PAID, LOST)
    return await bet.status() == "accepted" and await game.panels[0].cash_out(bet)


@pytest.mark.parametrize("reload", ["frame", "lobby"])
async def test_a_reload_in_flight_restores_the_bet(visitor: Visitor, reload: str) -> None:
    game = await visitor.play()
    for _ in range(ROUNDS):
        bet = await game.riding("10.00")
        if reload == "frame":
            frame = next(frame for frame in visitor.page.frames if frame.parent_frame)
            await frame.goto(frame.url)
            await game.is_up()
        else:
            await visitor.page.reload()
            await visitor.page.get_by_test_id("play").click()
            await game.is_up()
        if await leaves_after_coming_back(game, bet):
            break
    else:
        raise AssertionError("no bet still rode after a reload")
    told = await visitor.world.agrees(await visitor.wallet_round())
    assert told["apogee"]["status"] == "won"


async def test_a_lost_connection_comes_back_by_itself(visitor: Visitor) -> None:
    visitor.watch.excuse("ERR_INTERNET_DISCONNECTED|WebSocket connection")
    game = await visitor.play_alone()
    bet = await game.riding("10.00", "100")
    await visitor.context.set_offline(True)
    await game.shows("[data-n=banner][data-tone=down]:not([hidden])")
    await expect(game.root.locator("[data-n=banner]")).to_contain_text("Reconnecting")
    await visitor.context.set_offline(False)
    await game.shows("[data-testid=connection][data-state=online]")
    await expect(game.root.locator("[data-n=banner]")).to_be_hidden()
    assert await bet.becomes("accepted", LOST, PAID, "unknown")
    again = await game.panels[0].bet("1.00", "1.10")
    assert await again.ends() in (PAID, LOST)
    await visitor.world.agrees(await visitor.wallet_round())


async def test_a_link_that_is_not_valid_says_so(visitor: Visitor) -> None:
    visitor.watch.excuse("Failed to load resource: the server responded with a status of 4")
    fatal = visitor.page.get_by_test_id("fatal")
    await visitor.page.goto(f"{visitor.world.base_url}/play?session=lt_made_up")
    await expect(fatal).to_be_visible()
    await expect(fatal.get_by_role("heading")).to_have_text("The game cannot be opened")
    assert "made_up" not in visitor.page.url

    await visitor.page.goto(f"{visitor.world.base_url}/play")
    await expect(fatal).to_contain_text("Please open the game from the casino")
    await expect(visitor.page.get_by_test_id("panel-0")).to_be_hidden()


async def test_a_link_opens_a_second_window_of_the_same_session(visitor: Visitor) -> None:
    url = await visitor.launch_url()
    await visitor.page.goto(url)
    await Game(visitor.page).is_up()
    other = await visitor.context.new_page()
    await other.goto(url)
    game = Game(other)
    await game.is_up()
    assert await (await game.panels[0].bet("1.00", "1.10")).ends() in (PAID, LOST)
    await expect(visitor.page.get_by_test_id("fatal")).to_be_hidden()


async def test_the_lobby_s_play_waits_until_there_is_a_player(visitor: Visitor) -> None:
    await visitor.page.goto(f"{visitor.world.base_url}/sandbox/?player={visitor.name}")
    await visitor.page.get_by_test_id("play").click()
    await visitor.game.is_up()
