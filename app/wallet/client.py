"""The only sender of wallet calls: one POST, one deadline, one bounded answer, nothing followed."""

import asyncio
import socket
from typing import Any

import aiohttp
from yarl import URL

from app.wallet.addresses import is_public
from app.wallet.ops import NeverSent, Unknown, WalletRequest, WalletResponse

MAX_ANSWER = 64 * 1024
PER_HOST = 128


class AddressRefused(OSError):
    """The wallet's name resolved to an address that is not public."""


class Sender:
    """Use as an async context manager. Never retries by itself."""

    def __init__(self, *, public_only: bool) -> None:
        self._public_only = public_only
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Sender":
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=PER_HOST,
            ttl_dns_cache=10,
            socket_factory=self._open_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            headers={"User-Agent": "Apogee", "Accept": "application/json"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(
        self, request: WalletRequest, deadline_s: float
    ) -> WalletResponse | Unknown | NeverSent:
        """The whole answer within the deadline, else why not. `NeverSent` only when no connection
        came to stand; after that nobody can tell what the wallet has read."""
        if self._session is None:
            return NeverSent("the sender is closed")
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._session.post(
                    URL(request.url, encoded=True),  # as signed, not as aiohttp would write it
                    data=request.body,
                    headers=dict(request.headers),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as answer,
            ):
                body = await _bounded(answer)
                if body is None:
                    return Unknown("answer over 64 KiB")
                headers = tuple((name.lower(), value) for name, value in answer.headers.items())
                return WalletResponse(answer.status, headers, body)
        except TimeoutError:
            return Unknown("timeout")
        except aiohttp.ClientConnectorError as error:
            return NeverSent(f"no connection: {type(error).__name__}")
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            return NeverSent("the wallet URL is not usable")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unknown(f"broken exchange: {type(error).__name__}")

    def _open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        # Checked here, after resolution, so that no name and no literal gets past it.
        if self._public_only and not is_public(address[0]):
            raise AddressRefused("the wallet's address is not public")
        return socket.socket(family, kind, protocol)


async def _bounded(answer: aiohttp.ClientResponse) -> bytes | None:
    """The body, or `None` if it is larger than an answer may be."""
    parts = []
    size = 0
    async for part in answer.content.iter_chunked(16 * 1024):
        size += len(part)
        if size > MAX_ANSWER:
            answer.close()
            return None
        parts.append(part)
    return b"".join(parts)
