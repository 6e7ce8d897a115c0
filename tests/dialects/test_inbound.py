"""What operators may count on whatever contract they speak. One table of cases, every dialect."""

import logging
from dataclasses import replace

import pytest

from app.operators.model import OperatorRefusal
from tests.dialects.belongs_to_others import Operators
from tests.dialects.conftest import KITS, Ask
from tests.dialects.inbound_cases import CASES, PER_HEADER
from tests.dialects.kits import OWN, ROUND, STRANGER, DialectKit, Says
from tests.dialects.wire import Answer


def assert_refused(kit: DialectKit, answer: Answer, case: str) -> None:
    status, code = kit.expected[case]
    assert (answer.status, kit.code_of(answer.body)) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("case", CASES)
async def test_a_bad_call_is_refused_in_the_dialects_own_shape(
    case: str, kit: DialectKit, ask: Ask, operators: Operators
) -> None:
    assert_refused(kit, await ask(CASES[case](kit)), case)
    assert not operators.launched


@pytest.mark.parametrize("case", PER_HEADER)
async def test_every_authentication_header_is_there_once(
    case: str, kit: DialectKit, ask: Ask, operators: Operators
) -> None:
    for name in kit.auth_headers:
        assert_refused(kit, await ask(PER_HEADER[case](kit.launch(), name)), case)
    assert not operators.launched


@pytest.mark.parametrize("name", KITS)
def test_the_whole_table_is_answered_by_every_dialect(name: str) -> None:
    assert set(KITS[name].expected) == {*CASES, *PER_HEADER}


async def test_a_good_launch_opens_a_session(
    kit: DialectKit, ask: Ask, operators: Operators
) -> None:
    assert (await ask(kit.launch())).status == 200
    assert [one.player for one in operators.launched] == ["player-42"]


@pytest.mark.parametrize("age_s", [-300, 300])
async def test_a_call_at_the_edge_of_the_tolerance_is_good(
    age_s: int, kit: DialectKit, ask: Ask
) -> None:
    assert (await ask(kit.launch(Says(age_s=age_s)))).status == 200


async def test_a_body_of_the_full_size_is_read(kit: DialectKit, ask: Ask) -> None:
    body = kit.launch_body()
    assert (await ask(kit.launch(body=body.ljust(64 * 1024)))).status == 200


async def test_a_body_in_chunks_is_read(kit: DialectKit, ask: Ask) -> None:
    assert (await ask(replace(kit.launch(), chunked=True))).status == 200


async def test_a_replayed_read_gives_the_same_answer(kit: DialectKit, ask: Ask) -> None:
    call = kit.read(ROUND)
    first = await ask(call)
    assert first.status == 200
    assert (await ask(call)).body == first.body


async def test_a_wrong_key_and_an_unknown_operator_look_the_same(kit: DialectKit, ask: Ask) -> None:
    unknown = await ask(kit.launch(Says(operator=STRANGER)))
    wrong = await ask(kit.launch(Says(operator=OWN, key="ak_other")))
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)


async def test_a_wrong_key_is_not_told_whether_its_signature_held(
    kit: DialectKit, ask: Ask
) -> None:
    signed = await ask(kit.launch(Says(key="ak_other")))
    unsigned = await ask(kit.launch(Says(key="ak_other", secret="other secret")))
    assert (signed.status, signed.body) == (unsigned.status, unsigned.body)


async def test_a_wrong_method_is_told_the_right_one(kit: DialectKit, ask: Ask) -> None:
    answer = await ask(CASES["wrong_method"](kit))
    assert "POST" in answer.headers["allow"]


async def test_a_fault_of_ours_tells_nothing(
    kit: DialectKit, ask: Ask, operators: Operators, caplog: pytest.LogCaptureFixture
) -> None:
    operators.fault = RuntimeError("relation sessions does not exist")
    for call in (kit.launch(), kit.read(ROUND)):
        answer = await ask(call)
        assert (answer.status, kit.code_of(answer.body)) == (500, "server_error")
        assert b"sessions" not in answer.body
        assert b"RuntimeError" not in answer.body
    faults = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert [line.message for line in faults] == ["dialect_fault", "dialect_fault"]


async def test_a_refusal_without_a_listed_status_is_still_the_callers(
    kit: DialectKit, ask: Ask, operators: Operators
) -> None:
    operators.fault = OperatorRefusal("not_today", "come back tomorrow")
    answer = await ask(kit.launch())
    assert (answer.status, kit.code_of(answer.body)) == (400, "not_today")
    assert b"come back tomorrow" in answer.body


async def test_no_credential_reaches_the_log(
    kit: DialectKit, ask: Ask, operators: Operators, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    operators.fault = RuntimeError("a fault")
    call = kit.launch()
    await ask(call)
    await ask(call.with_header("X-Signature", "0" * 64))
    assert "a fault" in caplog.text
    for secret in (Says().key, Says().secret, "wallet secret", call.header("X-Signature")):
        assert secret not in caplog.text
