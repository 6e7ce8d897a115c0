"""Settings: good defaults, strict production, and every problem told at once, without secrets."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from app.config import Config, ConfigError, development_secret_key, load_config
from app.secrets import Secret

KEY = "k3y-" * 8
PRODUCTION = {
    "APOGEE_ENV": "production",
    "APOGEE_BASE_URL": "https://play.example",
    "APOGEE_SECRET_KEY": KEY,
    "APOGEE_DATABASE_URL": "postgresql://apogee:pa55@db.example/apogee",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(environ)
    return raised.value.problems


def only_problem(environ: dict[str, str]) -> str:
    (problem,) = problems(environ)
    return problem


def test_an_empty_environment_is_a_development_server_with_everything_embedded() -> None:
    assert load_config({"PATH": "/bin", "LANG": "C"}) == Config(
        env="development",
        data_dir=Path(".apogee"),
        database_url=None,
        redis_url=None,
        base_url="http://127.0.0.1:8000",
        host="127.0.0.1",
        port=8000,
        secret_key=None,
        betting_ms=5_000,
        pause_ms=3_000,
        tick_ms=100,
        curve_growth=6,
        chain_length=1_000_000,
        log_level="info",
        log_format="text",
    )


def test_a_blank_variable_counts_as_absent() -> None:
    blank = dict.fromkeys(PRODUCTION, "  ") | {"PORT": "", "APOGEE_PORT": ""}
    assert load_config(blank) == load_config({})


def test_production_takes_its_settings_and_logs_json() -> None:
    config = load_config(PRODUCTION)
    assert config.is_production
    assert config.public_wallets_only
    assert config.log_format == "json"
    assert config.secret_key == Secret(KEY)
    assert config.database_url == Secret(PRODUCTION["APOGEE_DATABASE_URL"])


def test_development_lets_wallets_live_on_private_addresses() -> None:
    assert not load_config({}).public_wallets_only


@pytest.mark.parametrize("name", ["APOGEE_BASE_URL", "APOGEE_SECRET_KEY", "APOGEE_DATABASE_URL"])
def test_production_does_not_start_without(name: str) -> None:
    assert f"{name} is required in production" in only_problem(PRODUCTION | {name: ""})


def test_production_needs_https() -> None:
    assert "https" in only_problem(PRODUCTION | {"APOGEE_BASE_URL": "http://play.example"})


def test_production_needs_a_long_chain_and_development_does_not() -> None:
    assert load_config({"APOGEE_CHAIN_LENGTH": "1000"}).chain_length == 1000
    assert "1000000" in only_problem(PRODUCTION | {"APOGEE_CHAIN_LENGTH": "999999"})


def test_the_port_also_comes_as_hosting_platforms_give_it() -> None:
    assert load_config({"PORT": "9000"}).port == 9000
    assert load_config({"PORT": "9000"}).base_url == "http://127.0.0.1:9000"
    assert load_config({"PORT": "9000", "APOGEE_PORT": "9001"}).port == 9001
    assert only_problem({"PORT": "http"}).startswith("PORT is 'http'")


def test_a_default_base_url_follows_the_port_the_system_chose() -> None:
    assert load_config({"APOGEE_PORT": "0"}).with_port(4321).base_url == "http://127.0.0.1:4321"
    fixed = load_config({"APOGEE_PORT": "0", "APOGEE_BASE_URL": "http://localhost:9"})
    assert fixed.with_port(4321).base_url == "http://localhost:9"
    assert fixed.with_port(4321).port == 4321


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("APOGEE_PORT", 0, 65_535),
        ("APOGEE_BETTING_MS", 100, 120_000),
        ("APOGEE_PAUSE_MS", 0, 60_000),
        ("APOGEE_TICK_MS", 10, 1_000),
        ("APOGEE_CURVE_GROWTH", 1, 100_000),
        ("APOGEE_CHAIN_LENGTH", 10, 10_000_000),
    ],
)
def test_a_number_is_whole_and_within_its_bounds(name: str, low: int, high: int) -> None:
    field = name.removeprefix("APOGEE_").lower()
    for value in (low, high):
        assert getattr(load_config({name: str(value)}), field) == value
    for text in (str(low - 1), str(high + 1), "1e3", "5.0", "٣", "five", "0x10", "9" * 400):
        assert f"a whole number from {low} to {high}" in only_problem({name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("APOGEE_ENV", "staging"),
        ("APOGEE_LOG_LEVEL", "loud"),
        ("APOGEE_LOG_FORMAT", "xml"),
        ("APOGEE_HOST", "127.0.0.1:80"),
        ("APOGEE_HOST", "http://localhost"),
        ("APOGEE_BASE_URL", "play.example"),
        ("APOGEE_BASE_URL", "ftp://play.example"),
        ("APOGEE_BASE_URL", "https://play.example/game"),
        ("APOGEE_BASE_URL", "https://user@play.example"),
        ("APOGEE_BASE_URL", "https://play.example?x=1"),
        ("APOGEE_DATABASE_URL", "mysql://db"),
        ("APOGEE_DATABASE_URL", "postgresql"),
        ("APOGEE_REDIS_URL", "localhost:6379"),
    ],
)
def test_a_setting_of_the_wrong_shape_is_refused(name: str, text: str) -> None:
    assert only_problem({name: text}).startswith(f"{name} is ")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1", "localhost", "game-1.example"])
def test_a_host_is_an_address_or_a_name(host: str) -> None:
    assert load_config({"APOGEE_HOST": host}).host == host


def test_an_origin_is_kept_in_the_form_browsers_compare() -> None:
    assert load_config({"APOGEE_BASE_URL": "https://Play.Example/"}).base_url == (
        "https://play.example"
    )


def test_an_unknown_setting_is_a_problem_and_the_nearest_name_is_suggested() -> None:
    near = only_problem({"APOGEE_BETING_MS": "5000"})
    assert near == "APOGEE_BETING_MS is not a setting: did you mean APOGEE_BETTING_MS?"
    assert only_problem({"APOGEE_COLOUR": "red"}) == "APOGEE_COLOUR is not a setting: remove it"
    assert "_FILE is not a setting" in only_problem({"APOGEE_PORT_FILE": "/run/port"})


def test_every_problem_is_told_at_once() -> None:
    found = problems(
        {
            "APOGEE_ENV": "production",
            "APOGEE_PORT": "high",
            "APOGEE_TICK_MS": "0",
            "APOGEE_SECRET_KEY": "short",
            "APOGEE_LOG_LEVL": "info",
        }
    )
    for name in ("PORT", "TICK_MS", "SECRET_KEY", "LOG_LEVL", "BASE_URL", "DATABASE_URL"):
        assert [p.startswith(f"APOGEE_{name} ") for p in found].count(True) == 1, name
    assert len(found) == 6


def test_no_problem_and_no_repr_shows_a_secret() -> None:
    shown = problems(
        {
            "APOGEE_SECRET_KEY": "hunter2",
            "APOGEE_DATABASE_URL": "hunter2@db",
            "APOGEE_REDIS_URL": "hunter2",
            "APOGEE_BASE_URL": "https://me:hunter2@play.example",
        }
    )
    assert len(shown) == 4
    assert "hunter2" not in repr(shown)
    assert "hunter2" not in repr(problems({"APOGEE_DATABASE_URL_FILE": "postgresql://hunter2@"}))
    config = repr(load_config(PRODUCTION))
    assert KEY not in config
    assert "pa55" not in config


def test_a_configuration_with_secrets_cannot_be_written_out_by_mistake() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(load_config(PRODUCTION))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APOGEE_SECRET_KEY", KEY),
        ("APOGEE_DATABASE_URL", "postgresql://apogee@db/apogee"),
        ("APOGEE_REDIS_URL", "redis://bus"),
    ],
)
def test_a_secret_may_come_from_a_file(tmp_path: Path, name: str, value: str) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{value}\n")
    config = load_config({f"{name}_FILE": str(path)})
    assert getattr(config, name.removeprefix("APOGEE_").lower()) == Secret(value)


def test_production_accepts_secrets_from_files(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY)
    environ = PRODUCTION | {"APOGEE_SECRET_KEY": "", "APOGEE_SECRET_KEY_FILE": str(path)}
    assert load_config(environ).secret_key == Secret(KEY)


def test_a_secret_file_that_cannot_be_used_is_a_problem(tmp_path: Path) -> None:
    name = "APOGEE_SECRET_KEY_FILE"
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe" * 40)
    assert "No such file" in only_problem({name: str(tmp_path / "missing")})
    assert "empty" in only_problem({name: str(tmp_path / "empty")})
    assert "not text" in only_problem({name: str(tmp_path / "binary")})
    assert "keep one" in only_problem({name: "/run/key", "APOGEE_SECRET_KEY": KEY})


def test_the_development_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    key = development_secret_key(data_dir)
    assert development_secret_key(data_dir) == key
    assert stat.S_IMODE((data_dir / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o711
    assert load_config({"APOGEE_SECRET_KEY": key.reveal()}).secret_key == key


def test_processes_that_start_together_agree_on_one_development_key(tmp_path: Path) -> None:
    for attempt in range(20):
        data_dir = tmp_path / str(attempt)
        with ThreadPoolExecutor(8) as starts:
            keys = set(starts.map(lambda _, d=data_dir: development_secret_key(d), range(8)))
        assert len(keys) == 1
        assert [path.name for path in data_dir.iterdir()] == ["secret.key"]


def test_a_damaged_development_key_is_never_replaced_silently(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(ConfigError, match="damaged"):
        development_secret_key(tmp_path)
    assert (tmp_path / "secret.key").read_text() == ""
