"""The casino's side of the contract: signed calls to Apogee, as any operator would make them."""

from decimal import Decimal
from json import loads
from typing import Any

import aiohttp
from yarl import URL

from app.clock import WallClock
from app.sandbox.config import CasinoConfig
from app.sandbox.signing import signed_headers

LAUNCH_PATH = "/api/public/rgs/launch"
ROUND_PATH = "/api/public/rgs/round/"
SESSION_TTL_S = 3_600

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
_MAX_ANSWER = 1024 * 1024


class ApogeeUnreachable(Exception):
    """No answer, or none that can be read. The text is for people and holds no secret."""


class ApogeeRefused(Exception):
    """Apogee answered, and not with success."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        reason = answer.get("message") or answer.get("error") or "no reason given"
        super().__init__(f"Apogee answered {status}: {reason}")
        self.status = status


class Apogee:
    """Use between `open()` and `close()`."""

    def __init__(self, config: CasinoConfig, clock: WallClock) -> None:
        self._config = config
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Ready the client; nothing is sent yet."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, timeout=_TIMEOUT
        )

    async def close(self) -> None:
        """Let go of idle connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def launch(self, body: bytes) -> dict[str, Any]:
        """The session that Apogee opened. Raises `ApogeeUnreachable`, `ApogeeRefused`."""
        return await self._call("POST", LAUNCH_PATH, body)

    async def round(self, round_id: str) -> dict[str, Any]:
        """Apogee's record of a round; `round_id` is fit for a path. Raises as `launch` does."""
        return await self._call("GET", ROUND_PATH + round_id, b"")

    async def _call(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if self._session is None:
            raise ApogeeUnreachable("the casino is closed")
        now_s = int(self._clock.now().timestamp())
        url = URL(self._config.apogee_url + path, encoded=True)
        # A base URL may have a path of its own: what is signed is what travels.
        headers = signed_headers(self._config.credentials, now_s, method, url.raw_path, body)
        if body:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method, url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                content = await answer.content.read(_MAX_ANSWER)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = str(error) or type(error).__name__
            raise ApogeeUnreachable(
                f"Apogee does not answer at {self._config.apogee_url} ({reason}). Is it running?"
            ) from None
        try:
            fields = loads(content, parse_float=Decimal)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise ApogeeUnreachable(f"Apogee answered {status} with something unreadable")
        if status != 200 or fields.get("ok") is False:
            raise ApogeeRefused(status, fields)
        return fields
