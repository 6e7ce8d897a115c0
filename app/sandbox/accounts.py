"""Players and their transactions: the schema, and the statements around it.

Every function takes the connection of the books' thread. Amounts are minor units, times epoch
milliseconds. The balance of a player is the sum of what has moved; both are written together.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from engine.money import MAX_AMOUNT, format_amount

SCHEMA = f"""
create table if not exists players (
  id text primary key,
  name text not null,
  currency text not null,
  balance_minor integer not null check (balance_minor between 0 and {MAX_AMOUNT}),
  created_at integer not null
) strict;

create table if not exists transactions (
  id integer primary key,
  operator_tx_id text not null unique,
  type text not null check (type in ('deposit', 'bet', 'win', 'refund')),
  status text not null check (status in ('accepted', 'declined', 'tombstone')),
  player_id text not null,
  session_id text,
  round_id text,
  currency text not null,
  amount_minor integer not null check (amount_minor between 0 and {MAX_AMOUNT}),
  moved_minor integer not null,
  balance_after_minor integer,
  body_hash text not null,
  error text,
  at integer not null
) strict;

create unique index if not exists once_per_round
  on transactions (round_id, type) where round_id is not null and status <> 'declined';
create index if not exists by_player on transactions (player_id, id);
create index if not exists by_round on transactions (round_id);

create table if not exists callbacks (
  id integer primary key,
  at integer not null,
  took_ms integer not null,
  endpoint text not null,
  path text not null,
  status integer,
  signature text not null,
  base_string text not null,
  headers text not null,
  body text not null,
  response text not null,
  fault text
) strict;
"""


class Player(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    currency: str
    balance_minor: int
    balance: str
    """For display: the amount with exactly the currency's digits."""


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the books, written once and never edited."""

    id: int
    operator_tx_id: str
    type: str
    """`deposit`, `bet`, `win` or `refund`."""
    status: str
    """`accepted`; `declined`, nothing moved; `tombstone`, a refund that came before its bet."""
    player_id: str
    session_id: str | None
    round_id: str | None
    currency: str
    amount_minor: int
    moved_minor: int
    """Signed: what it did to the balance."""
    balance_after_minor: int | None
    """`None` when the player is unknown here."""
    body_hash: str
    error: str | None
    at: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """A player's life so far, in minor units."""

    deposits_minor: int
    bets_minor: int
    wins_minor: int
    refunds_minor: int
    balanced: bool
    """The balance equals what has moved. Anything else is a bug of this casino."""


_COLUMNS = ", ".join(Transaction.__struct_fields__)
_PLAYER = "select id, name, currency, balance_minor from players"


class PlayerExists(Exception):
    """That id belongs to a player with another currency."""


def find_player(connection: sqlite3.Connection, player_id: str) -> Player | None:
    row = connection.execute(f"{_PLAYER} where id = ?", (player_id,)).fetchone()
    return None if row is None else player(*row)


def all_players(connection: sqlite3.Connection, limit: int) -> list[Player]:
    """The oldest first."""
    rows = connection.execute(f"{_PLAYER} order by rowid limit ?", (limit,))
    return [player(*row) for row in rows]


def ensure_player(connection: sqlite3.Connection, wanted: Player, at: int) -> tuple[Player, bool]:
    """The player with that id, made with an opening deposit if there is none; whether it is new.

    Raises `PlayerExists` when the id is taken in another currency.
    """
    known = find_player(connection, wanted.id)
    if known is not None:
        if known.currency != wanted.currency:
            raise PlayerExists(f"player {wanted.id!r} exists already, in {known.currency}")
        return known, False
    connection.execute(
        "insert into players (id, name, currency, balance_minor, created_at)"
        " values (?, ?, ?, 0, ?)",
        (wanted.id, wanted.name, wanted.currency, at),
    )
    empty = player(wanted.id, wanted.name, wanted.currency, 0)
    if wanted.balance_minor:
        return deposit(connection, empty, f"open-{wanted.id}", wanted.balance_minor, at), True
    return empty, True


def deposit(
    connection: sqlite3.Connection, to: Player, transaction_id: str, amount: int, at: int
) -> Player:
    """The player with the money added. Raises `OverflowError` beyond the largest amount."""
    balance = to.balance_minor + amount
    if balance > MAX_AMOUNT:
        raise OverflowError("no account holds more than the largest amount")
    insert(
        connection,
        operator_tx_id=transaction_id,
        type="deposit",
        status="accepted",
        player_id=to.id,
        currency=to.currency,
        amount_minor=amount,
        moved_minor=amount,
        balance_after_minor=balance,
        body_hash="",
        at=at,
    )
    move(connection, to.id, amount)
    return player(to.id, to.name, to.currency, balance)


def player(player_id: str, name: str, currency: str, balance: int) -> Player:
    """One with a balance in minor units, formatted for display."""
    return Player(
        id=player_id,
        name=name,
        currency=currency,
        balance_minor=balance,
        balance=format_amount(balance, currency),
    )


def move(connection: sqlite3.Connection, player_id: str, amount: int) -> None:
    """Add a signed amount to a balance; the schema refuses what it cannot hold."""
    connection.execute(
        "update players set balance_minor = balance_minor + ? where id = ?", (amount, player_id)
    )


def insert(connection: sqlite3.Connection, **columns: str | int | None) -> None:
    """A new row of `transactions`; absent columns are null."""
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    connection.execute(
        f"insert into transactions ({names}) values ({marks})",  # noqa: S608
        tuple(columns.values()),
    )


def by_transaction_id(connection: sqlite3.Connection, transaction_id: str) -> Transaction | None:
    found = _transactions(connection, "operator_tx_id = ?", (transaction_id,))
    return found[0] if found else None


def of_round(connection: sqlite3.Connection, round_id: str) -> list[Transaction]:
    """The oldest first, refused bets included."""
    return _transactions(connection, "round_id = ? order by id limit 1000", (round_id,))


def of_player(
    connection: sqlite3.Connection, player_id: str, before: int, limit: int
) -> list[Transaction]:
    """The newest first, those with an id below `before`."""
    return _transactions(
        connection,
        "player_id = ? and id < ? order by id desc limit ?",
        (player_id, before, limit),
    )


def statement_page(
    connection: sqlite3.Connection, player_id: str | None, after: int, limit: int
) -> list[Transaction]:
    """The oldest first, those with an id above `after`; of everybody when there is no player."""
    whose, arguments = ("player_id = ? and", [player_id]) if player_id else ("", [])
    return _transactions(
        connection, f"{whose} id > ? order by id limit ?", (*arguments, after, limit)
    )


def totals(connection: sqlite3.Connection, of: Player) -> Totals:
    rows = connection.execute(
        "select type, sum(moved_minor) from transactions where player_id = ? group by type",
        (of.id,),
    )
    moved: dict[str, int] = dict(rows.fetchall())
    return Totals(
        deposits_minor=moved.get("deposit", 0),
        bets_minor=-moved.get("bet", 0),
        wins_minor=moved.get("win", 0),
        refunds_minor=moved.get("refund", 0),
        balanced=sum(moved.values()) == of.balance_minor,
    )


def _transactions(
    connection: sqlite3.Connection, condition: str, arguments: Sequence[Any]
) -> list[Transaction]:
    rows = connection.execute(
        f"select {_COLUMNS} from transactions where {condition}",  # noqa: S608
        tuple(arguments),
    )
    return [
        Transaction(**dict(zip(Transaction.__struct_fields__, row, strict=True))) for row in rows
    ]
