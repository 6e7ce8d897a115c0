"""`apogee verify`: fetch a round's public record, or read it from a file, and recompute it."""

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from engine.money import format_multiplier
from engine.verify import verify_round

TIMEOUT_S = 10
MAX_RECORD = 1024 * 1024


class VerifyProblem(Exception):
    """The record could not be had; says what to do."""


def report(round_or_file: str, base_url: str) -> tuple[list[str], bool]:
    """Lines to print, and whether everything holds. Raises `VerifyProblem`."""
    record = _record(round_or_file, base_url)
    if record.get("server_seed") is None:
        raise VerifyProblem("the round is not over yet: its seed is revealed at the crash")
    checks = verify_round(record)
    crash = record.get("crash")
    shown = f"{format_multiplier(crash)}x" if isinstance(crash, int) else "?"
    lines = [f"Round {record.get('round')} ({record.get('status')} at {shown})"]
    for check in checks:
        lines.append(f"  {'✓' if check.holds else '✗'} {check.name}")
        lines.append(f"      {check.detail}")
    holds = all(check.holds for check in checks)
    lines.append("All checks hold." if holds else "NOT FAIR: a check failed.")
    return lines, holds


def _record(round_or_file: str, base_url: str) -> dict[str, object]:
    path = Path(round_or_file)
    is_file = path.is_file()
    text = path.read_bytes()[:MAX_RECORD] if is_file else _fetch(round_or_file, base_url)
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        raise VerifyProblem("that is not a round's public record (JSON object)") from None


def _fetch(identifier: str, base_url: str) -> bytes:
    try:
        round_id = UUID(identifier)
    except ValueError:
        raise VerifyProblem(f"{identifier!r} is neither a file nor a round's id") from None
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise VerifyProblem("--url begins with http:// or https://")
    url = f"{base_url.rstrip('/')}/fair/rounds/{round_id}.json"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            body: bytes = answer.read(MAX_RECORD)
            return body
    except urllib.error.HTTPError as error:
        if error.code == 404:
            raise VerifyProblem(f"{base_url} knows no round {round_id}") from None
        raise VerifyProblem(f"{base_url} answered {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        raise VerifyProblem(
            f"{base_url} does not answer ({error}): start the server, or give --url or a file"
        ) from None
