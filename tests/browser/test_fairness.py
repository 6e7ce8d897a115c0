"""The browser recomputes rounds, and is not taken in by a changed record."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.visits import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_the_last_round_verifies_and_a_changed_one_does_not(visitor: Visitor) -> None:
    game = await visitor.play()
    await game.shows("[data-testid=history-item]")
    await game.root.get_by_test_id("fairness-open").click()
    await expect(game.verdict).to_have_attribute("data-ok", "true")
    await expect(game.fairness.locator(".step")).not_to_have_count(0)
    await expect(game.fairness.locator(".step[data-ok=false]")).to_have_count(0)
    await visitor.picture("fairness")
    await visitor.page.keyboard.press("Escape")
    await expect(game.fairness).to_be_hidden()

    async def change_the_crash(route: Route) -> None:
        record = await (await route.fetch()).json()
        await route.fulfill(json={**record, "crash": record["crash"] + 1})

    await visitor.page.route(re.compile(r"/fair/rounds/.*\.json"), change_the_crash)
    await game.history.last.click()
    await expect(game.verdict).to_have_attribute("data-ok", "false")
    await expect(game.fairness.locator(".step[data-ok=false]")).not_to_have_count(0)
    await visitor.picture("fairness-tampered")


async def test_every_crash_watched_is_checked_without_being_asked(visitor: Visitor) -> None:
    game = await visitor.play()
    await game.enters("betting")
    await game.enters("crashed")
    await game.shows("[data-testid=fairness-open][data-ok=true]")
