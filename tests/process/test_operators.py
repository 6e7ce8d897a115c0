"""Making operators from the command line, beside a running server and without one."""

import json
from pathlib import Path

import pytest

from tests.live import Live, Message
from tests.process.command import Ended, Process, Server
from tests.process.operator_calls import launch

pytestmark = pytest.mark.slow

WALLET = ("--wallet-url", "https://wallet.example/apogee")


def create(server: Server, name: str, *options: str) -> Ended:
    return server.run("operator", "create", name, *(options or WALLET))


def credentials(ended: Ended) -> Message:
    assert ended.code == 0, ended.err
    made: Message = json.loads(ended.out)
    return made


async def test_an_operator_made_beside_the_server_launches_at_once(
    server: Server, world: Live
) -> None:
    made = credentials(create(server, "Beside", *WALLET, "--json"))
    assert list(made) == ["operator_id", "slug", "dialect", "api_key", "hmac_secret"]
    assert (made["slug"], made["dialect"]) == ("beside", "rgs")
    status, answer = await launch(world.http, server.base_url, made)
    assert status == 200, answer
    assert answer["launch_url"].startswith(f"{server.base_url}/play?session=")
    player = await world.session(answer["launch_url"].rpartition("=")[2])
    assert (await player.connect())["limits"]["currency"] == "USD"


@pytest.mark.parametrize("field", ["api_key", "hmac_secret"])
async def test_a_wrong_credential_launches_nothing(field: str, server: Server, world: Live) -> None:
    made = credentials(create(server, f"Wrong {field}", *WALLET, "--json"))
    wrong = made | {field: made[field][:-1] + ("0" if made[field][-1] != "0" else "1")}
    assert (await launch(world.http, server.base_url, wrong))[0] == 401
    assert (await launch(world.http, server.base_url, made))[0] == 200


async def test_an_operator_made_before_the_first_start_launches(tmp_path: Path) -> None:
    server = Server(tmp_path)
    made = credentials(create(server, "Early Bird", *WALLET, "--json", "--currency", "EUR"))
    assert not server.processes()
    shown = server.run("operator", "show", "early-bird", "--json")
    assert json.loads(shown.out)["id"] == made["operator_id"]
    with Process(server.folder, "serve", **server.settings) as process:
        process.says("Serving on")
        async with server.visit() as world:
            status, _ = await launch(world.http, server.base_url, made, currency="EUR")
            assert status == 200
            status, answer = await launch(world.http, server.base_url, made, currency="USD")
            assert (status, answer["error"]) == (400, "currency_not_allowed")


def test_a_name_that_is_taken_is_one_line(server: Server) -> None:
    assert create(server, "Twice").code == 0
    again = create(server, "TWICE!")
    assert (again.code, again.out) == (2, "")
    assert again.err.count("\n") == 1
    assert "'twice'" in again.err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((*WALLET, "--currency", "XXX"), "XXX"),
        ((*WALLET, "--currency", "usd"), "usd"),
        ((*WALLET, "--rtp", "101"), "return to player"),
        ((*WALLET, "--rtp", "49.99"), "return to player"),
        ((*WALLET, "--rtp", "-96"), "--rtp"),
        ((*WALLET, "--rtp", "96.555"), "--rtp"),
        ((*WALLET, "--rtp", "ninety"), "--rtp"),
        ((*WALLET, "--max-multiplier", "1"), "multiplier"),
        ((*WALLET, "--ggr-share", "100.01"), "share"),
        ((*WALLET, "--dialect", "esperanto"), "dialect"),
        (("--wallet-url", "wallet.example"), "wallet URL"),
        (("--wallet-url", "https://me:pw@wallet.example"), "wallet URL"),
        (("--json",), "--wallet-url"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    options: tuple[str, ...], word: str, server: Server
) -> None:
    ended = create(server, "Refused", *options)
    assert (ended.code, ended.out) == (2, "")
    assert word in ended.err
    assert "Traceback" not in ended.err


def test_all_that_is_wrong_is_told_together(server: Server) -> None:
    ended = create(server, "!!!", "--wallet-url", "x", "--rtp", "10", "--currency", "XXX")
    assert ended.code == 2
    assert all(word in ended.err for word in ("name", "wallet URL", "return to player", "XXX"))
    assert ended.err.count("\n") == 1


def test_secrets_are_shown_once(server: Server) -> None:
    made = credentials(create(server, "Once", *WALLET, "--json"))
    shown = [
        server.run("operator", *command)
        for command in (
            ["list"],
            ["list", "--json"],
            ["show", made["slug"]],
            ["show", made["operator_id"], "--json"],
        )
    ]
    assert [ended.code for ended in shown] == [0, 0, 0, 0]
    assert all(made["operator_id"] in ended.out for ended in shown)
    for secret in (made["api_key"], made["hmac_secret"]):
        body = secret.rpartition("_")[2]
        assert not [ended for ended in shown if body in ended.out + ended.err]


def test_a_table_for_people_shows_the_same_credentials(server: Server) -> None:
    ended = create(server, "People")
    fields = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert list(fields) == ["operator_id", "slug", "dialect", "api_key", "hmac_secret"]


def test_an_unknown_operator_is_one_line(server: Server) -> None:
    ended = server.run("operator", "show", "nobody")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "'nobody'" in ended.err
