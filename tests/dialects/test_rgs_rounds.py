"""What the `rgs` contract tells of a round, and when."""

import json
from typing import Any

import msgspec
import pytest

from app.dialects.rgs.codes import STATUS_WORDS
from app.dialects.rgs.inbound import round_answer
from app.operators.model import RoundRecord
from engine.bet import BetState
from tests.dialects import openssl
from tests.dialects.belongs_to_others import Operators
from tests.dialects.conftest import Ask
from tests.dialects.golden_files import golden
from tests.dialects.kits import OWN, ROUND, DialectKit
from tests.dialects.rgs_kit import RgsKit
from tests.dialects.rounds import (
    CASHED_OUT_IN_FLIGHT,
    CLIENT_SEED,
    CRASHED,
    LOST,
    RUNNING,
    SEED,
    VOID,
    WON,
)

RGS_KIT = RgsKit()


@pytest.fixture
def kit() -> DialectKit:
    return RGS_KIT


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("round_running.json", RUNNING),
        ("round_crashed.json", CRASHED),
        ("round_cashed_out_in_flight.json", CASHED_OUT_IN_FLIGHT),
        ("round_won.json", WON),
        ("round_lost.json", LOST),
        ("round_void.json", VOID),
    ],
)
async def test_a_round_is_answered_to_the_byte(
    name: str, record: RoundRecord, ask: Ask, operators: Operators
) -> None:
    operators.rounds[OWN, ROUND] = record
    answer = await ask(RGS_KIT.read(ROUND))
    assert (answer.status, answer.body) == (200, golden("rgs", name))


async def test_an_id_in_capitals_is_the_same_id(ask: Ask) -> None:
    assert (await ask(RGS_KIT.read(str(ROUND).upper()))).status == 200


def told(record: RoundRecord) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        msgspec.json.encode(round_answer(record)), parse_float=str, parse_int=str
    )
    return answer


def test_the_answer_is_verified_with_nothing_but_openssl() -> None:
    answer = told(WON)
    assert openssl.sha256(answer["server_seed"].encode()) == answer["server_seed_hash"]
    for label, name in (("map", "mapSeed"), ("loot", "lootSeed"), ("guard", "guardSeed")):
        message = f"{answer['client_seed']}:{answer['nonce']}:{label}".encode()
        assert openssl.hmac_sha256(answer["server_seed"], message) == answer["outcome"][name]


@pytest.mark.parametrize("phase", ["betting", "locked", "running"])
def test_nothing_secret_is_told_before_the_end_even_if_the_record_holds_it(phase: str) -> None:
    answer = msgspec.json.encode(round_answer(msgspec.structs.replace(WON, phase=phase)))
    assert json.loads(answer)["server_seed"] is None
    assert json.loads(answer)["outcome"] is None
    assert SEED.encode() not in answer


def test_a_round_without_client_seed_or_crash_has_no_outcome() -> None:
    assert told(msgspec.structs.replace(VOID, client_seed=None))["outcome"] is None
    assert told(msgspec.structs.replace(VOID, crash=None))["outcome"] is None
    assert told(VOID)["client_seed"] == CLIENT_SEED


@pytest.mark.parametrize(
    ("hundredths", "digits"),
    [(0, "0"), (100, "1"), (101, "1.01"), (250, "2.5"), (1000, "10"), (200_000, "2000")],
)
def test_multipliers_have_the_fewest_exact_digits(hundredths: int, digits: str) -> None:
    record = msgspec.structs.replace(WON, multiplier=hundredths, crash=hundredths)
    answer = told(record)
    assert (answer["realized_multiplier"], answer["outcome"]["crashPoint"]) == (digits, digits)


def test_every_state_of_a_bet_has_a_word() -> None:
    assert set(STATUS_WORDS) == set(BetState)


def test_the_word_is_the_bets_and_without_a_bet_the_rounds() -> None:
    assert told(RUNNING)["status"] == "running"
    assert told(CASHED_OUT_IN_FLIGHT)["status"] == "settling"
    assert told(replace_state(WON, BetState.DEBIT_PENDING))["status"] == "pending"


def replace_state(record: RoundRecord, state: BetState) -> RoundRecord:
    return msgspec.structs.replace(record, bet_status=state.value)
