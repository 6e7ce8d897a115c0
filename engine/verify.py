"""Checking a finished round from its public record alone: what anybody can redo offline."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.crashpoint import crash_point
from engine.rules import Rules
from engine.seeds import client_seed, commits_to, is_seed, outcome_digest


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about a round. `detail` says what was found and what was expected."""

    name: str
    holds: bool
    detail: str


def verify_round(record: Mapping[str, object]) -> list[Check]:
    """The checks of one record as published under `/fair/rounds/<id>.json`.

    A record that misses a field, or has one of the wrong kind, fails the checks that need it.
    """
    checks = [_ended(record), _rules(record), _commitment(record), _client_seed(record)]
    return [*checks, _outcome(record)]


def _ended(record: Mapping[str, object]) -> Check:
    status = record.get("status")
    return Check("the round is over", status in ("crashed", "void"), f"status {status}")


def _rules(record: Mapping[str, object]) -> Check:
    name = "the rules are the committed ones"
    try:
        rules = Rules(
            rtp_bps=_integer(record, "rtp_bps"),
            cap=_integer(record, "cap"),
            growth=_integer(record, "growth"),
        )
    except (ValueError, AssertionError) as error:
        return Check(name, False, str(error))
    claimed = record.get("rules_hash")
    return Check(name, rules.hash() == claimed, f"sha256({rules.text()}) = {rules.hash()}")


def _commitment(record: Mapping[str, object]) -> Check:
    seed, committed = record.get("server_seed"), record.get("server_seed_hash")
    holds = isinstance(seed, str) and isinstance(committed, str) and commits_to(committed, seed)
    return Check("the seed is the committed one", holds, f"sha256(server_seed) vs {committed}")


def _client_seed(record: Mapping[str, object]) -> Check:
    name = "the client seed follows from the public salt"
    salt, claimed = record.get("public_salt"), record.get("client_seed")
    root, beacon = record.get("bets_root"), record.get("beacon")
    if not isinstance(salt, str) or not isinstance(beacon, str | None):
        return Check(name, False, "the record has no public salt")
    if beacon is not None and not isinstance(root, str):
        return Check(name, False, "a beacon needs the bets root it was mixed with")
    try:
        expected = client_seed(salt, str(root), beacon) if beacon else client_seed(salt)
    except UnicodeEncodeError:
        return Check(name, False, "the public salt is not text that can be hashed")
    return Check(name, expected == claimed, f"computed {expected}")


def _outcome(record: Mapping[str, object]) -> Check:
    name = "the crash point follows from the seeds"
    seed, mixed = record.get("server_seed"), record.get("client_seed")
    if not isinstance(seed, str) or not is_seed(seed) or not isinstance(mixed, str):
        return Check(name, False, "the record reveals no seeds")
    try:
        digest = outcome_digest(seed, mixed, _integer(record, "nonce"))
        expected = crash_point(digest, _integer(record, "rtp_bps"), _integer(record, "cap"))
    except (ValueError, AssertionError) as error:
        return Check(name, False, str(error))
    crash = record.get("crash")
    holds = isinstance(crash, int) and crash == expected
    return Check(name, holds, f"computed {expected} hundredths, published {crash}")


def _integer(record: Mapping[str, object], field: str) -> int:
    value = record.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{field} is not an integer")
    return value
