"""The secret a page holds for its session: derived, so that it is stored nowhere."""

import hashlib
import hmac
import re
from uuid import UUID

from app.secrets import Secret

_SHAPE = re.compile(r"ps_([0-9a-f]{32})_([0-9a-f]{64})")


class PlayTokens:
    """Issues and checks `ps_<session>_<mac>`; every page of a session holds the same one."""

    def __init__(self, secret_key: Secret) -> None:
        self._key = hmac.new(
            secret_key.reveal().encode(), b"apogee:play-session", hashlib.sha256
        ).digest()

    def issue(self, session: UUID) -> str:
        return f"ps_{session.hex}_{self._mac(session)}"

    def check(self, token: str) -> UUID | None:
        """The session's id, or `None` for anything we have not issued."""
        match = _SHAPE.fullmatch(token)
        if match is None:
            return None
        session = UUID(hex=match[1])
        return session if hmac.compare_digest(self._mac(session), match[2]) else None

    def _mac(self, session: UUID) -> str:
        return hmac.new(self._key, session.bytes, hashlib.sha256).hexdigest()
