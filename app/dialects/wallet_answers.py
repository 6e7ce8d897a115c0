"""Reading what a wallet answered, where all contracts agree. Answers are hostile input."""

from datetime import datetime

from app.wallet.ops import WalletResponse

MAX_PLAYER_TEXT = 200
MAX_RETRY_AFTER_S = 24 * 3600
TRY_AGAIN = frozenset({408, 425, 429})
"""Client errors that say nothing about the transaction."""

_HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


def is_success(status: int) -> bool:
    return 200 <= status < 300


def is_refusal(status: int) -> bool:
    """A client error that speaks of this request, so the wallet has read and rejected it."""
    return 400 <= status < 500 and status not in TRY_AGAIN


def retry_after_s(response: WalletResponse) -> int | None:
    """Seconds the wallet asks us to wait, at most a day; a date counts from the answer's own."""
    text = _header(response, "retry-after")
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), MAX_RETRY_AFTER_S)
    until, since = _http_date(text), _http_date(_header(response, "date"))
    if until is None or since is None:
        return None
    return min(max(0, int((until - since).total_seconds())), MAX_RETRY_AFTER_S)


def player_text(text: str) -> str:
    """A wallet's sentence as one bounded line: controls, surrogates and direction marks go."""
    shown = "".join(
        letter if letter.isprintable() else " " for letter in text[: 4 * MAX_PLAYER_TEXT]
    )
    return " ".join(shown.split())[:MAX_PLAYER_TEXT].rstrip()


def _header(response: WalletResponse, name: str) -> str | None:
    return next((value.strip() for key, value in response.headers if key.lower() == name), None)


def _http_date(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text or "", _HTTP_DATE)
    except ValueError:
        return None
