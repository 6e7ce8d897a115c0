"""A leaf says everything the bet is bound to, and nothing about who placed it."""

from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.leaf import BetLeaf
from engine.merkle import leaf_hash
from engine.money import MAX_AMOUNT
from tests.engine.examples import VECTORS, quick

LEAF = BetLeaf("0192f0c4-0000-7000-8000-000000000001", 250, "USD", 237, "lucky", "ab" * 16)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=64)
leaves = st.builds(
    BetLeaf,
    bet=st.uuids().map(str),
    stake=st.integers(1, MAX_AMOUNT),
    currency=st.sampled_from(["USD", "JPY", "BTC"]),
    auto=st.none() | st.integers(101, 10_000_000),
    client_seed=st.none() | printable,
    leaf_salt=st.binary(min_size=16, max_size=16).map(bytes.hex),
)


@pytest.mark.parametrize("row", VECTORS["leaves"], ids=lambda row: row["bet"])
def test_known_leaves(row: dict[str, Any]) -> None:
    bet = {name: value for name, value in row.items() if name != "text"}
    assert BetLeaf(**bet).text() == row["text"].encode()


@quick
@given(leaf=leaves)
def test_a_leaf_is_canonical_json_of_exactly_six_fields(leaf: BetLeaf) -> None:
    names = ["bet", "stake", "currency", "auto", "client_seed", "leaf_salt"]
    assert [field.name for field in fields(leaf)] == names
    assert leaf.text() == rfc8785.dumps({name: getattr(leaf, name) for name in names})


def test_what_a_player_left_out_is_null() -> None:
    text = replace(LEAF, auto=None, client_seed=None).text()
    assert b'"auto":null' in text
    assert b'"client_seed":null' in text


def test_the_hash_is_that_of_a_leaf_of_the_tree() -> None:
    assert LEAF.hash() == leaf_hash(LEAF.text())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bet", "0192f0c4-0000-7000-8000-000000000002"),
        ("stake", 251),
        ("currency", "EUR"),
        ("auto", 238),
        ("auto", None),
        ("client_seed", "Lucky"),
        ("client_seed", None),
        ("leaf_salt", "ac" * 16),
    ],
)
def test_whatever_changes_in_a_bet_changes_its_hash(field: str, value: str | int | None) -> None:
    changed: dict[str, Any] = {field: value}
    assert replace(LEAF, **changed).hash() != LEAF.hash()


def test_a_leaf_is_fixed() -> None:
    with pytest.raises(FrozenInstanceError):
        LEAF.stake = 1  # type: ignore[misc]
