"""What a callback may do to the books. Pure decisions over one connection, no HTTP.

A round has at most one bet, and then at most one win *or* one refund of exactly that bet.
A transaction id is answered once: repeated with the same content it gets the first answer again,
refusals of bets included (a copy that turns up late must not take money nobody plays with);
with other content it is a conflict. A refund that finds no bet leaves a tombstone, so that the bet,
should it still arrive, is refused.
"""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from app.sandbox import accounts
from app.sandbox.accounts import Player, Transaction
from engine.money import MAX_AMOUNT

ENDPOINTS = ("bet", "win", "refund")

REFUSALS: Mapping[str, tuple[int, str]] = {
    "already_refunded": (409, "This round's bet was given back already."),
    "already_won": (409, "This round was paid already."),
    "amount_mismatch": (409, "A refund gives back exactly the bet."),
    "bad_request": (400, "The call cannot be read."),
    "balance_limit": (422, "No account holds that much."),
    "bet_refunded": (409, "This round's bet was given back: it cannot win."),
    "bet_won": (409, "This round was paid: its bet cannot be given back."),
    "currency_mismatch": (422, "The account is in another currency."),
    "declined": (403, "The casino declines this transaction."),
    "insufficient_funds": (402, "The balance does not cover this."),
    "round_has_bet": (409, "This round has a bet already."),
    "transaction_cancelled": (409, "This round was cancelled before its bet arrived."),
    "tx_conflict": (409, "This transaction id was used for something else."),
    "unknown_bet": (404, "This round has no bet here."),
    "unknown_player": (404, "There is no such player."),
    "wrong_player": (409, "This round is another player's."),
}


class Call(msgspec.Struct, frozen=True):
    """A callback that could be read."""

    type: str
    transaction_id: str
    player: str
    session: str
    round: str
    currency: str
    amount: int

    @property
    def content_hash(self) -> str:
        """Equal for repeats, whatever the order of fields: it covers all that moves money."""
        content = [self.type, self.player, self.round, self.currency, self.amount]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


class Answer(msgspec.Struct, frozen=True):
    """`error` is a key of `REFUSALS`; without one the call was honoured."""

    balance: int | None = None
    error: str | None = None
    detail: str | None = None

    @property
    def status(self) -> int:
        return 200 if self.error is None else REFUSALS[self.error][0]

    @property
    def body(self) -> bytes:
        if self.error is None:
            return msgspec.json.encode({"ok": True, "balance_minor": self.balance})
        message = self.detail or REFUSALS[self.error][1]
        return msgspec.json.encode({"ok": False, "error": self.error, "message": message})


class Unreadable(Exception):
    """A body that is not a callback; the text says why."""


def read_call(endpoint: str, body: bytes) -> Call:
    """Strict: one JSON object, no key twice, amounts exact integers. Raises `Unreadable`."""
    try:
        fields = json.loads(body, object_pairs_hook=_unique, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise Unreadable("the body is not an object")
    amount = fields.get("amount_minor")
    lowest = 0 if endpoint == "win" else 1
    if type(amount) is not int or not lowest <= amount <= MAX_AMOUNT:
        raise Unreadable(f"amount_minor is an integer from {lowest} to {MAX_AMOUNT}")
    return Call(
        type=endpoint,
        transaction_id=_text(fields, "operator_tx_id"),
        player=_text(fields, "operator_player_id"),
        session=_text(fields, "session_id"),
        round=_text(fields, "round_id"),
        currency=_text(fields, "currency"),
        amount=amount,
    )


def apply(connection: sqlite3.Connection, call: Call, at: int, *, decline: bool) -> Answer:
    """Carry out a verified call once. `decline`: refuse it where it would be honoured."""
    earlier = accounts.by_transaction_id(connection, call.transaction_id)
    if earlier is not None:
        same = earlier.body_hash == call.content_hash
        return _repeat(earlier) if same else Answer(error="tx_conflict")
    player = accounts.find_player(connection, call.player)
    round_ = {
        row.type: row
        for row in accounts.of_round(connection, call.round)
        if row.status != "declined"
    }
    error = _refusal(call, player, round_)
    if error is None and decline:
        error = "declined"
    if player is None or error is not None:
        refused = error or "unknown_player"
        if call.type == "bet":
            _write(connection, call, at, "declined", player, 0, refused)
        return Answer(error=refused)
    if call.type == "refund" and "bet" not in round_:
        _write(connection, call, at, "tombstone", player, 0, None)
        return Answer(player.balance_minor)
    moved = -call.amount if call.type == "bet" else call.amount
    _write(connection, call, at, "accepted", player, moved, None)
    return Answer(player.balance_minor + moved)


def _refusal(call: Call, player: Player | None, round_: Mapping[str, Transaction]) -> str | None:
    if player is None:
        return "unknown_player"
    if player.currency != call.currency:
        return "currency_mismatch"
    rules = {"bet": _refuse_bet, "win": _refuse_win, "refund": _refuse_refund}
    return rules[call.type](call, player, round_)


def _refuse_bet(call: Call, player: Player, round_: Mapping[str, Transaction]) -> str | None:
    if "bet" in round_:
        return "round_has_bet"
    if "refund" in round_:
        return "transaction_cancelled"
    return "insufficient_funds" if call.amount > player.balance_minor else None


def _refuse_win(call: Call, player: Player, round_: Mapping[str, Transaction]) -> str | None:
    if "bet" not in round_:
        return "unknown_bet"
    if round_["bet"].player_id != player.id:
        return "wrong_player"
    if "refund" in round_:
        return "bet_refunded"
    if "win" in round_:
        return "already_won"
    return "balance_limit" if player.balance_minor + call.amount > MAX_AMOUNT else None


def _refuse_refund(call: Call, player: Player, round_: Mapping[str, Transaction]) -> str | None:
    if "refund" in round_:
        return "already_refunded"
    bet = round_.get("bet")
    if bet is None:
        return None
    if bet.player_id != player.id:
        return "wrong_player"
    if "win" in round_:
        return "bet_won"
    if bet.amount_minor != call.amount:
        return "amount_mismatch"
    return "balance_limit" if player.balance_minor + call.amount > MAX_AMOUNT else None


def _repeat(earlier: Transaction) -> Answer:
    if earlier.error is not None:
        return Answer(error=earlier.error)
    return Answer(earlier.balance_after_minor)


def _write(
    connection: sqlite3.Connection,
    call: Call,
    at: int,
    status: str,
    player: Player | None,
    moved: int,
    error: str | None,
) -> None:
    accounts.insert(
        connection,
        operator_tx_id=call.transaction_id,
        type=call.type,
        status=status,
        player_id=call.player,
        session_id=call.session,
        round_id=call.round,
        currency=call.currency,
        amount_minor=call.amount,
        moved_minor=moved,
        balance_after_minor=None if player is None else player.balance_minor + moved,
        body_hash=call.content_hash,
        error=error,
        at=at,
    )
    if moved:
        accounts.move(connection, call.player, moved)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key occurs twice")
    return fields


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    # A lone surrogate is valid JSON and text no database takes.
    if not isinstance(value, str) or not 1 <= len(value) <= 128 or not value.isprintable():
        raise Unreadable(f"{name} is a text of 1 to 128 printable characters")
    return value
