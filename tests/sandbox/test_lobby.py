"""The lobby page in real Chromium, with a stand-in for the game in its frame."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.sandbox.serving import Caller, FakeApogee, casino_at, casino_config, fake_apogee

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@dataclass
class Lobby:
    """One casino and one browser for the module; a player and a page of its own for each test."""

    casino: Caller
    apogee: FakeApogee
    context: BrowserContext
    problems: list[str] = field(default_factory=list)

    async def page(self, query: str = "") -> Page:
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self.problems.append(message.text))
        await page.goto(f"{self.casino.base}/sandbox{query}")
        await expect(page.get_by_test_id("live")).to_have_text("live")
        return page

    def forget(self, reported: str) -> None:
        """The browser itself reports a refused call; it must be that one alone."""
        (problem,) = self.problems
        assert reported in problem
        self.problems.clear()

    async def player(self, name: str, balance: int = 500_000) -> str:
        asked = {"id": name, "name": name.title(), "currency": "USD", "balance_minor": balance}
        assert (await self.casino.post("/players", asked))[0] == 201
        return name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    books = tmp_path_factory.mktemp("casino") / "books.db"
    async with (
        fake_apogee() as apogee,
        casino_at(casino_config(books, apogee.url)) as casino,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        yield Lobby(casino, apogee, context)
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def lobby(running: Lobby) -> AsyncIterator[Lobby]:
    running.problems.clear()
    await running.casino.post("/faults", {"on": False})
    yield running
    for page in running.context.pages:
        await page.close()
    assert running.problems == []


async def test_the_balance_and_the_callbacks_follow_the_wallet(lobby: Lobby) -> None:
    player = await lobby.player("follows")
    page = await lobby.page(f"?player={player}")
    await lobby.casino.bet("f1", 12_345, operator_player_id=player)
    await expect(page.get_by_test_id("balance")).to_have_text("4,876.55 USD")
    newest = page.get_by_test_id("callbacks").get_by_test_id("callback").first
    await expect(newest).to_contain_text("123.45 USD")
    await newest.locator("summary").click()
    await expect(newest.get_by_test_id("callback-base-string")).to_contain_text(
        re.compile(r"^\d+\.POST\./sandbox/wallet/bet\.[0-9a-f]{64}$")
    )
    await expect(newest.get_by_test_id("callback-body")).to_contain_text('"amount_minor": 12345')
    await lobby.casino.win("f1", 20_000, operator_player_id=player)
    # The one that was opened stays open, one line further down.
    await expect(page.get_by_test_id("callback").nth(1).locator("details")).to_have_attribute(
        "open", ""
    )


async def test_two_tabs_are_two_players(lobby: Lobby) -> None:
    one, two = await lobby.player("tab-one"), await lobby.player("tab-two", 100)
    first, second = await lobby.page(f"?player={one}"), await lobby.page(f"?player={two}")
    await lobby.casino.bet("t1", 100, operator_player_id=one)
    await expect(first.get_by_test_id("balance")).to_have_text("4,999.00 USD")
    await expect(second.get_by_test_id("balance")).to_have_text("1.00 USD")
    await second.reload()
    await expect(second.get_by_test_id("balance")).to_have_text("1.00 USD")


async def test_play_shows_the_game_and_the_game_may_leave(lobby: Lobby) -> None:
    player = await lobby.player("plays")
    page = await lobby.page(f"?player={player}")
    await page.get_by_test_id("play").click()
    game = page.frame_locator("[data-testid=game]")
    await expect(game.locator("h1")).to_have_text("The game")
    await expect(game.locator("p")).to_have_text(f"{lobby.casino.base}/")
    await game.get_by_role("button", name="close").click()
    await expect(page.get_by_test_id("game")).to_be_hidden()
    await expect(page.get_by_test_id("play")).to_be_visible()


async def test_a_game_that_cannot_be_launched_says_why(lobby: Lobby) -> None:
    page = await lobby.page()
    lobby.apogee.launch_status = 503
    try:
        await page.get_by_test_id("play").click()
        await expect(page.get_by_test_id("notice")).to_contain_text("Apogee answered 503")
        await expect(page.get_by_test_id("play")).to_be_enabled()
    finally:
        lobby.apogee.launch_status = 200
    lobby.forget("502 (Bad Gateway)")


async def test_a_switch_goes_on_counts_down_and_goes_off(lobby: Lobby) -> None:
    player = await lobby.player("switches")
    page = await lobby.page()
    switch = page.get_by_test_id("fault-bet-error_before")
    await page.get_by_test_id("fault-mode-calls").check()
    await page.get_by_test_id("fault-calls").fill("2")
    await switch.click()
    await expect(switch).to_have_text("×2")
    assert (await lobby.casino.bet("s1", 1, operator_player_id=player))[0] == 500
    await expect(switch).to_have_text("×1")
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", "false")
    assert (await lobby.casino.bet("s1", 1, operator_player_id=player))[0] == 200


async def test_waits_and_shares_are_taken_from_the_page(lobby: Lobby) -> None:
    page = await lobby.page()
    await page.get_by_test_id("fault-mode-percent").check()
    await page.get_by_test_id("fault-percent").fill("35")
    await page.get_by_test_id("fault-delay-ms").fill("70")
    await page.get_by_test_id("fault-all-delay").click()
    await expect(page.get_by_test_id("fault-all-delay")).to_have_text("35%")
    (switch,) = (await lobby.casino.get("/faults"))[1]["switches"]
    assert (switch["ms"], switch["percent"], switch["calls_left"]) == (70, 35, None)
    await page.get_by_test_id("fault-clear").click()
    await expect(page.get_by_test_id("fault-all-delay")).to_have_text("off")


async def test_a_new_player_sits_down_and_is_topped_up(lobby: Lobby) -> None:
    page = await lobby.page()
    await page.get_by_test_id("new-player-open").click()
    await page.get_by_test_id("new-player-name").fill("<b>Mallory</b>")
    await page.get_by_test_id("new-player-currency").select_option("KWD")
    await page.get_by_test_id("new-player-balance").fill("12.3456")
    await page.get_by_test_id("new-player-create").click()
    await expect(page.get_by_test_id("new-player")).to_contain_text("3 digits after the point")
    await page.get_by_test_id("new-player-balance").fill("12.345")
    await page.get_by_test_id("new-player-create").click()
    await expect(page.get_by_test_id("balance")).to_have_text("12.345 KWD")
    await expect(page.get_by_test_id("player")).to_contain_text("<b>Mallory</b> (KWD)")
    await page.get_by_test_id("top-up-open").click()
    await page.get_by_test_id("top-up-amount").fill("1,000")
    await page.get_by_test_id("top-up-add").click()
    await expect(page.get_by_test_id("balance")).to_have_text("1,012.345 KWD")
    await page.go_back()
    await expect(page.get_by_test_id("player")).to_have_value("player-1")


async def test_a_round_is_compared_with_apogees_record(lobby: Lobby) -> None:
    player = await lobby.player("compares")
    page = await lobby.page(f"?player={player}")
    await lobby.casino.bet("c1", 100, operator_player_id=player)
    lobby.apogee.rounds["c1"] = {"payout_minor": 0}
    line = page.get_by_test_id("round")
    await line.get_by_role("button").click()
    await expect(line.get_by_test_id("agreement")).to_have_text("agrees")
    lobby.apogee.rounds["c1"] = {"payout_minor": 7}
    await line.get_by_role("button").click()
    await expect(line.get_by_test_id("agreement")).to_contain_text("Apogee says 7")


async def test_a_stranger_in_the_address_is_told_and_replaced(lobby: Lobby) -> None:
    page = await lobby.page("?player=stranger")
    await expect(page.get_by_test_id("notice")).to_contain_text("stranger")
    await expect(page.get_by_test_id("balance")).to_have_text("5,000.00 USD")
    assert page.url.endswith("?player=player-1")
    lobby.forget("404 (Not Found)")


async def test_nothing_sticks_out_of_any_screen(lobby: Lobby) -> None:
    player = await lobby.player("wide", 9_000_000_000_000_000)
    await lobby.casino.bet("w1", 1_000_000_000_000, operator_player_id=player)
    page = await lobby.page(f"?player={player}")
    await expect(page.get_by_test_id("round")).to_be_visible()
    for width in (320, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_the_page_asks_nobody_else_and_frames_only_the_game(lobby: Lobby) -> None:
    page = await lobby.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.goto(f"{lobby.casino.base}/sandbox")
    await expect(page.get_by_test_id("live")).to_have_text("live")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert f"frame-src {lobby.apogee.url};" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(f"{lobby.casino.base}/sandbox")] == []
