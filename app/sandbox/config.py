"""What the casino is told when it is made; it reads no environment of its own."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from engine.money import EXPONENTS

_PATH = re.compile(r"(/[a-z0-9-]+)+")


class CasinoCredentials(msgspec.Struct, frozen=True):
    """What an operator is handed once at provisioning."""

    operator_id: UUID
    api_key: str
    hmac_secret: str

    def __repr__(self) -> str:
        return f"CasinoCredentials({self.operator_id}, …)"


class CasinoConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One casino. Register `<public base>{wallet_path}` with Apogee as its wallet URL."""

    apogee_url: str
    """Apogee's base URL as this process reaches it, without a slash at the end."""
    books_path: Path
    """The SQLite file; its folder is made when it is missing."""
    credentials: CasinoCredentials
    currencies: tuple[str, ...] = ("USD",)
    public_path: str = "/sandbox"
    """Everything the casino serves is below this path."""
    game_origin: str | None = None
    """Where launched games live, when players reach Apogee under another origin than we do."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for settings that cannot work."""
        if not _PATH.fullmatch(self.public_path):
            raise ValueError("public_path is a path such as /sandbox, without a slash at the end")
        unknown = [currency for currency in self.currencies if currency not in EXPONENTS]
        if unknown or not self.currencies:
            raise ValueError(f"currencies are one or more known codes, not {unknown}")
        for url in (self.apogee_url, self.framed_origin):
            if urlsplit(url).scheme not in ("http", "https") or url.endswith("/"):
                raise ValueError(f"{url!r} is not an http(s) URL without a slash at the end")

    @property
    def wallet_path(self) -> str:
        """Callbacks arrive at `{wallet_path}/bet`, `/win` and `/refund`."""
        return f"{self.public_path}/wallet"

    @property
    def framed_origin(self) -> str:
        """The only origin the lobby may show in its frame."""
        if self.game_origin is not None:
            return self.game_origin
        url = urlsplit(self.apogee_url)
        return f"{url.scheme}://{url.netloc}"
