"""One browser and one running casino for the folder, new visitors for each test."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.browser.visits import Door, Visitor, launch
from tests.live import Live, live

PACE = {
    "APOGEE_BETTING_MS": "1800",
    "APOGEE_PAUSE_MS": "600",
    "APOGEE_TICK_MS": "50",
    "APOGEE_CURVE_GROWTH": "50",
}
"""Slow enough to press a button in, fast enough to wait for: 2x after 1.4 s."""

package = pytest_asyncio.fixture(loop_scope="package", scope="package")


@package
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@package
async def world(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A running server and casino, with a database of their own."""
    admin = await asyncpg.connect(cluster_url)
    await admin.execute("create database browser")
    head, mark, query = cluster_url.partition("?")
    url = f"{head.rpartition('/')[0]}/browser{mark}{query}"
    async with live(url, tmp_path_factory.mktemp("browser"), **PACE) as running:
        yield running
    await admin.execute("drop database browser with (force)")
    await admin.close()


@pytest_asyncio.fixture(loop_scope="package")
async def door(world: Live, chromium: Browser) -> AsyncIterator[Door]:
    door = Door(world, chromium)
    yield door
    await door.close()


@pytest_asyncio.fixture(loop_scope="package")
async def visitor(door: Door) -> Visitor:
    """One player at a desk."""
    return await door.visitor()
