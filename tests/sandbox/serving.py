"""A casino under a real server, and the other side of the contract played by the tests.

Signatures are computed here again, from the contract, with nothing of the casino's.
"""

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import uvicorn
from aiohttp import web
from litestar import Litestar
from litestar.types import ASGIApp

from app.sandbox import Casino, CasinoConfig, CasinoCredentials, create_casino

BOUND_S = 10
GAME = """<!doctype html><title>Game</title><h1>The game</h1><p></p><button>close</button>
<script>
  document.querySelector("p").textContent = document.referrer;
  document.querySelector("button").onclick = () =>
    parent.postMessage({ source: "apogee", event: "close" }, document.referrer);
</script>"""
CREDENTIALS = CasinoCredentials(
    operator_id=UUID("0190aaaa-0000-7000-8000-000000000001"),
    api_key="ak_test",
    hmac_secret="s3cret-for-tests",
)


def casino_config(books_path: Path, apogee_url: str, **changes: Any) -> CasinoConfig:
    settings: dict[str, Any] = {"currencies": ("USD", "JPY", "KWD")} | changes
    return CasinoConfig(
        apogee_url=apogee_url, books_path=books_path, credentials=CREDENTIALS, **settings
    )


def callback_headers(
    path: str, body: bytes, *, at: int | None = None, method: str = "POST"
) -> dict[str, str]:
    timestamp = str(int(time.time()) if at is None else at)
    text = ".".join([timestamp, method, path, hashlib.sha256(body).hexdigest()])
    key = CREDENTIALS.hmac_secret.encode()
    return {
        "content-type": "application/json",
        "x-operator-id": str(CREDENTIALS.operator_id),
        "x-timestamp": timestamp,
        "x-signature": hmac.new(key, text.encode(), hashlib.sha256).hexdigest(),
    }


def expected_signature(headers: dict[str, str], method: str, path: str, body: bytes) -> str:
    """What a call to Apogee must carry."""
    text = f"{headers['x-timestamp']}.{method}.{path}.{hashlib.sha256(body).hexdigest()}"
    return hmac.new(CREDENTIALS.hmac_secret.encode(), text.encode(), "sha256").hexdigest()


def callback_body(endpoint: str, round_id: str, amount: object, **changes: Any) -> bytes:
    fields = {
        "operator_tx_id": f"{endpoint}-{round_id}",
        "operator_player_id": "player-1",
        "session_id": "session-1",
        "round_id": round_id,
        "currency": "USD",
        "amount_minor": amount,
    }
    return json.dumps(fields | changes).encode()


@dataclass
class Caller:
    """Calls a running casino as Apogee and as its lobby would."""

    base: str
    http: aiohttp.ClientSession

    async def send(
        self, path: str, body: bytes, headers: dict[str, str] | None = None, timeout_s: float = 5
    ) -> tuple[int, str, bytes]:
        """Status, content type, body. Raises what aiohttp raises when there is no answer."""
        async with self.http.post(
            self.base + path,
            data=body,
            headers=callback_headers(path, body) if headers is None else headers,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
        ) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def callback(
        self, endpoint: str, round_id: str, amount: object, **changes: Any
    ) -> tuple[int, Any]:
        body = callback_body(endpoint, round_id, amount, **changes)
        status, _, content = await self.send(f"/sandbox/wallet/{endpoint}", body)
        return status, json.loads(content)

    async def bet(self, round_id: str, amount: object, **changes: Any) -> tuple[int, Any]:
        return await self.callback("bet", round_id, amount, **changes)

    async def win(self, round_id: str, amount: object, **changes: Any) -> tuple[int, Any]:
        return await self.callback("win", round_id, amount, **changes)

    async def refund(self, round_id: str, amount: object, **changes: Any) -> tuple[int, Any]:
        return await self.callback("refund", round_id, amount, **changes)

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.http.get(f"{self.base}/sandbox/api{path}") as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, fields: Any) -> tuple[int, Any]:
        async with self.http.post(f"{self.base}/sandbox/api{path}", json=fields) as answer:
            return answer.status, await answer.json()

    async def balance(self, player: str = "player-1") -> int:
        _, books = await self.get(f"/books?player={player}")
        assert books["totals"]["balanced"]
        balance: int = books["balance_minor"]
        return balance


@dataclass
class FakeApogee:
    """Stands in for Apogee: keeps what it was asked, answers what it was told."""

    url: str = ""
    launched: list[tuple[dict[str, str], str, bytes]] = field(default_factory=list)
    launch_status: int = 200
    launch_answer: dict[str, Any] = field(default_factory=dict)
    rounds: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked_rounds: list[tuple[dict[str, str], str]] = field(default_factory=list)

    async def launch(self, request: web.Request) -> web.Response:
        self.launched.append((lower(request), request.path, await request.read()))
        return web.json_response(self.launch_answer, status=self.launch_status)

    async def play(self, request: web.Request) -> web.Response:
        return web.Response(text=GAME, content_type="text/html")

    async def round(self, request: web.Request) -> web.Response:
        self.asked_rounds.append((lower(request), request.path))
        record = self.rounds.get(request.match_info["id"])
        if record is None:
            return web.json_response({"ok": False, "error": "not_found"}, status=404)
        return web.json_response(record)


def lower(request: web.Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


@asynccontextmanager
async def fake_apogee() -> AsyncIterator[FakeApogee]:
    fake, application = FakeApogee(), web.Application()
    application.router.add_post("/api/public/rgs/launch", fake.launch)
    application.router.add_get("/api/public/rgs/round/{id}", fake.round)
    application.router.add_get("/play", fake.play)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}"
    fake.launch_answer = {
        "ok": True,
        "session_id": "session-1",
        "launch_url": f"{fake.url}/play?session=opaque",
        "expires_at": "2026-11-21T12:00:00Z",
    }
    try:
        yield fake
    finally:
        await runner.cleanup()


class _Server(uvicorn.Server):
    """Says when it listens, stops at once when told, and leaves the signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()

    async def main_loop(self) -> None:
        self.listening.set()
        await self.stopping.wait()

    async def run(self, sockets: list[socket.socket] | None = None) -> None:  # type: ignore[override]
        await self._serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self.lifespan.shutdown()

    async def stop(self) -> None:
        """Once nobody is connected: the server's own shutdown waits a tenth of a second."""
        async with asyncio.timeout(BOUND_S):
            while self.server_state.connections:  # noqa: ASYNC110 - it is a plain set
                await asyncio.sleep(0)
        self.stopping.set()


def listen() -> socket.socket:
    # asyncio switches Nagle's delay off only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


@asynccontextmanager
async def serve(
    casino: Casino, *, http: Any = "auto", layer: Callable[[ASGIApp], ASGIApp] = lambda app: app
) -> AsyncIterator[Caller]:
    application = Litestar(
        [casino.router], lifespan=[casino.lifespan], openapi_config=None, logging_config=None
    )
    config = uvicorn.Config(
        layer(application), http=http, log_config=None, lifespan="on", timeout_graceful_shutdown=2
    )
    server, listener = _Server(config), listen()
    task = asyncio.create_task(server.run([listener]))
    async with asyncio.timeout(BOUND_S):
        listening = asyncio.create_task(server.listening.wait())
        await asyncio.wait([task, listening], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
    try:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Caller(f"http://127.0.0.1:{listener.getsockname()[1]}", session)
    finally:
        casino.end_streams()
        await server.stop()
        await task
        listener.close()


@asynccontextmanager
async def casino_at(config: CasinoConfig, **parts: Any) -> AsyncIterator[Caller]:
    async with serve(create_casino(config, **parts)) as caller:
        yield caller
