"""Logs: one event a line, with its fields and its request, and never with a secret."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from uuid import UUID

import pytest

from app.config import load_config
from app.log import configure_logging, get_logger, redact, request_id, uvicorn_log_config
from app.secrets import Secret

SEED = "5eed" * 16


class Capture:
    """What one process would write to stderr."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._stream = io.StringIO()

    def start(self, log_format: str, level: str = "debug") -> None:
        self._monkeypatch.setattr("sys.stderr", self._stream)
        environ = {"APOGEE_LOG_FORMAT": log_format, "APOGEE_LOG_LEVEL": level}
        configure_logging(load_config(environ))

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def line(self) -> dict[str, object]:
        """The only line, as JSON."""
        (line,) = self.text.splitlines()
        fields: dict[str, object] = json.loads(line)
        return fields


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Capture]:
    names = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "websockets")
    loggers = [logging.getLogger(name) for name in names]
    before = [(log, log.handlers[:], log.level, log.propagate) for log in loggers]
    yield Capture(monkeypatch)
    for log, handlers, level, propagate in before:
        log.handlers[:], log.propagate = handlers, propagate
        log.setLevel(level)


log = get_logger("app.rounds")


def test_a_json_line_holds_the_event_and_its_fields(capture: Capture) -> None:
    capture.start("json")
    log.warning("op_parked", op=UUID(int=7), attempts=12, codes=("a", "b"), last=None)
    line = capture.line
    assert str(line.pop("time")).endswith("Z")
    assert line == {
        "level": "warning",
        "logger": "app.rounds",
        "event": "op_parked",
        "op": "00000000-0000-0000-0000-000000000007",
        "attempts": 12,
        "codes": ["a", "b"],
        "last": None,
    }


def test_a_text_line_can_be_read_by_a_person(capture: Capture) -> None:
    capture.start("text")
    log.info("round_started", table="main", bets=3, note="two words", name="")
    assert capture.text.split(" ", 1)[1] == (
        'INFO app.rounds round_started table=main bets=3 note="two words" name=""\n'
    )


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobody_can_forge_a_line(capture: Capture, log_format: str) -> None:
    capture.start(log_format)
    log.info("name_given", name="x\nERROR forged", other="\x1b[2J")
    logging.getLogger("library").info("path %s", "/a\r\nERROR forged\x1b[2J")
    assert len(capture.text.splitlines()) == 2
    assert "\x1b" not in capture.text


def test_a_field_never_replaces_the_event(capture: Capture) -> None:
    capture.start("json")
    log.info("real", event="other", level="other", exception="other")
    assert (capture.line["event"], capture.line["level"]) == ("real", "info")
    assert (capture.line["event_"], capture.line["level_"]) == ("other", "other")


def test_lines_below_the_level_are_not_written(capture: Capture) -> None:
    capture.start("json", level="warning")
    log.info("quiet")
    assert capture.text == ""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_every_line_of_a_request_carries_its_id(capture: Capture, log_format: str) -> None:
    capture.start(log_format)
    token = request_id.set("req-1")
    log.info("inside")
    request_id.reset(token)
    log.info("outside")
    inside, outside = capture.text.splitlines()
    assert "req-1" in inside
    assert "req-1" not in outside


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_is_logged_with_its_traceback_and_without_its_secrets(
    capture: Capture, log_format: str
) -> None:
    capture.start(log_format)
    try:
        raise ValueError(f"cannot use {SEED}")
    except ValueError:
        log.exception("round_failed", round=1)
    assert "Traceback" in capture.text
    assert "ValueError: cannot use [redacted]" in capture.text
    assert SEED not in capture.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"seed is {SEED}.", "seed is [redacted]."),
        (f"play_{SEED.upper()}", "play_[redacted]"),
        ("GET /play?session=abc&lang=en HTTP/1.1", "GET /play?session=[redacted]&lang=en HTTP/1.1"),
        ("/embed?operator=acme&token=eyJ.x", "/embed?operator=acme&token=[redacted]"),
        ("return=%2Fplay%3Ftoken%3Dabc", "return=%2Fplay%3Ftoken%3D[redacted]"),
        ("bearer eyJhbGci.eyJzdWIi.c2ln", "bearer [redacted]"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("authorization: Basic dXNlcjpwdw==", "authorization: [redacted]"),
        ("X-Signature: 12ab", "X-Signature: [redacted]"),
        ("('x-signature', '12ab')", "('x-signature', [redacted])"),
        ("(b'x-operator-hmac', b's3cr3t')", "(b'x-operator-hmac', b[redacted])"),
        ('{"session":"abc","v":1}', '{"session":[redacted],"v":1}'),
        ('{"api_key": "two words"}', '{"api_key": [redacted]}'),
        ("{'secret': 'cut off", "{'secret': [redacted] off"),
        ("apikey=abc", "apikey=[redacted]"),
        ("Set-Cookie: a=b", "Set-Cookie: [redacted]"),
        ("Hello(session='abc', v=1)", "Hello(session=[redacted], v=1)"),
        ("postgresql://me:pa55@db/x", "postgresql://me:[redacted]@db/x"),
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "round 0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000 crashed at 237",
        "GET /api/public/rgs/rounds?cursor=12&limit=5",
        "no session, retrying in 5 s",
        "session_id=0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000",
        "http://127.0.0.1:8000/play",
    ],
)
def test_what_is_not_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_fields_are_blotted_out_by_their_name_whatever_they_hold(capture: Capture) -> None:
    capture.start("json")
    secret = "hunter2"
    log.info(
        "mistake",
        session=secret,
        launch_token=secret,
        wallet_secret=secret,
        server_seed=secret,
        headers={"X-Signature": secret, "Accept": "json"},
        calls=[{"apiKey": secret}],
        key=Secret(secret),
        session_id="shown",
    )
    assert secret not in capture.text
    assert capture.line["headers"] == {"X-Signature": "[redacted]", "Accept": "json"}
    assert capture.line["session_id"] == "shown"


def test_a_value_that_cannot_be_printed_does_not_stop_its_caller(capture: Capture) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    capture.start("json")
    log.info("mistake", value=Broken())
    assert capture.line["event"] == "unprintable_log_record"
    assert capture.line["reason"] == "RuntimeError"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_web_server_prints_no_launch_token(capture: Capture, log_format: str) -> None:
    capture.start(log_format)
    logging.getLogger("uvicorn.error").info(
        '%s - "WebSocket %s" [accepted]', "127.0.0.1", "/play/ws?session=abc123"
    )
    logging.getLogger("uvicorn.error").debug('< TEXT {"type":"hello"}')
    assert "abc123" not in capture.text
    assert "/play/ws?session=[redacted]" in capture.text
    assert len(capture.text.splitlines()) == 1


def test_the_access_log_is_off(capture: Capture) -> None:
    capture.start("text")
    access = logging.getLogger("uvicorn.access")
    assert not access.hasHandlers()
    access.info("GET /play?token=abc")
    assert capture.text == ""


def test_uvicorn_accepts_the_setup(capture: Capture) -> None:
    from uvicorn import Config as UvicornConfig

    UvicornConfig("app:none", log_config=uvicorn_log_config(load_config({})))
    assert not logging.getLogger("uvicorn.access").hasHandlers()
