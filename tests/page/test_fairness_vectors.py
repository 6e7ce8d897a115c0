"""The verifier in the page and the engine compute the same, on vectors drawn here."""

import hashlib
import hmac
import json
import random
from typing import TypedDict

import pytest

from engine.crashpoint import crash_point
from engine.rules import Rules
from engine.seeds import client_seed, outcome_digest, parent
from tests.page.node import run_node

VECTORS = 60
SALTS = ("salt", "block 870,000: Zürich ✓", "0" * 64)


class Computed(TypedDict):
    """What the page makes of one record."""

    server_seed_hash: str
    client_seed: str
    digest: str
    rules: str
    crash: int
    ok: bool


def public_record(draw: random.Random, at: int) -> dict[str, str | int | None]:
    """A finished round, computed by the engine."""
    seed = hashlib.sha256(draw.randbytes(16)).hexdigest()
    rules = Rules(
        rtp_bps=draw.choice((5_000, 9_600, 9_700, 10_000)),
        cap=draw.choice((102, 1_000, 200_000, 10_000_000)),
        growth=draw.choice((6, 600)),
    )
    salt, root = draw.choice(SALTS), draw.randbytes(32).hex()
    mixed = client_seed(salt)
    nonce = at + 1 if at % 2 else draw.randrange(1, 2_000_000)
    digest = outcome_digest(seed, mixed, nonce)
    return {
        "nonce": nonce,
        "server_seed": seed,
        "server_seed_hash": parent(seed),
        "public_salt": salt,
        "bets_root": root,
        "beacon": None,
        "client_seed": mixed,
        "rules_hash": rules.hash(),
        "rtp_bps": rules.rtp_bps,
        "cap": rules.cap,
        "growth": rules.growth,
        "crash": crash_point(digest, rules.rtp_bps, rules.cap),
    }


@pytest.fixture(scope="module")
def records() -> list[dict[str, str | int | None]]:
    draw = random.Random(20)
    return [public_record(draw, at) for at in range(VECTORS)]


@pytest.fixture(scope="module")
def computed(records: list[dict[str, str | int | None]]) -> list[Computed]:
    answers: list[Computed] = json.loads(run_node("verify_rounds.mjs", stdin=json.dumps(records)))
    return answers


def test_every_honest_round_is_verified(computed: list[Computed]) -> None:
    assert [one["ok"] for one in computed] == [True] * VECTORS


def test_seeds_and_crash_points_agree(
    records: list[dict[str, str | int | None]], computed: list[Computed]
) -> None:
    for record, one in zip(records, computed, strict=True):
        assert one["server_seed_hash"] == record["server_seed_hash"]
        assert one["client_seed"] == record["client_seed"]
        assert one["crash"] == record["crash"]


def test_the_digest_is_a_plain_hmac(
    records: list[dict[str, str | int | None]], computed: list[Computed]
) -> None:
    for record, one in zip(records, computed, strict=True):
        key = str(record["server_seed"]).encode()
        message = f"{record['client_seed']}:{record['nonce']}:crash".encode()
        assert one["digest"] == hmac.new(key, message, hashlib.sha256).hexdigest()


def test_the_rules_have_one_text(
    records: list[dict[str, str | int | None]], computed: list[Computed]
) -> None:
    for record, one in zip(records, computed, strict=True):
        assert hashlib.sha256(one["rules"].encode()).hexdigest() == record["rules_hash"]


def test_the_vectors_reach_both_ends(records: list[dict[str, str | int | None]]) -> None:
    crashes = {record["crash"] for record in records}
    assert {100, 102} <= crashes


def test_a_beacon_and_the_root_enter_the_client_seed() -> None:
    record = public_record(random.Random(3), 1) | {"beacon": "drand value"}
    (one,) = json.loads(run_node("verify_rounds.mjs", stdin=json.dumps([record])))
    salt, root = str(record["public_salt"]), str(record["bets_root"])
    assert one["client_seed"] == client_seed(salt, root, "drand value")
    assert one["ok"] is False
