"""What every registered dialect must be, for the rest of the server to rely on it."""

import pytest

from app.dialects import BY_NAME, DEFAULT, DIALECTS
from app.dialects.base import Dialect, owner
from tests.dialects.conftest import KITS


def test_a_dialect_is_found_by_its_name() -> None:
    assert {name: dialect.name for name, dialect in BY_NAME.items()} == {
        dialect.name: dialect.name for dialect in DIALECTS
    }
    assert len(BY_NAME) == len(DIALECTS)


def test_operators_speak_rgs_unless_they_ask_for_another() -> None:
    assert DEFAULT.name == "rgs"


def test_no_two_dialects_share_a_path() -> None:
    prefixes = [prefix for dialect in DIALECTS for prefix in dialect.prefixes]
    clashes = [
        (one, other)
        for i, one in enumerate(prefixes)
        for j, other in enumerate(prefixes)
        if i != j and f"{one}/".startswith(f"{other}/")
    ]
    assert not clashes


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_route_lies_below_a_prefix_and_knows_its_dialect(dialect: Dialect) -> None:
    assert dialect.router.opt == owner(dialect.name)
    for route in dialect.router.routes:
        assert any(f"{route.path}/".startswith(f"{prefix}/") for prefix in dialect.prefixes)


def test_every_dialect_passes_the_shared_suite() -> None:
    assert set(KITS) == set(BY_NAME)
