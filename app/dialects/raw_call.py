"""An inbound call as it came over the wire: what signatures are checked on, before any parsing."""

from datetime import datetime

import msgspec

from app.dialects.refusals import AnyRequest, CallRefused

MAX_TIMESTAMP_DIGITS = 12


class RawCall(msgspec.Struct, frozen=True):
    """Bytes as sent. `path` keeps its percent-encoding and any mount prefix."""

    method: bytes
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The value of a lower-case name. A repeated header is refused: which one was meant?"""
        values = [value for key, value in self.headers if key == name]
        if len(values) > 1:
            text = name.decode("ascii")
            raise CallRefused(400, "repeated_header", f"The header {text} was sent twice.")
        return values[0] if values else None

    def targets(self) -> tuple[bytes, ...]:
        """What a caller may take for the path: without the query string, and with it."""
        return (self.path, self.path + b"?" + self.query) if self.query else (self.path,)


async def raw_call(request: AnyRequest) -> RawCall:
    """The call behind a Litestar request. The edge has bounded its body."""
    scope = request.scope
    return RawCall(
        method=scope["method"].encode("ascii"),
        # The specification keeps the query string out of `raw_path`; not every server does.
        path=scope["raw_path"].partition(b"?")[0],
        query=scope["query_string"],
        headers=tuple((name.lower(), value) for name, value in scope["headers"]),
        body=await request.body(),
    )


def unix_seconds(stamp: bytes) -> int | None:
    """Plain ASCII digits, at most 12 of them; `None` for anything else."""
    if not stamp.isdigit() or len(stamp) > MAX_TIMESTAMP_DIGITS:
        return None
    return int(stamp)


def is_fresh(timestamp: int, now: datetime, tolerance_s: int) -> bool:
    """Whether a call stamped in whole seconds is neither too old nor too far ahead."""
    return abs(int(now.timestamp()) - timestamp) <= tolerance_s
