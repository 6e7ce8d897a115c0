"""What the page asks of the network, and how it fits screens."""

import asyncio

import pytest

from tests.browser.game import ROUNDS, Game, selector
from tests.browser.visits import Door, Visitor
from tests.live import BOUND_S

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]

MOST_BYTES = 120 * 1024
SCREENS = {"portrait": (390, 844), "small": (320, 568), "landscape": (844, 390)}

_FITS = """
html => {
    const button = html.querySelector("[data-testid=panel-0] [data-testid=action]");
    const { left, right, top, bottom } = button.getBoundingClientRect();
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return {
        wide: html.scrollWidth - innerWidth,
        seen: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight,
        free: button === hit || button.contains(hit),
    };
}
"""


async def test_the_page_asks_nobody_else(visitor: Visitor) -> None:
    game = await visitor.play_alone()
    bet = await game.panels[0].bet("1.00", "1.10")
    await bet.ends()
    assert len(visitor.watch.requests) > 10
    assert any(address.startswith("ws") for address in visitor.watch.addresses)
    assert visitor.watch.strangers() == []
    assert visitor.watch.grievances() == []


async def test_the_page_is_light(visitor: Visitor) -> None:
    await visitor.play_alone()
    total = 0
    for request in visitor.watch.requests:
        sizes = await request.sizes()
        total += sizes["responseHeadersSize"] + sizes["responseBodySize"]
    assert 10_000 < total <= MOST_BYTES, f"{total} bytes"


async def test_the_watch_notices_strangers_and_broken_rules(visitor: Visitor) -> None:
    watch = visitor.watch
    await visitor.enter_lobby()
    elsewhere = visitor.world.base_url.replace("127.0.0.1", "localhost")
    await visitor.page.evaluate("url => { new Image().src = url }", f"{elsewhere}/x.png")
    async with asyncio.timeout(BOUND_S):
        while not watch.complaints:  # noqa: ASYNC110 - the browser says it in its own time
            await asyncio.sleep(0.05)
    assert "Content Security Policy" in watch.grievances()[0]
    watch.complaints.clear()

    watch.excuse("404")
    stranger = await visitor.context.new_page()
    await stranger.goto(f"{elsewhere}/health")
    assert f"{elsewhere}/health" in watch.strangers()
    watch.addresses.clear()


@pytest.mark.parametrize("screen", list(SCREENS))
async def test_a_phone_shows_the_button_without_scrolling(door: Door, screen: str) -> None:
    visitor = await door.visitor(size=SCREENS[screen], phone=True)
    game = await visitor.play_alone()
    bet = await game.riding("10.00", "100")
    await visitor.picture(f"phone-{screen}")
    html = game.root.locator("html")
    assert await html.evaluate(_FITS) == {"wide": 0, "seen": True, "free": True}
    await bet.ends()
    assert await html.evaluate(_FITS) == {"wide": 0, "seen": True, "free": True}


async def test_the_lobby_fits_a_phone(door: Door) -> None:
    visitor = await door.visitor(size=SCREENS["portrait"], phone=True)
    await visitor.play()
    wide = await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    await visitor.picture("lobby-phone")
    assert wide == 0


IN_FLIGHT = (
    "[data-testid=phase][data-phase=running] ~ [data-testid=multiplier]:not([data-tier='0'])"
)


async def picture_in_flight(visitor: Visitor, game: Game, name: str) -> None:
    """Above 2x with a bet aboard: a round that crashes while it is taken is another picture."""
    for _ in range(ROUNDS):
        await game.riding("25.00", "100")
        await game.shows(f"{IN_FLIGHT}, {selector('phase', phase='crashed')}")
        await visitor.picture(name)
        if await game.root.locator(IN_FLIGHT).count():
            return
    raise AssertionError("every round crashed before its picture was taken")


async def test_the_desk_is_pictured_in_every_phase(door: Door) -> None:
    visitor = await door.visitor(name="margaret-h")
    await picture_in_flight(visitor, await visitor.play(), "lobby")
    visitor = await door.visitor()
    game = await visitor.play_alone()
    await game.enters("betting")
    await visitor.picture("game-betting")
    await picture_in_flight(visitor, game, "game-running")
    await game.enters("crashed")
    await visitor.picture("game-crashed")
    for _ in range(ROUNDS):
        if await game.panels[0].cash_out(await game.riding("25.00")):
            break
    await visitor.picture("game-cashed-out")
