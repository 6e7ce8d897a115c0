"""A whole server with its sandbox casino, in the test's own process, on real sockets.

The wallet is the casino's, over real HTTP; players are real websocket clients.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import aiohttp
import uvicorn
import websockets
from websockets.asyncio.client import ClientConnection

from app.config import Config, load_config
from app.play.transport import server_settings
from app.playground import create_playground, open_sandbox

BOUND_S = 30
"""No wait of a test is longer: what takes this long has failed."""

FAST = {
    "APOGEE_BETTING_MS": "700",
    "APOGEE_PAUSE_MS": "100",
    "APOGEE_TICK_MS": "20",
    "APOGEE_CURVE_GROWTH": "100",
    "APOGEE_CHAIN_LENGTH": "200",
    "APOGEE_LOG_LEVEL": "warning",
}
"""A curve that passes 2x in 0.7 s."""

FINAL = ("won", "lost", "refunded", "rejected")

Message = dict[str, Any]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the test runner's."""
        yield


class Player:
    """A page without pixels: one session, one socket at a time, everything it was told."""

    def __init__(self, base_url: str, session: Message) -> None:
        self.base_url = base_url
        self.session = session
        self.told: list[Message] = []
        self.closed: tuple[int, str] | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def connect(self) -> Message:
        """Say hello; returns the welcome."""
        self.closed = None
        self._socket = await websockets.connect(
            f"ws{self.base_url[4:]}/play/ws", compression=None, proxy=None
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        seen = len(self.told)
        await self.say(type="hello", session=self.session["session"], v=1)
        return await self.hears("welcome", since=seen)

    async def drop(self) -> None:
        """Cut the connection without a goodbye."""
        assert self._socket is not None
        self._socket.transport.abort()
        if self._reader is not None:
            await self._reader

    async def say(self, **message: object) -> None:
        await self.say_raw(json.dumps({k: v for k, v in message.items() if v is not None}))

    async def say_raw(self, text: str) -> None:
        assert self._socket is not None
        await self._socket.send(text)

    async def bet(
        self, amount: int = 1_000, *, slot: int = 0, auto: int | None = None, **more: object
    ) -> str:
        """Ask for a bet; returns its `ref`."""
        ref = str(more.pop("ref", None) or uuid4())
        await self.say(type="bet", ref=ref, slot=slot, amount=amount, auto=auto, **more)
        return ref

    async def hears(
        self,
        kind: str,
        where: Callable[[Message], bool] = lambda _: True,
        *,
        since: int = 0,
        **fields: object,
    ) -> Message:
        """The first message of that type and with those fields, told after index `since`."""

        def found() -> Message | None:
            for message in self.told[since:]:
                told = all(message.get(name) == value for name, value in fields.items())
                if message["type"] == kind and told and where(message):
                    return message
            return None

        try:
            async with asyncio.timeout(BOUND_S), self._news:
                await self._news.wait_for(lambda: found() is not None or self.closed)
        except TimeoutError:
            heard = [m for m in self.told[since:] if m["type"] != "tick"]
            raise AssertionError(f"no {kind} {fields} among {heard[-12:]}") from None
        message = found()
        assert message is not None, f"closed {self.closed} before {kind} {fields}"
        return message

    async def betting(self) -> Message:
        """A round that has just opened."""
        return await self.hears("betting", since=len(self.told))

    async def accepted_bet(
        self, amount: int = 1_000, *, slot: int = 0, auto: int | None = None
    ) -> Message:
        """A bet accepted in a round that has just opened."""
        await self.betting()
        ref = await self.bet(amount, slot=slot, auto=auto)
        return await self.hears("bet", ref=ref, status="accepted")

    async def end_of(self, bet: Message) -> Message:
        """The crash of the bet's round."""
        return await self.hears("crashed", round=bet["round"])

    async def winning_bet(self, target: int) -> Message:
        """Bet with that target until a round pays it; returns the bet as accepted."""
        for _ in range(20):
            bet = await self.accepted_bet(auto=target)
            if (await self.end_of(bet))["m"] >= target:
                return bet
        raise AssertionError("twenty rounds in a row crashed early")

    async def is_closed(self) -> tuple[int, str]:
        async with asyncio.timeout(BOUND_S), self._news:
            await self._news.wait_for(lambda: self.closed is not None)
        assert self.closed is not None
        return self.closed

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def _read(self, connection: ClientConnection) -> None:
        try:
            async for text in connection:
                self.told.append(json.loads(text))
                async with self._news:
                    self._news.notify_all()
        except websockets.ConnectionClosed:
            pass
        self.closed = (connection.close_code or 1006, connection.close_reason or "")
        async with self._news:
            self._news.notify_all()


class Live:
    """The running server, seen from outside."""

    def __init__(self, config: Config, http: aiohttp.ClientSession) -> None:
        self.config = config
        self.base_url = config.base_url
        self.http = http
        self._players: list[Player] = []

    async def post(self, path: str, body: object) -> Message:
        async with self.http.post(f"{self.base_url}{path}", json=body) as answer:
            got: Message = await answer.json(content_type=None)
            return got

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.base_url}{path}") as answer:
            return await answer.json(content_type=None)

    async def launch(self, name: str = "player-1") -> str:
        """A launch token for one of the casino's players, made on the first visit."""
        await self.post(
            "/sandbox/api/players",
            {"id": name, "name": name, "currency": "USD", "balance_minor": 500_000},
        )
        launched = await self.post("/sandbox/api/launch", {"player": name})
        return str(launched["launch_url"]).rpartition("session=")[2]

    async def player(self, name: str = "player-1") -> Player:
        """Launched, connected and welcomed."""
        player = await self.session(await self.launch(name))
        await player.connect()
        return player

    async def session(self, token: str) -> Player:
        player = Player(self.base_url, await self.post("/play/session", {"token": token}))
        self._players.append(player)
        return player

    async def fault(self, endpoint: str, kind: str, **more: object) -> None:
        """Switch one of the casino's wallet faults on; `calls` bounds how often it strikes."""
        body = {"endpoint": endpoint, "kind": kind, **more}
        answer = await self.post("/sandbox/api/faults", body)
        assert answer["ok"], answer

    async def books(self, name: str = "player-1") -> Message:
        """The casino's own: balance and transactions of one player."""
        found: Message = await self.get(f"/sandbox/api/books?player={name}")
        return found

    async def agrees(self, bet: str) -> Message:
        """Waits until the casino's books and ours agree on a finished bet; returns both."""
        async with asyncio.timeout(BOUND_S):
            while True:
                found: Message = await self.get(f"/sandbox/api/round/{bet}")
                if found["agree"] and found["apogee"]["status"] in FINAL:
                    return found
                await asyncio.sleep(0.05)

    async def leave(self) -> None:
        for player in self._players:
            await player.leave()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()


@asynccontextmanager
async def live(database_url: str, folder: Path, **settings: str) -> AsyncIterator[Live]:
    """Up until the block ends; settings override `FAST`."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    port = listener.getsockname()[1]
    environment = {**FAST, "APOGEE_DATA_DIR": str(folder), "APOGEE_PORT": str(port), **settings}
    config = load_config(environment)
    casino = await open_sandbox(config, database_url)
    app = create_playground(config, database_url, casino)
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", **server_settings())
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            assert not serving.done(), "the server did not start"
            await asyncio.sleep(0.01)
        async with aiohttp.ClientSession() as http, Live(config, http) as running:
            yield running
    finally:
        server.should_exit = True
        casino.end_streams()
        await serving
