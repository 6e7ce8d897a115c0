"""The lobby page and its files, read once."""

import html
import json
from collections.abc import Mapping
from pathlib import Path

from litestar import MediaType, Response, get
from litestar.params import FromPath

from app.sandbox.config import CasinoConfig
from app.sandbox.parts import CasinoParts, Refusal
from engine.money import exponent

_FOLDER = Path(__file__).parent / "pages"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_ASSETS: Mapping[str, tuple[str, bytes]] = {
    path.name: (_MEDIA_TYPES[path.suffix], path.read_bytes())
    for path in _FOLDER.iterdir()
    if path.suffix in _MEDIA_TYPES
}


def page_headers(config: CasinoConfig) -> dict[str, str]:
    """Nothing but our own files, and one frame: the game's origin. Nobody frames the lobby."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
        f" connect-src 'self'; frame-src {config.framed_origin}; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        # The game learns the origin that embeds it, and no more.
        "Referrer-Policy": "strict-origin",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }


@get("/", media_type=MediaType.HTML, sync_to_thread=False, include_in_schema=False)
def lobby_page(parts: CasinoParts) -> Response[str]:
    """The page. `?player=` is its own business."""
    config = parts.config
    settings = {
        "path": config.public_path,
        "game": config.framed_origin,
        "exponents": {currency: exponent(currency) for currency in config.currencies},
    }
    text = (_FOLDER / "lobby.html").read_text()
    text = text.replace("{{path}}", html.escape(config.public_path))
    text = text.replace("{{settings}}", html.escape(json.dumps(settings)))
    return Response(text, headers=page_headers(config))


@get("/assets/{name:str}", sync_to_thread=False, include_in_schema=False)
def asset(name: FromPath[str], parts: CasinoParts) -> Response[bytes]:
    """One of the page's files, by name; nothing else can be named."""
    if name not in _ASSETS:
        raise Refusal(404, "not_found", "There is no such file.")
    media_type, content = _ASSETS[name]
    return Response(content, media_type=media_type, headers=page_headers(parts.config))
