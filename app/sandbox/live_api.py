"""What the lobby watches and turns: faults, callbacks, and the stream of changes."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.response import Stream

from app.sandbox import callbacks
from app.sandbox.accounts import Player, Totals
from app.sandbox.books import BooksUnavailable
from app.sandbox.books_api import books_of
from app.sandbox.callbacks import Callback
from app.sandbox.faults import Kind, SetFault, Switch
from app.sandbox.parts import CasinoParts, Parts, Refusal
from app.sandbox.player_api import known_player
from app.sandbox.rounds import RoundSummary

_SHOWN_CALLBACKS = 100
_SHOWN_TRANSACTIONS = 100
_HEARTBEAT_S = 10
_PAUSE_S = 0.1
_RECONNECT_MS = 1_000

Limit = Annotated[int, QueryParameter(ge=1, le=callbacks.KEPT)]


class FaultsAnswer(msgspec.Struct, frozen=True):
    switches: list[Switch]
    kinds: list[Kind]
    ok: bool = True


class CallbacksAnswer(msgspec.Struct, frozen=True):
    """The newest first."""

    callbacks: list[Callback]
    ok: bool = True


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the stream: everything but the callbacks is the whole truth again."""

    player: Player
    totals: Totals
    rounds: list[RoundSummary]
    switches: list[Switch]
    callbacks: list[Callback]
    """Those since the last message, the newest first."""


@get("/faults", sync_to_thread=False)
def list_faults(parts: CasinoParts) -> FaultsAnswer:
    """The switches that are on, and every kind there is."""
    return FaultsAnswer(parts.faults.switches, list(Kind))


@post("/faults", status_code=200, sync_to_thread=False)
def set_fault(data: JSONBody[SetFault], parts: CasinoParts) -> FaultsAnswer:
    """Turn one switch on, or off what matches; `{"on": false}` switches everything off."""
    try:
        parts.faults.set(data)
    except ValueError as error:
        raise Refusal(422, "bad_fault", str(error)) from None
    return FaultsAnswer(parts.faults.switches, list(Kind))


@get("/callbacks")
async def list_callbacks(
    parts: CasinoParts, limit: Limit = _SHOWN_CALLBACKS, after: FromQuery[int] = 0
) -> CallbacksAnswer:
    """The newest first, those with an id above `after`."""
    found = await parts.books.run(partial(callbacks.newest, limit=limit, after=after))
    return CallbacksAnswer(found)


@get("/events")
async def events(player: FromQuery[str], parts: CasinoParts) -> Stream:
    """Server-sent events: one `change` at once, then one for whatever happened since the last."""
    await known_player(parts, player)
    return Stream(
        _changes(parts, player),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _changes(parts: Parts, player: str) -> AsyncIterator[bytes]:
    changed, seen = parts.feed.subscribe(), 0
    yield b"retry: %d\n\n" % _RECONNECT_MS
    try:
        while not parts.feed.over:
            changed.clear()
            change = await _change(parts, player, seen)
            seen = change.callbacks[0].id if change.callbacks else seen
            yield b"event: change\ndata: " + msgspec.json.encode(change) + b"\n\n"
            await asyncio.sleep(_PAUSE_S)
            while not await _set_within(changed, _HEARTBEAT_S):
                yield b": still here\n\n"
    except BooksUnavailable:
        return  # the page connects again when it can
    finally:
        parts.feed.unsubscribe(changed)


async def _change(parts: Parts, player: str, seen: int) -> Change:
    told = await books_of(parts, player, _SHOWN_TRANSACTIONS)
    new = await parts.books.run(partial(callbacks.newest, limit=_SHOWN_CALLBACKS, after=seen))
    return Change(
        player=told.player,
        totals=told.totals,
        rounds=told.rounds,
        switches=parts.faults.switches,
        callbacks=new,
    )


async def _set_within(changed: asyncio.Event, seconds: int) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True
