"""The page's HTTP: the page itself, and the exchange of a launch token for a session."""

from pathlib import Path

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from app.ledger import tenants
from app.ledger.tenants import Session
from app.operators.limits import money_limits
from app.operators.titles import title
from app.play.messages import Limits
from app.play.socket import PlayRoom
from app.secrets import hash_key
from engine.money import exponent
from engine.rules import MIN_CASHOUT

STATIC = Path(__file__).resolve().parents[2] / "static"

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors *"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class TokenBody(msgspec.Struct, frozen=True):
    token: str


class SessionAnswer(msgspec.Struct, frozen=True):
    """What the page needs to begin. `session` is its secret."""

    session: str
    ws_url: str
    player: str
    currency: str
    exponent: int
    title: str
    lang: str
    return_url: str | None
    demo: bool
    limits: Limits


class Problem(msgspec.Struct, frozen=True):
    code: str
    message: str


@get("/play", sync_to_thread=False, include_in_schema=False)
def play_page() -> Response[bytes]:
    """The same page for everybody; the token in its address is the page's to use."""
    return Response(
        (STATIC / "index.html").read_bytes(),
        media_type="text/html; charset=utf-8",
        headers=PAGE_HEADERS,
    )


@post("/play/session", status_code=200, include_in_schema=False)
async def open_session(
    data: JSONBody[TokenBody], play_room: NamedDependency[PlayRoom]
) -> Response[SessionAnswer | Problem]:
    """A launch token works until its session ends, so that a reload of the host page does too."""
    session = await tenants.session_by_launch_token(play_room.database, hash_key(data.token))
    if session is None:
        return _refuse(401, "unknown_session", "This link is not valid. Please reopen the game.")
    over = session.revoked_at is not None or session.expires_at <= play_room.wall_clock.now()
    if over:
        return _refuse(410, "session_over", "This session is over. Please reopen the game.")
    known = await play_room.directory.get(session.operator_id)
    if known is None or not known.operator.active:
        return _refuse(403, "suspended", "The game is not available at this casino right now.")
    limits = money_limits(known.operator, session.currency)
    return Response(
        _answer(
            session,
            play_room,
            Limits(
                currency=session.currency,
                exponent=exponent(session.currency),
                min_stake=limits.min_stake,
                max_stake=limits.max_stake,
                min_auto=MIN_CASHOUT,
                cap=known.operator.cap,
                max_win=limits.max_win,
            ),
        ),
        headers={"Cache-Control": "no-store"},
    )


def _answer(session: Session, room: PlayRoom, limits: Limits) -> SessionAnswer:
    shown = title(session.title)
    return SessionAnswer(
        session=room.tokens.issue(session.id),
        ws_url="/play/ws",
        player=session.player,
        currency=session.currency,
        exponent=exponent(session.currency),
        title=shown.name if shown else session.title,
        lang=session.lang,
        return_url=session.return_url,
        demo=False,
        limits=limits,
    )


def _refuse(status: int, code: str, message: str) -> Response[SessionAnswer | Problem]:
    return Response(
        Problem(code, message), status_code=status, headers={"Cache-Control": "no-store"}
    )


def static_files() -> ControllerRouterHandler:
    """The page's own files, revalidated on every visit."""
    return create_static_files_router(path="/static", directories=[STATIC], include_in_schema=False)
