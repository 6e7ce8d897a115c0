"""A round is checked from its public record alone, and a record that lies or lacks is found out."""

from typing import Any

import pytest

from engine.crashpoint import crash_point
from engine.rules import Rules
from engine.verify import verify_round
from tests.engine.examples import VECTORS

OVER = "the round is over"
RULES = "the rules are the committed ones"
SEED = "the seed is the committed one"
MIXED = "the client seed follows from the public salt"
CRASH = "the crash point follows from the seeds"

WITHOUT_BEACON = [row for row in VECTORS["rounds"] if row["beacon"] is None]
GROWTH = 6


def record(row: dict[str, Any], **changed: Any) -> dict[str, object]:
    """The public record of a known round, altered where a test says so."""
    rules = Rules(row["rtp_bps"], row["cap"], GROWTH)
    published = {**row, "growth": GROWTH, "rules_hash": rules.hash(), "status": "crashed"}
    return {**published, **changed}


def failed(public: dict[str, object]) -> set[str]:
    return {check.name for check in verify_round(public) if not check.holds}


@pytest.mark.parametrize("row", WITHOUT_BEACON, ids=lambda row: f"nonce-{row['nonce']}")
def test_a_true_record_holds(row: dict[str, Any]) -> None:
    checks = verify_round(record(row))
    assert [check.name for check in checks] == [OVER, RULES, SEED, MIXED, CRASH]
    assert all(check.holds for check in checks)


def test_a_void_round_is_checked_like_any_other() -> None:
    assert not failed(record(WITHOUT_BEACON[0], status="void"))


def test_without_a_beacon_the_root_is_not_mixed_in() -> None:
    assert not failed(record(WITHOUT_BEACON[0], bets_root=None))


@pytest.mark.parametrize("row", VECTORS["rounds"][1:8:2], ids=lambda row: f"nonce-{row['nonce']}")
def test_a_beacon_is_mixed_with_salt_and_root(row: dict[str, Any]) -> None:
    assert MIXED not in failed(record(row))
    assert MIXED in failed(record(row, bets_root="ab" * 32))
    assert MIXED in failed(record(row, bets_root=None))
    assert MIXED in failed(record(row, beacon=None))


TRUE = WITHOUT_BEACON[3]
OTHER = WITHOUT_BEACON[4]
BROKEN = [
    *(("status", value, {OVER}) for value in ("running", "betting", None)),
    ("rules_hash", "0" * 64, {RULES}),
    ("growth", 7, {RULES}),
    ("cap", TRUE["cap"] + 1, {RULES}),
    ("server_seed_hash", OTHER["server_seed_hash"], {SEED}),
    ("server_seed", OTHER["server_seed"], {SEED, CRASH}),
    ("public_salt", OTHER["public_salt"], {MIXED}),
    ("client_seed", OTHER["client_seed"], {MIXED, CRASH}),
    ("nonce", TRUE["nonce"] + 1, {CRASH}),
    ("crash", TRUE["crash"] + 1, {CRASH}),
    ("crash", float(TRUE["crash"]), {CRASH}),
]


@pytest.mark.parametrize(("field", "value", "broken"), BROKEN)
def test_a_record_that_lies_fails_the_checks_it_touches(
    field: str, value: object, broken: set[str]
) -> None:
    assert failed(record(TRUE, **{field: value})) == broken


def test_the_return_is_bound_by_the_rules_and_decides_the_crash() -> None:
    rtp_bps = TRUE["rtp_bps"] - 1_000
    assert crash_point(TRUE["digest"], rtp_bps, TRUE["cap"]) != TRUE["crash"]
    assert failed(record(TRUE, rtp_bps=rtp_bps)) == {RULES, CRASH}


NEEDED = {
    "status": {OVER},
    "rtp_bps": {RULES, CRASH},
    "cap": {RULES, CRASH},
    "growth": {RULES},
    "rules_hash": {RULES},
    "server_seed": {SEED, CRASH},
    "server_seed_hash": {SEED},
    "public_salt": {MIXED},
    "client_seed": {MIXED, CRASH},
    "nonce": {CRASH},
    "crash": {CRASH},
}


@pytest.mark.parametrize(("field", "broken"), NEEDED.items(), ids=str)
@pytest.mark.parametrize("value", [None, True, 1.5, -1, "", "é", "\ud800", [], {}], ids=repr)
def test_a_record_with_a_value_of_the_wrong_kind_fails_the_checks_that_need_it(
    field: str, broken: set[str], value: object
) -> None:
    assert failed(record(TRUE, **{field: value})) == broken


@pytest.mark.parametrize(("field", "broken"), NEEDED.items(), ids=str)
def test_a_record_without_a_field_fails_the_checks_that_need_it(
    field: str, broken: set[str]
) -> None:
    public = record(TRUE)
    del public[field]
    assert failed(public) == broken


def test_an_empty_record_fails_every_check() -> None:
    assert failed({}) == {OVER, RULES, SEED, MIXED, CRASH}


def test_a_round_that_still_runs_reveals_nothing_to_check() -> None:
    assert {OVER, SEED, CRASH} <= failed(record(TRUE, status="running", server_seed=None))
