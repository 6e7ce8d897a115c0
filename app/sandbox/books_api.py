"""The books through the JSON API: a player's, a round's beside Apogee's record, and as CSV."""

import csv
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from app.sandbox import accounts
from app.sandbox.accounts import Player, Totals, Transaction
from app.sandbox.apogee import ApogeeRefused
from app.sandbox.parts import CasinoParts, Parts, Refusal
from app.sandbox.player_api import known_player
from app.sandbox.reconcile import disagreements
from app.sandbox.rounds import RoundSummary, summarise

_STATEMENT_PAGE = 1_000
_NEWEST = 2**62
_FIT_FOR_PATH = re.compile(r"[A-Za-z0-9-]{1,64}")
_STATEMENT_COLUMNS = (
    "id", "at", "operator_tx_id", "type", "status", "player_id", "session_id", "round_id",
    "currency", "amount_minor", "moved_minor", "balance_after_minor", "error",
)  # fmt: skip

_encode_numbers = msgspec.json.Encoder(decimal_format="number").encode

Limit = Annotated[int, QueryParameter(ge=1, le=5_000)]


class BooksAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`transactions` newest first; go on with `?before=` the last one's id."""

    ok: bool = True
    player: Player
    balance_minor: int
    totals: Totals
    transactions: list[Transaction]
    rounds: list[RoundSummary]


class RoundAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Both stories of one round. `apogee` is `None` when it knows no such round."""

    ok: bool = True
    round_id: str
    agree: bool
    reasons: list[str]
    own: list[Transaction]
    apogee: dict[str, Any] | None


@get("/books")
async def books(
    player: FromQuery[str], parts: CasinoParts, limit: Limit = 500, before: FromQuery[int] = _NEWEST
) -> BooksAnswer:
    """Balance, totals and the newest transactions of one player."""
    return await books_of(parts, player, limit, before)


async def books_of(parts: Parts, player_id: str, limit: int, before: int = _NEWEST) -> BooksAnswer:
    """One consistent picture. Raises `Refusal` 404 for an unknown player."""
    await known_player(parts, player_id)

    def work(connection: sqlite3.Connection) -> BooksAnswer | None:
        player = accounts.find_player(connection, player_id)
        if player is None:
            return None
        rows = accounts.of_player(connection, player_id, before, limit)
        return BooksAnswer(
            player=player,
            balance_minor=player.balance_minor,
            totals=accounts.totals(connection, player),
            transactions=rows,
            rounds=summarise(rows),
        )

    found = await parts.books.run(work)
    if found is None:
        raise Refusal(404, "unknown_player", "There is no such player.")
    return found


@get("/round/{round_id:str}")
async def round_(round_id: FromPath[str], parts: CasinoParts) -> Response[bytes]:
    """A `RoundAnswer`: our transactions of a wallet round beside Apogee's record of it."""
    if not _FIT_FOR_PATH.fullmatch(round_id):
        raise Refusal(400, "bad_round_id", "A round id is letters, digits and dashes.")
    try:
        record: dict[str, Any] | None = await parts.apogee.round(round_id)
    except ApogeeRefused as refused:
        if refused.status != 404:
            raise
        record = None
    # Ours are read after Apogee's: what it paid before it answered is in them, or is missing.
    own = await parts.books.run(partial(accounts.of_round, round_id=round_id))
    reasons = disagreements(own, record)
    told = RoundAnswer(
        round_id=round_id, agree=not reasons, reasons=reasons, own=own, apogee=record
    )
    return Response(_encode_numbers(told), media_type="application/json")


@get("/statement.csv")
async def statement(parts: CasinoParts, player: FromQuery[str | None] = None) -> Stream:
    """Every transaction, the oldest first, of one player or of all."""
    if player is not None:
        await known_player(parts, player)
    return Stream(
        _statement(parts, player),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="statement.csv"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


async def _statement(parts: Parts, player: str | None) -> AsyncIterator[str]:
    yield _csv([_STATEMENT_COLUMNS])
    after = 0
    while True:
        work = partial(
            accounts.statement_page, player_id=player, after=after, limit=_STATEMENT_PAGE
        )
        rows = await parts.books.run(work)
        if not rows:
            return
        after = rows[-1].id
        yield _csv([_cell(row, name) for name in _STATEMENT_COLUMNS] for row in rows)


def _cell(row: Transaction, name: str) -> object:
    value = getattr(row, name)
    if name == "at":
        at = datetime.fromtimestamp(row.at // 1000, UTC).replace(microsecond=row.at % 1000 * 1000)
        return at.isoformat(timespec="milliseconds")
    # A spreadsheet would run a cell that begins like a formula.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value


def _csv(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
