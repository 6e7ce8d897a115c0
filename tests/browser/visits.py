"""Visitors of the casino in real Chromium: each with a fresh profile, each watched."""

import re
import shutil
from uuid import uuid4

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    WebError,
)

from tests.browser.game import BOUND_MS, Game
from tests.conftest import ARTEFACTS
from tests.live import Live

MISSING = "chromium is not installed. Install: sudo apt-get install chromium (make setup-browser)"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = (1280, 800)


async def launch(playwright: Playwright) -> Browser:
    """The system's Chromium. Without one the test fails and says what to install."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    return await playwright.chromium.launch(executable_path=path, args=FLAGS)


class Watch:
    """What a visitor's pages asked for and complained about."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.requests: list[Request] = []
        self.addresses: list[str] = []
        self.complaints: list[str] = []
        self.excused = "(?!)"
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("page", self._opened)

    def _requested(self, request: Request) -> None:
        self.requests.append(request)
        self.addresses.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _failed(self, failure: WebError) -> None:
        self.complaints.append(str(failure.error))

    def _opened(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.addresses.append(socket.url))

    def excuse(self, pattern: str) -> None:
        """Complaints that the test itself provokes."""
        self.excused = pattern

    def strangers(self) -> list[str]:
        """Addresses on other origins than ours."""
        ours = (f"{self.origin}/", f"ws{self.origin[4:]}/")
        return [address for address in self.addresses if not address.startswith(ours)]

    def grievances(self) -> list[str]:
        return [text for text in self.complaints if not re.search(self.excused, text)]


class Visitor:
    """A player of the casino with a browser profile of their own."""

    def __init__(
        self, world: Live, context: BrowserContext, page: Page, name: str, watch: Watch
    ) -> None:
        self.world = world
        self.context = context
        self.page = page
        self.name = name
        self.watch = watch
        self.game = Game(page.frame_locator("[data-testid=game]"))
        self.lobby_balance = page.get_by_test_id("balance")

    async def enter_lobby(self) -> None:
        await self.page.goto(f"{self.world.base_url}/sandbox/?player={self.name}")
        await self.page.locator("[data-testid=live][data-state=live]").wait_for()

    async def play(self) -> Game:
        """Through the lobby: the game is in its frame."""
        await self.enter_lobby()
        await self.page.get_by_test_id("play").click()
        await self.game.is_up()
        return self.game

    async def play_alone(self) -> Game:
        """The same page in the whole tab."""
        await self.page.goto(await self.launch_url())
        game = Game(self.page)
        await game.is_up()
        return game

    async def launch_url(self) -> str:
        made = await self.world.post("/sandbox/api/launch", {"player": self.name})
        return str(made["launch_url"])

    async def lobby_minor(self) -> int:
        return int(await self.lobby_balance.get_attribute("data-minor") or -1)

    async def wallet_round(self) -> str:
        """The newest round in the casino's books: the bet's id."""
        books = await self.world.books(self.name)
        return str(books["rounds"][0]["round_id"])

    async def picture(self, name: str) -> None:
        """Kept for people to look at."""
        await self.page.screenshot(path=ARTEFACTS / f"{name}.png")


class Door:
    """Lets visitors in, and looks after them when they have left."""

    def __init__(self, world: Live, browser: Browser) -> None:
        self.world = world
        self.browser = browser
        self.visitors: list[Visitor] = []

    async def visitor(
        self,
        *,
        size: tuple[int, int] = DESKTOP,
        phone: bool = False,
        money: int = 500_000,
        name: str = "",
    ) -> Visitor:
        """Somebody new; `money` in cents."""
        name = name or f"visitor-{uuid4().hex[:8]}"
        await self.world.post(
            "/sandbox/api/players",
            {"id": name, "name": name, "currency": "USD", "balance_minor": money},
        )
        width, height = size
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, has_touch=phone, is_mobile=phone
        )
        context.set_default_timeout(BOUND_MS)
        watch = Watch(context, self.world.base_url)
        visitor = Visitor(self.world, context, await context.new_page(), name, watch)
        self.visitors.append(visitor)
        return visitor

    async def close(self) -> None:
        """Everybody leaves; nobody may have asked another origin or logged a complaint."""
        for visitor in self.visitors:
            await visitor.context.close()
        await self.world.post("/sandbox/api/faults", {"on": False})
        for visitor in self.visitors:
            found = visitor.watch.strangers() + visitor.watch.grievances()
            if found:
                pytest.fail("\n".join(found), pytrace=False)
