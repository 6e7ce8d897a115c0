"""The game's page as a player handles it: what stands there, what can be pressed."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from playwright.async_api import FrameLocator, Page

from tests.live import BOUND_S

BOUND_MS = BOUND_S * 1000
ROUNDS = 25
"""More rounds than anybody needs until the case wanted has come up."""

PAID = "cashed_out"
LOST = "lost"

_APPEARS = """
(html, [selector, press, bound]) => new Promise((found, fail) => {
    const look = () => {
        const node = html.querySelector(selector);
        if (!node) return;
        watcher.disconnect();
        if (press) node.click();
        found();
    };
    const watcher = new MutationObserver(look);
    watcher.observe(html, { attributes: true, childList: true, subtree: true });
    setTimeout(() => fail(new Error(`never there: ${selector}`)), bound);
    look();
})
"""
_LISTEN = """
html => {
    const notes = [...html.querySelectorAll("[data-testid=panel-message]")];
    html.said = notes.map((note) => [note.textContent]);
    const hear = () => notes.forEach((note, slot) => html.said[slot].push(note.textContent));
    new MutationObserver(hear).observe(html, { childList: true, subtree: true });
}
"""
"""What a panel says may be gone a second later: everything said is kept."""


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits, with a bound, for something no single element tells."""
    try:
        async with asyncio.timeout(BOUND_S):
            while not await holds():  # noqa: ASYNC110 - the event is in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None


def minor_units(shown: str) -> int:
    """`4,990.00 USD` → 499000; the currencies of these tests have two digits."""
    found = re.search(r"\d[\d,]*\.\d\d", shown)
    assert found, shown
    return int(re.sub(r"\D", "", found[0]))


def selector(testid: str, **data: str) -> str:
    """An element by its test id, while its `data-…` attributes have these values."""
    return f"[data-testid={testid}]" + "".join(f'[data-{k}="{v}"]' for k, v in data.items())


class Bet:
    """One row of the player's own list."""

    def __init__(self, game: "Game", ref: str) -> None:
        self.game = game
        self.ref = ref
        self.row = game.root.locator(selector("my-bet", ref=ref))

    def has(self, *statuses: str) -> str:
        """A selector: the row while it has one of these."""
        return ", ".join(selector("my-bet", ref=self.ref, status=status) for status in statuses)

    async def becomes(self, *statuses: str) -> str:
        await self.game.shows(self.has(*statuses))
        return await self.status()

    async def status(self) -> str:
        return await self.row.get_attribute("data-status") or ""

    async def ends(self) -> str:
        """`cashed_out` or `lost`."""
        return await self.becomes(PAID, LOST)

    async def payout(self) -> int:
        return minor_units(await self.row.locator("span").last.inner_text())


class Panel:
    """One of the two bet panels."""

    def __init__(self, game: "Game", slot: int) -> None:
        self.game = game
        self.slot = slot
        self.within = selector(f"panel-{slot}")
        self.root = game.root.locator(self.within)
        self.stake = self.root.get_by_test_id("stake")
        self.auto = self.root.get_by_test_id("auto")
        self.button = self.root.get_by_test_id("action")
        self.message = self.root.get_by_test_id("panel-message")

    def action(self, kind: str) -> str:
        """A selector: the main button while it does this."""
        return f"{self.within} {selector('action', action=kind)}"

    async def draft(self, stake: str, auto: str | None = None) -> None:
        await self.game.shows(f"{self.within} [data-testid=stake]:not([readonly])")
        await self.stake.fill(stake)
        if auto is not None:
            await self.auto.fill(auto)

    async def press(self, kind: str) -> None:
        """Press the button as soon as it does this."""
        await self.game.shows(self.action(kind), press=True)

    async def says(self, words: str) -> None:
        """Waits until that was said under this panel, now or before."""
        kept = f"html => html.said[{self.slot}].some((text) => text.includes({words!r}))"
        html = self.game.root.locator("html")
        await until(lambda: html.evaluate(kept), f"{words!r} at panel {self.slot}")

    async def bet(self, stake: str, auto: str | None = None, *, kind: str = "place") -> Bet:
        """Place a bet in the next window there is; returns it once it shows."""
        await self.draft(stake, auto)
        before = await self.game.newest_ref()
        await self.press(kind)
        return await self.game.bet_after(before)

    async def offer(self) -> int:
        """What the button pays for leaving now; 0 when it offers nothing."""
        shown = "root => root.querySelector('[data-action=cashout] .amount')?.textContent ?? ''"
        text = str(await self.root.evaluate(shown))
        return minor_units(text) if text else 0

    async def cash_out(self, bet: Bet) -> bool:
        """Press as soon as that does something; whether it was in time."""
        await self.game.shows(f"{self.action('cashout')}, {bet.has(PAID, LOST)}")
        if await bet.status() == "accepted":
            await self.button.evaluate("button => button.click()")
        return await bet.ends() == PAID


class Game:
    """The page, in a tab of its own or in the lobby's frame."""

    def __init__(self, root: Page | FrameLocator) -> None:
        self.root = root
        self.balance = root.get_by_test_id("balance")
        self.multiplier = root.get_by_test_id("multiplier")
        self.history = root.get_by_test_id("history-item")
        self.live_bets = root.get_by_test_id("live-bets").locator("li")
        self.fairness = root.get_by_test_id("fairness")
        self.verdict = root.get_by_test_id("verify-result")
        self.panels = (Panel(self, 0), Panel(self, 1))

    async def shows(self, wanted: str, *, press: bool = False) -> None:
        """Waits until something matches, and may press it in the same breath. The page looks
        itself: polling from here is too slow for a button that lives a second."""
        await self.root.locator("html").evaluate(_APPEARS, [wanted, press, BOUND_MS])

    async def enters(self, *phases: str) -> None:
        """Waits until the round is in one of these phases."""
        await self.shows(", ".join(selector("phase", phase=phase) for phase in phases))

    async def links(self, *states: str) -> None:
        """Waits until the connection is in one of these states."""
        await self.shows(", ".join(selector("connection", state=state) for state in states))

    async def is_up(self) -> None:
        await self.root.locator(selector("connection", state="online")).wait_for()
        await self.root.locator("html").evaluate(_LISTEN)

    async def minor(self) -> int:
        return minor_units(await self.balance.inner_text())

    async def newest_ref(self) -> str:
        rows = self.root.get_by_test_id("my-bet")
        return await rows.first.get_attribute("data-ref") or "" if await rows.count() else ""

    async def bet_after(self, before: str) -> Bet:
        newest = f'{selector("my-bet")}:first-child:not([data-ref="{before}"])'
        await self.shows(newest)
        return Bet(self, await self.root.locator(newest).get_attribute("data-ref") or "")

    async def riding(self, stake: str, auto: str | None = None) -> Bet:
        """A bet on a rocket that flies: rounds that end at once are passed over."""
        panel = self.panels[0]
        for _ in range(ROUNDS):
            bet = await panel.bet(stake, auto)
            await self.shows(f"{panel.action('cashout')}, {bet.has(PAID, LOST)}")
            if await bet.status() == "accepted":
                return bet
        raise AssertionError("every round ended at once")
