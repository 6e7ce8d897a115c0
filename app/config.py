"""Settings from the environment: the only module that reads it.

Everything is checked before anything starts, and everything wrong is reported at once. A blank
variable counts as absent. A secret may come from a file instead, named by `<VARIABLE>_FILE`.
"""

import difflib
import ipaddress
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from app.secrets import Secret

MIN_SECRET_KEY_CHARACTERS = 32
PRODUCTION_CHAIN_LENGTH = 1_000_000

_PREFIX = "APOGEE_"
_SECRETS = ("APOGEE_SECRET_KEY", "APOGEE_DATABASE_URL", "APOGEE_REDIS_URL")
_BOUNDS = {
    "APOGEE_PORT": (0, 65_535),
    "APOGEE_BETTING_MS": (100, 120_000),
    "APOGEE_PAUSE_MS": (0, 60_000),
    "APOGEE_TICK_MS": (10, 1_000),
    "APOGEE_CURVE_GROWTH": (1, 100_000),
    "APOGEE_CHAIN_LENGTH": (10, 10_000_000),
}
_CHOICES = {
    "APOGEE_ENV": ("development", "production"),
    "APOGEE_LOG_LEVEL": ("debug", "info", "warning", "error"),
    "APOGEE_LOG_FORMAT": ("text", "json"),
}
_REQUIRED_IN_PRODUCTION = {
    "APOGEE_BASE_URL": "the https origin that players reach",
    "APOGEE_SECRET_KEY": f"{MIN_SECRET_KEY_CHARACTERS} random characters or more, and keep them",
    "APOGEE_DATABASE_URL": "the PostgreSQL server's URL; there is no embedded database",
}
_KNOWN = frozenset(
    {"APOGEE_DATA_DIR", "APOGEE_BASE_URL", "APOGEE_HOST"}.union(
        _BOUNDS, _CHOICES, _SECRETS, (f"{name}_FILE" for name in _SECRETS)
    )
)
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LARGEST_SECRET_FILE = 64 * 1024


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Checked settings. Times in milliseconds; secrets wrapped, so that no repr prints them."""

    env: Literal["development", "production"]
    data_dir: Path
    database_url: Secret | None
    """`None`: the embedded server, its files under `data_dir`."""
    redis_url: Secret | None
    """`None`: everything runs in one process."""
    base_url: str
    """The public origin, without a slash at the end."""
    host: str
    port: int
    """0 lets the system choose; see `with_port`."""
    secret_key: Secret | None
    """`None` in development only: use `development_secret_key(data_dir)`."""
    betting_ms: int
    pause_ms: int
    tick_ms: int
    curve_growth: int
    """100,000ths a millisecond, for new chains."""
    chain_length: int
    """Rounds of a new chain."""
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["text", "json"]

    @property
    def is_production(self) -> bool:
        """Whether real money is assumed."""
        return self.env == "production"

    @property
    def public_wallets_only(self) -> bool:
        """Whether wallets on private and loopback addresses are refused."""
        return self.is_production

    def with_port(self, bound: int) -> "Config":
        """This configuration once the system has chosen a port; a default base URL follows it."""
        follows = self.base_url == _default_base_url(self.port)
        base_url = _default_base_url(bound) if follows else self.base_url
        return msgspec.structs.replace(self, port=bound, base_url=base_url)


class ConfigError(Exception):
    """Settings that cannot be used. `problems`: one line each, fit to print, without secrets."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def process_config() -> Config:
    """The configuration of this process. Raises `ConfigError`."""
    return load_config(os.environ)


def load_config(environ: Mapping[str, str]) -> Config:
    """Read and check every setting. Raises `ConfigError` with all the problems there are."""
    read = _Reader(environ)
    production = read.choice("APOGEE_ENV", "development") == "production"
    port = read.integer("APOGEE_PORT", 8000, fallback="PORT")
    base_url = read.origin("APOGEE_BASE_URL") or _default_base_url(port)
    chain_length = read.integer("APOGEE_CHAIN_LENGTH", PRODUCTION_CHAIN_LENGTH)
    settings = {
        "env": "production" if production else "development",
        "data_dir": Path(read.text("APOGEE_DATA_DIR") or ".apogee"),
        "database_url": read.secret_url("APOGEE_DATABASE_URL", "postgresql", "postgres"),
        "redis_url": read.secret_url("APOGEE_REDIS_URL", "redis", "rediss", "unix"),
        "base_url": base_url,
        "host": read.host("APOGEE_HOST", "127.0.0.1"),
        "port": port,
        "secret_key": read.secret_key("APOGEE_SECRET_KEY"),
        "betting_ms": read.integer("APOGEE_BETTING_MS", 5_000),
        "pause_ms": read.integer("APOGEE_PAUSE_MS", 3_000),
        "tick_ms": read.integer("APOGEE_TICK_MS", 100),
        "curve_growth": read.integer("APOGEE_CURVE_GROWTH", 6),
        "chain_length": chain_length,
        "log_level": read.choice("APOGEE_LOG_LEVEL", "info"),
        "log_format": read.choice("APOGEE_LOG_FORMAT", "json" if production else "text"),
    }
    if production:
        read.check_production(base_url, chain_length)
    read.check_names()
    if read.problems:
        raise ConfigError(read.problems)
    return msgspec.convert(settings, Config)


def development_secret_key(data_dir: Path) -> Secret:
    """The key kept in `<data_dir>/secret.key`, made on first use, readable by its owner only.

    Processes that start together agree on one key: it appears whole, under its final name, for
    whoever links it first. Raises `ConfigError` when the file cannot be used.
    """
    path = data_dir / "secret.key"
    try:
        if not path.exists():
            _create_once(path, os.urandom(32).hex())
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be used: {_reason(error)}"]) from None
    if len(key) < MIN_SECRET_KEY_CHARACTERS:
        raise ConfigError([f"{path} is damaged: restore it, or set APOGEE_SECRET_KEY"])
    return Secret(key)


def _create_once(path: Path, text: str) -> None:
    # Others may pass through: the embedded database can run as another user. The key is ours.
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def _default_base_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "not readable") if isinstance(error, OSError) else "it is not text"


class _Reader:
    """Reads one variable at a time and collects what is wrong; on a problem the default goes on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def integer(self, name: str, default: int, *, fallback: str | None = None) -> int:
        low, high = _BOUNDS[name]
        source = fallback if fallback and self.text(name) is None else name
        text = self.text(source)
        if text is None:
            return default
        if re.fullmatch(r"[0-9]{1,12}", text) and low <= int(text) <= high:
            return int(text)
        self.problems.append(f"{source} is {text!r}: set a whole number from {low} to {high}")
        return default

    def choice(self, name: str, default: str) -> str:
        text = self.text(name)
        if text is None or text.lower() in _CHOICES[name]:
            return (text or default).lower()
        self.problems.append(f"{name} is {text!r}: set one of {', '.join(_CHOICES[name])}")
        return default

    def host(self, name: str, default: str) -> str:
        text = self.text(name) or default
        try:
            ipaddress.ip_address(text)
        except ValueError:
            if not _HOST_NAME.fullmatch(text):
                self.problems.append(
                    f"{name} is not a host: set an address or name, without scheme or port"
                )
        return text

    def origin(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        origin = text.lower().removesuffix("/")
        if not _ORIGIN.fullmatch(origin):
            self.problems.append(
                f"{name} is not an origin: set http(s)://host[:port], without user, path or query"
            )
        return origin

    def secret(self, name: str) -> str | None:
        value, path = self.text(name), self.text(f"{name}_FILE")
        if path is None:
            return value
        if value is not None:
            self.problems.append(f"{name} and {name}_FILE are both set: keep one of them")
            return value
        # The path is not repeated in problems: it may be the secret itself, set by mistake.
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read(_LARGEST_SECRET_FILE).strip()
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(
                f"{name}_FILE does not name a readable file: {_reason(error)}; set its path"
            )
            return None
        if not text:
            self.problems.append(f"{name}_FILE names an empty file: write the secret into it")
        return text or None

    def secret_url(self, name: str, *schemes: str) -> Secret | None:
        text = self.secret(name)
        if text is None:
            return None
        scheme, separator, rest = text.partition("://")
        if scheme not in schemes or not separator or not rest:
            self.problems.append(f"{name} is not a {schemes[0]} URL: set {schemes[0]}://…")
        return Secret(text)

    def secret_key(self, name: str) -> Secret | None:
        text = self.secret(name)
        if text is not None and len(text) < MIN_SECRET_KEY_CHARACTERS:
            self.problems.append(
                f"{name} is too short: set at least {MIN_SECRET_KEY_CHARACTERS} random characters"
            )
        return None if text is None else Secret(text)

    def check_production(self, base_url: str, chain_length: int) -> None:
        for name, what in _REQUIRED_IN_PRODUCTION.items():
            if self.text(name) is None and self.text(f"{name}_FILE") is None:
                self.problems.append(f"{name} is required in production: set {what}")
        if self.text("APOGEE_BASE_URL") and base_url.startswith("http://"):
            self.problems.append("APOGEE_BASE_URL is plain http: production needs an https origin")
        if chain_length < PRODUCTION_CHAIN_LENGTH:
            self.problems.append(
                "APOGEE_CHAIN_LENGTH is too short for production:"
                f" set at least {PRODUCTION_CHAIN_LENGTH}"
            )

    def check_names(self) -> None:
        known = [name.removeprefix(_PREFIX) for name in _KNOWN]
        for name in sorted(self._environ):
            if name.startswith(_PREFIX) and name not in _KNOWN:
                near = difflib.get_close_matches(name.removeprefix(_PREFIX), known, n=1)
                advice = f"did you mean {_PREFIX}{near[0]}?" if near else "remove it"
                self.problems.append(f"{name} is not a setting: {advice}")
