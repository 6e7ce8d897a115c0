"""Structured logs: one event name and its fields a line, as text or JSON, without secrets.

Code does not log secrets; the filter here is the last defence, for what a library, an exception or
a mistake would print. It blots out every run of 64 hex digits, so public hashes go too: name rounds
by their id.
"""

import json
import logging
import logging.config
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from app.config import Config

REDACTED = "[redacted]"

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set at the edge for one request or socket; every line written under it carries it."""

_GUARDED = (
    "authorization|signature|hmac|cookie|jwt|session|tokens?|secrets?|seeds?|passw(?:or)?d"
    "|(?:api|secret|private|signing)[-_]?key"
)
_GUARDED_FIELD = re.compile(rf"(?:.*[-_])?(?:{_GUARDED})", re.IGNORECASE)
_GUARDED_TEXT = (
    (re.compile(r"[0-9a-fA-F]{64,}"), REDACTED),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), REDACTED),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{REDACTED}@"),
    # name=value, name: value, "name": "value", b'name', b'value'
    (
        re.compile(
            rf"((?:{_GUARDED})(?:['\"]?\s*(?:=|:|%3D)\s*|['\"]\s*,\s*)(?:b(?=['\"]))?)"
            r"(?:'[^']*'|\"[^\"]*\"|['\"]?(?:(?:Bearer|Basic)\s+)?[^\s'\"&,;)}\]]+)",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
)
_DEEPEST = 4


class Log:
    """`log.info("round_started", round=id, table=slug)`: a stable event name, then its fields."""

    __slots__ = ("_logger",)

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, /, **fields: object) -> None:
        """Steps, for development."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, /, **fields: object) -> None:
        """Something worth knowing happened as it should."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, /, **fields: object) -> None:
        """Something went wrong and is being dealt with."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, /, **fields: object) -> None:
        """Something needs a person."""
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, /, **fields: object) -> None:
        """`error` with the traceback of the exception being handled."""
        self._write(logging.ERROR, event, fields, trace=True)

    def _write(
        self, level: int, event: str, fields: dict[str, object], *, trace: bool = False
    ) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, "%s", event, extra={"fields": fields}, exc_info=trace)


def get_logger(name: str) -> Log:
    """The log of a module, by its `__name__`."""
    return Log(logging.getLogger(name))


def redact(text: str) -> str:
    """`text` with everything that looks like a seed, token, signature or password blotted out."""
    for pattern, replacement in _GUARDED_TEXT:
        text = pattern.sub(replacement, text)
    return text


class Redaction(logging.Filter):
    """Rewrites each record in place, whoever logged it: message, fields and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record leaves it fit to be written, or says why it is not."""
        try:
            self._rewrite(record)
        except Exception as error:  # whatever a value's own `str` raises must not stop its caller
            record.msg, record.args = "unprintable_log_record", None
            record.fields = {"reason": type(error).__name__}
            record.exc_info = record.exc_text = record.stack_info = None
        return True

    def _rewrite(self, record: logging.LogRecord) -> None:
        record.msg, record.args = redact(record.getMessage()), None
        record.fields = _redacted(getattr(record, "fields", {}), 0)
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        record.stack_info = None


class TextFormatter(logging.Formatter):
    """`08:30:00.123 INFO app.rounds round_started table=main`, for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, followed by the traceback if there is one."""
        time = datetime.fromtimestamp(record.created).strftime("%H:%M:%S.%f")[:-3]
        event = record.getMessage()
        if not event.isprintable():
            event = event.encode("unicode_escape").decode("ascii")
        words = [time, record.levelname, record.name, event]
        words += [f"{name}={_word(value)}" for name, value in _fields(record).items()]
        line = " ".join(words)
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `event`, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """ASCII, no line breaks. A field named like one of ours gets a trailing underscore."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name, value in _fields(record).items():
            line[f"{name}_" if name in line else name] = value
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line)


def configure_logging(config: Config) -> None:
    """Set up logging for a process that does not run uvicorn."""
    logging.config.dictConfig(uvicorn_log_config(config))


def uvicorn_log_config(config: Config) -> dict[str, Any]:
    """The whole setup as `dictConfig` wants it, for `uvicorn.Config(log_config=…)`.

    uvicorn's access log stays off: its lines hold query strings, and so launch tokens. Below `info`
    the protocol libraries would print frames and headers, so they never go there.
    """
    formatter = {"text": TextFormatter, "json": JsonFormatter}[config.log_format]
    level = config.log_level.upper()
    protocols = "INFO" if level == "DEBUG" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "filters": {"redaction": {"()": Redaction}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["redaction"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "uvicorn": {"level": protocols, "handlers": [], "propagate": True},
            "uvicorn.error": {"level": protocols, "handlers": [], "propagate": True},
            "uvicorn.access": {"level": "CRITICAL", "propagate": False},
            "websockets": {"level": protocols},
        },
    }


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    current = request_id.get()
    return fields if current is None else {"request_id": current, **fields}


def _redacted(value: object, depth: int) -> Any:
    """`value` as plain JSON types, secrets blotted out by the name of their field or their look."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < _DEEPEST and isinstance(value, dict):
        return {
            str(name): REDACTED
            if _GUARDED_FIELD.fullmatch(str(name))
            else _redacted(item, depth + 1)
            for name, item in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_redacted(item, depth + 1) for item in value]
    return redact(str(value))


def _word(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text)
