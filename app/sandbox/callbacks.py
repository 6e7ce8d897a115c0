"""The log of callbacks: what Apogee sent, what was signed, what it was told.

It is bounded, and it never holds a secret: neither a header that could be one, nor the signature
that would have been right (that would sign anything for anybody who can read the page).
"""

import sqlite3
from collections.abc import Sequence

import msgspec

KEPT = 5_000
_TRIM_EVERY = 250
_LONGEST_TEXT = 4_096
_SHOWN_HEADERS = frozenset(
    {"content-type", "content-length", "user-agent", "host", "accept", "accept-encoding"}
    | {"x-operator-id", "x-timestamp", "x-signature", "x-request-id"}
)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it was answered. `status` is `None` where the connection was cut instead."""

    at: int
    """Epoch milliseconds of its arrival."""
    took_ms: int
    """Until it was decided, delays included."""
    endpoint: str
    path: str
    status: int | None
    signature: str
    """`ok`, or why not."""
    base_string: str
    headers: dict[str, str]
    """Of secret headers only the name."""
    body: str
    response: str
    fault: str | None = None
    id: int = 0


_COLUMNS = (
    "id, at, took_ms, endpoint, path, status, signature, base_string, headers, body, response,"
    " fault"
)


def shown_headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Only what is known to be harmless keeps its value."""
    return {
        name: value[:_LONGEST_TEXT] if name in _SHOWN_HEADERS else "(hidden)"
        for name, value in headers[:50]
    }


def shown_text(content: bytes) -> str:
    """Readable, bounded text of whatever came."""
    text = content[:_LONGEST_TEXT].decode("utf-8", "replace")
    left = len(content) - _LONGEST_TEXT
    return f"{text}… ({left} more bytes)" if left > 0 else text


def record(connection: sqlite3.Connection, callback: Callback) -> None:
    """Add one, and every now and then forget the oldest."""
    cursor = connection.execute(
        "insert into callbacks (at, took_ms, endpoint, path, status, signature, base_string,"
        " headers, body, response, fault) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            callback.at,
            callback.took_ms,
            callback.endpoint,
            callback.path,
            callback.status,
            callback.signature,
            callback.base_string,
            msgspec.json.encode(callback.headers).decode(),
            callback.body,
            callback.response,
            callback.fault,
        ),
    )
    newest = cursor.lastrowid or 0
    if newest % _TRIM_EVERY == 0:
        connection.execute("delete from callbacks where id <= ?", (newest - KEPT,))


def newest(connection: sqlite3.Connection, limit: int, after: int = 0) -> list[Callback]:
    """The newest first, those with an id above `after`."""
    rows = connection.execute(
        f"select {_COLUMNS} from callbacks where id > ? order by id desc limit ?",  # noqa: S608
        (after, limit),
    )
    return [
        Callback(
            id=row[0],
            at=row[1],
            took_ms=row[2],
            endpoint=row[3],
            path=row[4],
            status=row[5],
            signature=row[6],
            base_string=row[7],
            headers=msgspec.json.decode(row[8], type=dict[str, str]),
            body=row[9],
            response=row[10],
            fault=row[11],
        )
        for row in rows
    ]
