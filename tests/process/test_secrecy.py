"""What must not get out: neither printed, nor in the database in clear, before its time."""

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass

import asyncpg
import pytest

from tests.live import FAST, Live, Message
from tests.process.command import Process, Server
from tests.process.operator_calls import launch

pytestmark = pytest.mark.slow

_HEX_64 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


@dataclass
class Evening:
    """A whole run: what was secret in it, what it printed, and a dump taken in mid-flight."""

    secrets: dict[str, str]
    seed: str
    """Of the round that was in flight as the dump was taken."""
    dump: str
    printed: str


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    server = Server(
        tmp_path_factory.mktemp("evening"),
        APOGEE_LOG_LEVEL="debug",
        APOGEE_CURVE_GROWTH="30",
    )
    with server.playing() as process:
        made = server.run("operator", "create", "Acme", "--wallet-url", _wallet(server), "--json")
        found = asyncio.run(_play(server, process, json.loads(made.out)))
        files = list(server.data_dir.rglob("credentials.json"))
        casino = json.loads(files[0].read_text())
        found.secrets |= {f"casino's {name}": casino[name] for name in ("api_key", "hmac_secret")}
        found.secrets["secret key"] = (server.data_dir / "secret.key").read_text().strip()
        found.printed += made.err
    found.printed += process.printed
    return found


def _wallet(server: Server) -> str:
    return f"{server.base_url}/nowhere"


async def _play(server: Server, process: Process, made: Message) -> Evening:
    async with server.visit() as world:
        token = await world.launch("ada")
        player = await world.session(token)
        await player.connect()
        status, answer = await launch(world.http, server.base_url, made)
        assert status == 200
        stranger = await world.session(answer["launch_url"].rpartition("=")[2])
        await stranger.connect()
        await _make_trouble(world)
        await player.bet(auto=110)
        await stranger.bet()
        await process.says_soon("op_unacknowledged")
        seed, dump = await _dump_in_flight(server, world)
        return Evening(
            secrets={
                "launch token": token,
                "another launch token": answer["launch_url"].rpartition("=")[2],
                "play session": str(player.session["session"]),
                "api key": made["api_key"],
                "hmac secret": made["hmac_secret"],
            },
            seed=seed,
            dump=dump,
            printed="",
        )


async def _make_trouble(world: Live) -> None:
    """Calls that go wrong are where a log is most talkative."""
    await world.post("/play/session", {"token": f"lt_{'5ec4e7' * 10}"})
    await world.post("/play/session", {"token": 7})
    await world.fault("win", "truncated", calls=1)
    await world.fault("bet", "html", calls=1)
    await world.fault("refund", "error_before", calls=1)


async def _dump_in_flight(server: Server, world: Live) -> tuple[str, str]:
    """A round's seed as it was revealed later, and every row of the database before that."""
    player = await world.player("watcher")
    for _ in range(20):
        running = await player.hears("running", since=len(player.told))
        dump = await _dump(server)
        told_before = len(player.told)
        crashed = await player.hears("crashed", round=running["round"])
        if player.told.index(crashed) >= told_before:
            return str(crashed["server_seed"]), dump
    raise AssertionError("no round lasted as long as a dump")


async def _dump(server: Server) -> str:
    """All rows of all tables as text, in one snapshot."""
    sockets = server.data_dir / "postgres" / "run"
    connection = await asyncpg.connect(host=str(sockets), user="postgres", database="postgres")
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            names = await connection.fetch(
                "select relname from pg_class join pg_namespace n on n.oid = relnamespace"
                " where relkind = 'r' and nspname = 'public'"
            )
            rows = []
            for (name,) in names:
                found = await connection.fetch(f'select t::text from "{name}" t')
                rows += [f"{name}: {row['t']}" for row in found]
        return "\n".join(rows)
    finally:
        await connection.close()


def test_no_secret_is_printed(evening: Evening) -> None:
    shown = [name for name, secret in evening.secrets.items() if secret in evening.printed]
    assert shown == []
    bodies = {name: secret.rpartition("_")[2] for name, secret in evening.secrets.items()}
    assert [name for name, body in bodies.items() if body in evening.printed] == []


def test_no_seed_is_printed_nor_anything_that_could_be_one(evening: Evening) -> None:
    assert evening.seed not in evening.printed
    assert _HEX_64.findall(evening.printed) == []


def test_the_log_was_written_to_at_all(evening: Evening) -> None:
    assert "op_unacknowledged" in evening.printed


def test_no_seed_of_a_round_in_flight_or_to_come_is_in_the_database(evening: Evening) -> None:
    assert '"running"' in evening.dump or ",running," in evening.dump
    for found in _possible_seeds(evening.dump):
        seed = found
        for _ in range(int(FAST["APOGEE_CHAIN_LENGTH"])):
            assert seed != evening.seed, f"{found} leads to the seed in flight"
            seed = hashlib.sha256(seed.encode()).hexdigest()


def _possible_seeds(dump: str) -> set[str]:
    """Whatever could be one: 64 digits of text, or 32 bytes or 64 digits in a column of bytes."""
    found = set(_HEX_64.findall(dump))
    for column in re.findall(r"\\x([0-9a-f]+)", dump):
        content = bytes.fromhex(column)
        found |= set(_HEX_64.findall(content.decode("latin-1")))
        found |= {content[at : at + 32].hex() for at in range(len(content) - 31)}
    return found


def test_no_credential_is_in_the_database(evening: Evening) -> None:
    """Neither as text nor as the bytes of it."""
    for name, secret in evening.secrets.items():
        for form in (secret, secret.encode().hex(), secret.rpartition("_")[2]):
            assert form not in evening.dump, name


def test_the_dump_holds_what_it_should(evening: Evening) -> None:
    for table in ("operators", "operator_credentials", "sessions", "chains", "rounds", "bets"):
        assert f"{table}: " in evening.dump
