"""The house rules hold everywhere. Each rule is also shown to catch what it is there for."""

import re
import tomllib
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from tests import house_rules as rules
from tests.house_rules import Module, Offences

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = {".py": 300, ".js": 300, ".sql": 300, ".css": 600}
REGISTRIES = [
    ".".join(labels)
    for labels in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("golang", "org"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("docker", "io"),
    ]
]
PRODUCT = ("engine", "app")
EVERYWHERE = ("engine", "app", "loadtests", "tests")


@cache
def files() -> list[Path]:
    """Every file that git would take, relative to the root."""
    ignored = [".git/", *(ROOT / ".gitignore").read_text().split()]
    found = []
    for path in sorted(ROOT.iterdir()):
        below = sorted(path.rglob("*")) if path.is_dir() and f"{path.name}/" not in ignored else []
        for file in [path, *below]:
            parts = file.relative_to(ROOT).parts
            names = [*parts, *("/".join(parts[:depth]) for depth in range(2, len(parts)))]
            if file.is_file() and not any(
                fnmatch(name, pattern.rstrip("/")) for pattern in ignored for name in names
            ):
                found.append(file.relative_to(ROOT))
    return found


def read(path: Path) -> str:
    return (ROOT / path).read_text(errors="replace")


@cache
def modules() -> list[tuple[Path, Module]]:
    return [
        (path, rules.parse(path.as_posix(), read(path)))
        for path in files()
        if path.suffix == ".py" and path.parts[0] in EVERYWHERE
    ]


def offences(rule: Callable[[Module], Offences], *rooms: str) -> list[str]:
    """`path:line: what` for every module within one of the rooms."""
    return [
        f"{path}:{line}: {what}"
        for path, module in modules()
        if any(rules.is_within(module.name, room) for room in rooms)
        for line, what in rule(module)
    ]


def demand_none(offenders: Iterable[str]) -> None:
    found = list(offenders)
    if found:
        pytest.fail(f"{len(found)} offence(s):\n  " + "\n  ".join(found), pytrace=False)


def test_the_tree_is_seen() -> None:
    seen = {module.name for _, module in modules()}
    assert {"engine.money", "app.config", "tests.test_structure"} <= seen
    assert not [path for path in files() if ".venv" in path.parts or ".git" in path.parts]


def test_a_file_is_read_in_one_sitting() -> None:
    demand_none(
        f"{path}: {lines} lines, at most {MAX_LINES[path.suffix]}"
        for path in files()
        if path.suffix in MAX_LINES and (lines := read(path).count("\n")) > MAX_LINES[path.suffix]
    )


def test_a_function_fits_on_a_screen() -> None:
    demand_none(offences(rules.long_functions, *EVERYWHERE))


def test_imports_go_one_way() -> None:
    demand_none(offences(rules.wrong_direction, *PRODUCT))


def test_the_product_imports_neither_tests_nor_benchmarks() -> None:
    demand_none(
        f"{path}:{line}: imports {name}"
        for path, module in modules()
        if path.parts[0] in PRODUCT
        for line, name in rules.imports(module)
        if name.split(".")[0] in ("tests", "loadtests")
    )


def test_a_dialect_knows_no_other_dialect() -> None:
    folders = frozenset(path.name for path in (ROOT / "app/dialects").iterdir() if path.is_dir())
    demand_none(offences(lambda m: rules.dialect_reaches_dialect(m, folders), "app.dialects"))


def test_each_outside_library_has_its_room() -> None:
    demand_none(offences(rules.wrong_library, *PRODUCT))


def test_only_the_configuration_reads_the_environment() -> None:
    demand_none(offences(rules.reads_environment, *PRODUCT))


def test_the_engine_has_no_clock_no_randomness_and_no_io() -> None:
    demand_none(offences(rules.impure, "engine"))


def test_no_float_comes_near_money() -> None:
    demand_none(offences(rules.inexact, *rules.EXACT))


def test_the_public_engine_is_documented() -> None:
    demand_none(offences(rules.undocumented, "engine"))


def test_files_and_folders_are_named_after_what_they_do() -> None:
    demand_none(
        str(path)
        for path in files()
        if path.suffix in MAX_LINES
        and any(word in rules.VAGUE for word in re.split(r"[/_.-]", path.as_posix().lower()))
    )


def test_functions_and_classes_are_named_after_what_they_do() -> None:
    demand_none(offences(rules.vague_definitions, *EVERYWHERE))


def test_invariants_are_required_not_asserted() -> None:
    demand_none(offences(rules.asserts, *PRODUCT, "loadtests"))


def test_nothing_catches_everything() -> None:
    demand_none(offences(rules.bare_excepts, *EVERYWHERE))


def test_checkers_are_silenced_one_code_at_a_time() -> None:
    demand_none(offences(rules.blanket_silencers, *EVERYWHERE))


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"(#|//|/?\*|--|<!--).*\b(TO" r"DO|FIX" r"ME)\b")
    demand_none(
        f"{path}:{number}: {line.strip()}"
        for path in files()
        if path.suffix in {*MAX_LINES, ".html", ".toml"}
        for number, line in enumerate(read(path).splitlines(), 1)
        if later.search(line)
    )


def test_no_file_names_a_package_registry() -> None:
    demand_none(
        f"{path}: names {host}" for path in files() for host in REGISTRIES if host in read(path)
    )


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", read(Path("Makefile")), re.MULTILINE))


def commands(path: Path) -> str:
    """The code in a Markdown file, one piece a line; the whole of any other file."""
    text = read(path)
    if path.suffix != ".md":
        return text
    code = re.findall(r"```\w*\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    return "\n".join(block or inline for block, inline in code)


def test_the_documents_name_only_commands_that_exist() -> None:
    command = re.compile(r"(?:^|&&) *(?:\$ )?(?:[A-Z_]+=\S+ )*make((?: +[\w=-]+)+)", re.MULTILINE)
    demand_none(
        f"{path}: make {word}"
        for path in files()
        if path.suffix == ".md" or path.parts[0] == ".ci"
        for words in command.findall(commands(path))
        for word in words.split()
        if "=" not in word and not word.startswith("-") and word not in make_targets()
    )


def test_every_command_is_listed_by_make_help() -> None:
    text = read(Path("Makefile"))
    listed = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)) | {"stale"}
    assert set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)) == listed


def test_every_dependency_is_pinned_by_name_and_version_alone() -> None:
    lines = read(Path("constraints.txt")).splitlines()
    demand_none(line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.+]*", line))
    project = tomllib.loads(read(Path("pyproject.toml")))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    pinned = {line.partition("==")[0].lower() for line in lines}
    demand_none(name for name in wanted if re.split(r"[^\w.-]", name)[0].lower() not in pinned)


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (rules.wrong_direction, "engine/x.py", "import app.log"),
        (rules.wrong_direction, "engine/x.py", "def f(): from app import log"),
        (rules.wrong_direction, "app/dialects/rgs/x.py", "from app.ledger.journal import y"),
        (rules.wrong_direction, "app/dialects/rgs/x.py", "from ...bus import y"),
        (rules.wrong_direction, "app/dialects/rgs/__init__.py", "from ...play import y"),
        (rules.wrong_direction, "app/operators/model.py", "from app.operators import launch"),
        (rules.wrong_direction, "app/rounds/x.py", "from app import play"),
        (rules.wrong_direction, "app/play/x.py", "import app.main"),
        (rules.wrong_direction, "app/new_room.py", ""),
        (rules.wrong_library, "app/wallet/x.py", "import aiohttp"),
        (rules.wrong_library, "app/rounds/x.py", "from asyncpg.pool import Pool"),
        (rules.wrong_library, "app/ledger/x.py", "def f(): import redis.asyncio"),
        (rules.wrong_library, "app/rounds/x.py", "from litestar import get"),
        (rules.reads_environment, "app/x.py", "import os; os.environ['HOME']"),
        (rules.reads_environment, "app/x.py", "from os import getenv"),
        (rules.impure, "engine/x.py", "import msgspec"),
        (rules.impure, "engine/x.py", "from time import monotonic"),
        (rules.impure, "engine/x.py", "import datetime; datetime.datetime.now()"),
        (rules.impure, "engine/x.py", "from uuid import uuid4; uuid4()"),
        (rules.inexact, "app/wallet/x.py", "x = 1.5"),
        (rules.inexact, "app/wallet/x.py", "x = float(y)"),
        (rules.inexact, "app/wallet/x.py", "x = round(y)"),
        (rules.inexact, "engine/x.py", "x = y / 2"),
        (rules.inexact, "engine/x.py", "x /= 2"),
        (rules.long_functions, "app/x.py", "async def f():\n" + " pass\n" * 60),
        (rules.undocumented, "engine/x.py", "class A:\n '''A.'''\n def f(self): pass"),
        (rules.undocumented, "engine/x.py", "def f(): pass"),
        (rules.vague_definitions, "app/x.py", "class BetManager: pass"),
        (rules.vague_definitions, "app/x.py", "def string_utils(): pass"),
        (rules.asserts, "app/x.py", "assert x"),
        (rules.bare_excepts, "app/x.py", "try: pass\nexcept: pass"),
        (rules.blanket_silencers, "app/x.py", "x = 1  # type: ignore"),
        (rules.blanket_silencers, "app/x.py", "x = 1  # noqa"),
    ],
)
def test_a_rule_catches(rule: Callable[[Module], Offences], path: str, source: str) -> None:
    assert list(rule(rules.parse(path, source)))


def test_a_dialect_that_reaches_for_another_is_caught() -> None:
    module = rules.parse("app/dialects/rgs/x.py", "from app.dialects.studio import codes")
    assert list(rules.dialect_reaches_dialect(module, frozenset({"rgs", "studio"})))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (rules.wrong_direction, "app/dialects/rgs/x.py", "from app.wallet.ops import WalletOp"),
        (rules.wrong_direction, "app/operators/x.py", "from app.operators.model import Operator"),
        (rules.wrong_direction, "app/wallet/x.py", "from app.dialects.base import Dialect"),
        (rules.wrong_direction, "app/config.py", "from app.secrets import Secret"),
        (rules.wrong_library, "app/wallet/client.py", "import aiohttp"),
        (rules.impure, "engine/x.py", "import hashlib, engine.money"),
        (rules.inexact, "app/wallet/x.py", "isinstance(x, float); y = 3 // 2"),
        (rules.blanket_silencers, "app/x.py", "x = '# noqa'  # type: ignore[arg-type]"),
    ],
)
def test_a_rule_lets_pass(rule: Callable[[Module], Offences], path: str, source: str) -> None:
    assert not list(rule(rules.parse(path, source)))
