"""Players through the JSON API: make one, top up, and send one to play."""

import sqlite3
from functools import partial
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from app.sandbox import accounts
from app.sandbox.accounts import Player, PlayerExists
from app.sandbox.apogee import SESSION_TTL_S
from app.sandbox.parts import CasinoParts, Parts, Refusal
from engine.money import MAX_AMOUNT

_MOST_PLAYERS = 1_000


class NewPlayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is drawn when absent; a known one answers with that player as it is."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    currency: str
    balance_minor: Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT)] = 0
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None


class Deposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=MAX_AMOUNT)]


class LaunchOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    player: str


class PlayerAnswer(msgspec.Struct, frozen=True):
    player: Player
    ok: bool = True


class PlayersAnswer(msgspec.Struct, frozen=True):
    players: list[Player]
    ok: bool = True


class LaunchAnswer(msgspec.Struct, frozen=True):
    """`launch_url` is what goes into the frame, and a secret of this player."""

    launch_url: str
    session_id: str
    expires_at: str | None
    ok: bool = True


@get("/players")
async def list_players(parts: CasinoParts) -> PlayersAnswer:
    """The oldest first, at most 1,000."""
    found = await parts.books.run(partial(accounts.all_players, limit=_MOST_PLAYERS))
    return PlayersAnswer(found)


@post("/players")
async def create_player(data: JSONBody[NewPlayer], parts: CasinoParts) -> Response[PlayerAnswer]:
    """201 with the new player, 200 with the one that has this id already."""
    if data.currency not in parts.config.currencies:
        allowed = ", ".join(parts.config.currencies)
        raise Refusal(422, "unknown_currency", f"This casino's currencies: {allowed}.")
    name = data.name.strip()
    if not name or not name.isprintable():
        raise Refusal(422, "bad_name", "A name is one line of text.")
    player_id = data.id or f"p-{parts.new_id()}"
    wanted = accounts.player(player_id, name, data.currency, data.balance_minor)
    work = partial(accounts.ensure_player, wanted=wanted, at=parts.now_ms())
    try:
        player, is_new = await parts.books.run(work)
    except PlayerExists as error:
        raise Refusal(409, "player_exists", str(error)) from None
    return Response(PlayerAnswer(player), status_code=201 if is_new else 200)


@post("/players/{player_id:str}/deposit", status_code=200)
async def top_up(
    player_id: FromPath[str], data: JSONBody[Deposit], parts: CasinoParts
) -> PlayerAnswer:
    """Play money from nowhere."""
    transaction_id, at = f"deposit-{parts.new_id()}", parts.now_ms()

    def work(connection: sqlite3.Connection) -> Player | None:
        player = accounts.find_player(connection, player_id)
        if player is None:
            return None
        return accounts.deposit(connection, player, transaction_id, data.amount_minor, at)

    try:
        return PlayerAnswer(_known(await parts.books.run(work)))
    except OverflowError as error:
        raise Refusal(422, "balance_limit", str(error)) from None


@post("/launch", status_code=200)
async def launch(data: JSONBody[LaunchOf], parts: CasinoParts) -> LaunchAnswer:
    """Open a session at Apogee, as an operator's backend does when its player clicks Play."""
    player = await known_player(parts, data.player)
    asked = {
        "operator_player_id": player.id,
        "currency": player.currency,
        "balance_minor": player.balance_minor,
        "ttl_seconds": SESSION_TTL_S,
    }
    answer = await parts.apogee.launch(msgspec.json.encode(asked))
    url, session_id = answer.get("launch_url"), answer.get("session_id")
    if not isinstance(url, str) or not isinstance(session_id, str):
        raise Refusal(502, "bad_launch", "Apogee's answer has no launch_url and session_id.")
    origin = parts.config.framed_origin
    if not url.startswith(f"{origin}/"):
        message = f"Apogee launches the game elsewhere than at {origin}, which is all we may frame."
        raise Refusal(502, "foreign_game", message)
    expires_at = answer.get("expires_at")
    return LaunchAnswer(url, session_id, expires_at if isinstance(expires_at, str) else None)


async def known_player(parts: Parts, player_id: str) -> Player:
    """Raises `Refusal` 404 for anybody else."""
    return _known(await parts.books.run(partial(accounts.find_player, player_id=player_id)))


def _known(player: Player | None) -> Player:
    if player is None:
        raise Refusal(404, "unknown_player", "There is no such player.")
    return player
