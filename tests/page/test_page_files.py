"""What is served to the browser: complete, and within its content security policy."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.money import EXPONENTS
from tests.page.node import STATIC, run_node

FILES = sorted(path for path in STATIC.rglob("*") if path.is_file())
TEXT = {path.relative_to(STATIC).as_posix(): path.read_text() for path in FILES}
MODULES = {name: text for name, text in TEXT.items() if name.endswith(".js")}


class Page(HTMLParser):
    """Tags with their attributes, and the text inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self.feed(TEXT["index.html"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style"):
            self.inline += data.strip()


@pytest.fixture(scope="module")
def page() -> Page:
    return Page()


def imported(name: str) -> list[str]:
    """The modules one module imports, relative to `static/`."""
    found = re.findall(r'^import [^;]*?"(\./|\.\./)([\w./-]+)";', MODULES[name], re.MULTILINE)
    folder = (STATIC / name).parent
    return [(folder / dots / rest).resolve().relative_to(STATIC).as_posix() for dots, rest in found]


def test_no_script_and_no_style_is_inline(page: Page) -> None:
    assert page.inline == ""
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    scripts = [attributes for tag, attributes in page.tags if tag == "script"]
    assert [script["src"] for script in scripts] == ["/static/main.js"]


def test_no_module_evades_the_policy() -> None:
    evasion = re.compile(
        r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.w"
    )
    assert [name for name, text in MODULES.items() if evasion.search(text)] == []


def test_nothing_is_asked_of_anybody_else() -> None:
    foreign = re.compile(r"(?:https?:|wss?:)?//[a-z0-9-]+\.[a-z]")
    allowed = "http://www.w3.org/2000/svg"
    for name, text in TEXT.items():
        assert not foreign.search(text.replace(allowed, "")), name


def test_every_file_the_page_names_exists(page: Page) -> None:
    named = [attributes.get("src") or attributes.get("href") for _, attributes in page.tags]
    for address in named:
        if address and address.startswith("/static/"):
            assert address.removeprefix("/static/") in TEXT


def test_every_module_is_used_and_every_import_exists() -> None:
    seen, waiting = set[str](), ["main.js"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += imported(name)
    assert seen == set(MODULES)


def test_what_browser_tests_hold_on_to_is_there(page: Page) -> None:
    hooks = {attributes.get("data-testid") for _, attributes in page.tags}
    assert {
        *("balance", "phase", "multiplier", "stake", "auto", "action", "panel-message"),
        *("history", "my-bets", "live-bets", "fairness-open", "fairness", "connection", "fatal"),
    } <= hooks


def test_every_text_the_page_names_is_written(page: Page) -> None:
    keys = {
        attributes.get(name) for _, attributes in page.tags for name in ("data-t", "data-t-label")
    }
    keys |= {key for text in MODULES.values() for key in re.findall(r'\bt\("([a-z_0-9]+)"', text)}
    written = set(re.findall(r"^\t(\w+):", TEXT["i18n.js"], re.MULTILINE))
    assert keys - {None} <= written


def test_the_page_knows_the_currencies_as_the_engine_does() -> None:
    script = (
        'import { exponentOf } from "../../static/money.js";'
        f"const codes = {json.dumps(sorted(EXPONENTS))};"
        "console.log(JSON.stringify(Object.fromEntries(codes.map((c) => [c, exponentOf(c)]))));"
    )
    told = json.loads(run_node("--input-type=module", "--eval", script))
    assert told == dict(EXPONENTS)


def test_functions_fit_on_a_screen() -> None:
    for name, text in MODULES.items():
        opened: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            indent = re.match(r"\t*", line)
            level = indent[0] if indent else ""
            if re.match(r"\t*(export )?(async )?function |\t(#|async )?\w+\(.*\) \{$", line):
                opened[level] = number
            elif line == f"{level}}}" and level in opened:
                start = opened.pop(level)
                assert number - start < 60, f"{name}:{start}"


def test_the_folder_holds_only_what_is_served() -> None:
    assert {Path(name).suffix for name in TEXT} <= {".js", ".css", ".html", ".svg"}
