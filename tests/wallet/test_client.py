"""The sender against wallets that misbehave on the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from app.wallet.client import MAX_ANSWER, Sender
from app.wallet.ops import NeverSent, Unknown, WalletRequest, WalletResponse

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _wallet(behave: Behave) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bet"
    finally:
        server.close()


def _answer(text: bytes) -> Behave:
    async def behave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()

    return behave


async def _send(
    url: str, *, deadline_s: float = 2, public_only: bool = False
) -> WalletResponse | Unknown | NeverSent:
    async with Sender(public_only=public_only) as sender:
        request = WalletRequest(url, (("content-type", "application/json"),), b"{}")
        return await sender.send(request, deadline_s)


async def test_a_whole_answer_comes_back_as_it_is() -> None:
    text = b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\nX-Y: z\r\n\r\n{"ok":true}'
    async with _wallet(_answer(text)) as url:
        answer = await _send(url)
    assert isinstance(answer, WalletResponse)
    assert (answer.status, answer.body) == (200, b'{"ok":true}')
    assert ("x-y", "z") in answer.headers


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    text = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    async with _wallet(_answer(text)) as url:
        answer = await _send(url)
    assert isinstance(answer, WalletResponse)
    assert answer.status == 302


async def test_silence_is_unknown_at_the_deadline() -> None:
    async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with _wallet(silent) as url:
        assert await _send(url, deadline_s=0.1) == Unknown("timeout")


async def test_a_drip_feed_does_not_stretch_the_deadline() -> None:
    async def drip(__: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with _wallet(drip) as url:
        assert await _send(url, deadline_s=0.2) == Unknown("timeout")


async def test_an_answer_too_large_is_unknown() -> None:
    size = MAX_ANSWER + 1
    text = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size
    async with _wallet(_answer(text)) as url:
        assert await _send(url) == Unknown("answer over 64 KiB")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\n",
    ],
)
async def test_a_broken_exchange_is_unknown(text: bytes) -> None:
    async with _wallet(_answer(text)) as url:
        assert isinstance(await _send(url), Unknown)


async def test_nobody_listening_means_nothing_was_sent() -> None:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    assert isinstance(await _send(f"http://127.0.0.1:{port}/bet"), NeverSent)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433"])
async def test_in_production_a_private_wallet_is_refused_before_anything_is_sent(
    host: str,
) -> None:
    reached = asyncio.Event()

    async def behave(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        reached.set()

    async with _wallet(behave) as url:
        answer = await _send(url.replace("127.0.0.1", host), public_only=True)
    assert isinstance(answer, NeverSent)
    assert not reached.is_set()
