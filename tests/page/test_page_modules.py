"""The page's pure modules, tested where they are written: in JavaScript."""

from pathlib import Path

import pytest

from tests.page.node import HERE, run_node

SUITES = sorted(HERE.glob("*.test.mjs"))


def test_the_suites_are_found() -> None:
    assert {"bets", "clock", "money", "round", "verify"} <= {
        suite.name.split(".")[0] for suite in SUITES
    }


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name.split(".")[0])
def test_suite(suite: Path) -> None:
    assert "# fail 0" in run_node("--test", "--test-reporter=tap", suite.name)
