"""What the `rgs` contract alone says of its inbound calls."""

import hashlib
import hmac
import json

import msgspec
import pytest

from app.operators.model import Credentials, OperatorSecrets
from app.secrets import hash_key
from tests.dialects import openssl
from tests.dialects.belongs_to_others import Operators
from tests.dialects.conftest import Ask
from tests.dialects.golden_files import golden
from tests.dialects.kits import GOOD, OWN, ROUND, STRANGER, SUSPENDED, DialectKit, Says
from tests.dialects.rgs_kit import PREFIX, RgsKit, signed
from tests.dialects.wire import Call

RGS_KIT = RgsKit()


@pytest.fixture
def kit() -> DialectKit:
    return RGS_KIT


def launch_with(**changes: object) -> Call:
    return RGS_KIT.launch(body=RGS_KIT.launch_body(**changes))


async def test_a_launch_is_answered_to_the_byte(ask: Ask) -> None:
    answer = await ask(RGS_KIT.launch())
    assert (answer.status, answer.body) == (200, golden("rgs", "launch.json"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_refusal_is_answered_to_the_byte(ask: Ask) -> None:
    answer = await ask(launch_with(currency="EUR"))
    assert (answer.status, answer.body) == (400, golden("rgs", "error.json"))


async def test_a_launch_asks_for_what_the_body_says(ask: Ask, operators: Operators) -> None:
    await ask(
        launch_with(
            ttl_seconds=...,
            lang="pt-BR",
            return_url="https://casino.test/lobby",
            title="apogee",
            country="CA-ON",
            theirs=[1.5],
        )
    )
    (asked,) = operators.launched
    assert msgspec.to_builtins(asked) == {
        "player": "player-42",
        "currency": "USD",
        "ttl_seconds": 3600,
        "balance": 500_000,
        "title": "apogee",
        "lang": "pt-BR",
        "return_url": "https://casino.test/lobby",
        "country": "CA-ON",
    }


async def test_optional_fields_may_be_left_out_or_null(ask: Ask, operators: Operators) -> None:
    names = ("balance_minor", "ttl_seconds", "lang", "return_url", "title", "game", "country")
    for value in (..., None):
        assert (await ask(launch_with(**dict.fromkeys(names, value)))).status == 200
    left_out, null = operators.launched
    assert left_out == null
    assert (left_out.ttl_seconds, left_out.balance, left_out.title) == (3600, None, None)


async def test_the_title_may_be_called_game(ask: Ask, operators: Operators) -> None:
    await ask(launch_with(game="apogee"))
    assert operators.launched[0].title == "apogee"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("operator_player_id", ...),
        ("operator_player_id", ""),
        ("operator_player_id", "x" * 129),
        ("operator_player_id", "tab\t"),
        ("operator_player_id", "nul\0"),
        ("operator_player_id", "turned\u202e"),
        ("operator_player_id", 42),
        ("operator_player_id", None),
        ("currency", ...),
        ("currency", 840),
        ("currency", ""),
        ("balance_minor", -1),
        ("balance_minor", 5.0),
        ("balance_minor", "500000"),
        ("balance_minor", True),
        ("balance_minor", 2**53),
        ("balance_minor", 10**30),
        ("ttl_seconds", 59),
        ("ttl_seconds", 86_401),
        ("ttl_seconds", "3600"),
        ("lang", "en\n"),
        ("country", "Canada"),
        ("return_url", "https://casino.test/" + "x" * 2000),
        ("title", "x" * 65),
        ("game", 7),
    ],
)
async def test_a_field_of_the_wrong_kind_is_named(
    field: str, value: object, ask: Ask, operators: Operators
) -> None:
    answer = await ask(launch_with(**{field: value}))
    assert (answer.status, RGS_KIT.code_of(answer.body)) == (400, "invalid_request")
    assert field in json.loads(answer.body)["message"]
    assert not operators.launched


async def test_two_different_games_are_one_too_many(ask: Ask) -> None:
    answer = await ask(launch_with(title="apogee", game="perigee"))
    assert RGS_KIT.code_of(answer.body) == "invalid_request"


@pytest.mark.parametrize("value", ["x" * 128, "Jörg 😀", "player@42", " "])
async def test_any_printable_player_id_will_do(value: str, ask: Ask) -> None:
    assert (await ask(launch_with(operator_player_id=value))).status == 200


@pytest.mark.parametrize("ttl", [60, 86_400])
async def test_a_session_lasts_a_minute_to_a_day(ttl: int, ask: Ask) -> None:
    assert (await ask(launch_with(ttl_seconds=ttl))).status == 200


async def test_the_secret_header_is_optional_and_checked_when_sent(ask: Ask) -> None:
    call = RGS_KIT.launch()
    assert (await ask(call.adding("X-Operator-Hmac", GOOD.secret))).status == 200
    for wrong in ("other secret", "", GOOD.secret[:-1]):
        answer = await ask(call.adding("X-Operator-Hmac", wrong))
        assert (answer.status, RGS_KIT.code_of(answer.body)) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (f"{PREFIX}/round/{ROUND}?lang=en&a=%20b", f"{PREFIX}/round/{ROUND}"),
        (f"{PREFIX}/round/{ROUND}?lang=en&a=%20b", f"{PREFIX}/round/{ROUND}?lang=en&a=%20b"),
        (f"{PREFIX}/%72ound/{ROUND}", f"{PREFIX}/%72ound/{ROUND}"),
        (f"/{PREFIX}/round/{ROUND}/", f"/{PREFIX}/round/{ROUND}/"),
    ],
)
async def test_the_path_is_signed_as_sent_with_or_without_its_query(
    target: str, path: str, ask: Ask
) -> None:
    assert (await ask(signed(Call("GET", target), path=path))).status == 200


async def test_a_path_in_another_spelling_is_another_path(ask: Ask) -> None:
    call = signed(Call("GET", f"{PREFIX}/%72ound/{ROUND}"), path=f"{PREFIX}/round/{ROUND}")
    assert RGS_KIT.code_of((await ask(call)).body) == "invalid_signature"


@pytest.mark.parametrize(
    "stamp", ["now", "1.5", "-1783108800", "+1783108800", "1_783_108_800", "1783108800000", "٣"]
)
async def test_a_timestamp_is_plain_unix_seconds(stamp: str, ask: Ask) -> None:
    call = signed(Call("GET", f"{PREFIX}/round/{ROUND}"), timestamp=stamp)
    call = call.with_header("X-Timestamp", stamp.encode().decode("latin-1"))
    assert RGS_KIT.code_of((await ask(call)).body) == "bad_timestamp"


async def test_a_signature_is_lower_case_hex(ask: Ask) -> None:
    call = RGS_KIT.launch()
    shouted = call.with_header("X-Signature", call.header("X-Signature").upper())
    assert RGS_KIT.code_of((await ask(shouted)).body) == "invalid_signature"


async def test_an_old_secret_is_good_until_it_is_dropped(ask: Ask, operators: Operators) -> None:
    own, credentials = operators.known[OWN]
    new = OperatorSecrets("new secret", "wallet secret")
    both = Credentials(credentials.api_key_sha256, (new, *credentials.secrets))
    operators.known[OWN] = own, both
    assert (await ask(RGS_KIT.launch())).status == 200
    assert (await ask(RGS_KIT.launch(Says(secret="new secret")))).status == 200
    operators.known[OWN] = own, Credentials(credentials.api_key_sha256, (new,))
    assert RGS_KIT.code_of((await ask(RGS_KIT.launch())).body) == "invalid_signature"


@pytest.mark.parametrize("secrets", [(), (OperatorSecrets("", ""),)])
async def test_an_operator_without_a_secret_can_sign_nothing(
    secrets: tuple[OperatorSecrets, ...], ask: Ask, operators: Operators
) -> None:
    operators.known[OWN] = operators.known[OWN][0], Credentials(hash_key(GOOD.key), secrets)
    call = RGS_KIT.launch()
    path, stamp = call.target, call.header("X-Timestamp")
    message = f"{stamp}.POST.{path}.{hashlib.sha256(call.body).hexdigest()}".encode()
    unkeyed = openssl.hmac_sha256("", message)
    answer = await ask(call.with_header("X-Signature", unkeyed))
    assert RGS_KIT.code_of(answer.body) == "invalid_signature"


async def test_an_unknown_operator_costs_as_much_as_a_wrong_key(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def counting(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    costs = []
    for says in (Says(operator=STRANGER), Says(key="ak_other")):
        compared.clear()
        await ask(RGS_KIT.launch(says))
        costs.append(list(compared))
    assert costs[0] == costs[1] != []


async def test_a_suspended_operator_may_still_look_back(ask: Ask) -> None:
    assert (await ask(RGS_KIT.read(ROUND, Says(operator=SUSPENDED)))).status == 200


@pytest.mark.parametrize("path", ["rounds", "revenue?from=2026-07-01&to=2026-07-31"])
async def test_what_is_not_there_yet_is_an_unknown_path(path: str, ask: Ask) -> None:
    answer = await ask(signed(Call("GET", f"{PREFIX}/{path}")))
    assert (answer.status, RGS_KIT.code_of(answer.body)) == (404, "not_found")
