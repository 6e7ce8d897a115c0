"""Two players at one table."""

import asyncio

import pytest

from tests.browser.visits import Door

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="package")]


async def test_players_see_each_other_s_bets_but_not_names(door: Door) -> None:
    ada = await door.visitor(name="ada-lovelace-1")
    bob = await door.visitor(name="bob-noyce-2")
    table, other = await ada.play_alone(), await bob.play_alone()
    await table.enters("running", "crashed")
    await asyncio.gather(
        table.panels[0].bet("11.00", "1.20"),
        other.panels[0].bet("12.00", "1.20"),
    )
    for game in (table, other):
        await game.shows("[data-testid=live-bets] li:nth-child(2)")
        rows = " ".join(await game.live_bets.all_inner_texts())
        assert "a***1" in rows
        assert "b***2" in rows
        assert "lovelace" not in await game.root.locator("body").inner_text()
