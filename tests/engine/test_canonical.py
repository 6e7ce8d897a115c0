"""What is hashed is RFC 8785, as any other implementation writes it."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from engine.canonical import canonical_json
from engine.errors import InvariantError
from engine.money import MAX_AMOUNT
from tests.engine.examples import quick

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=12)
values = st.none() | st.integers(-MAX_AMOUNT, MAX_AMOUNT) | st.text(max_size=40)


@quick
@given(fields=st.dictionaries(ascii_keys, values, max_size=8))
def test_a_flat_object_is_written_as_another_implementation_writes_it(
    fields: dict[str, str | int | None],
) -> None:
    assert canonical_json(fields) == rfc8785.dumps(fields)


@pytest.mark.parametrize("codepoint", [*range(0x21), 0x22, 0x2F, 0x5C, 0x7F, 0x2028, 0xFFFF])
def test_every_character_that_escapes_touch_is_written_alike(codepoint: int) -> None:
    fields = {"text": f"a{chr(codepoint)}b"}
    assert canonical_json(fields) == rfc8785.dumps(fields)


def test_keys_are_sorted_and_nothing_is_padded() -> None:
    fields = {"b": 1, "a": None, "B": "é", "a1": ""}
    assert canonical_json(fields) == '{"B":"é","a":null,"a1":"","b":1}'.encode()


def test_the_order_of_writing_does_not_matter() -> None:
    assert canonical_json({"x": 1, "y": 2}) == canonical_json({"y": 2, "x": 1})


@pytest.mark.parametrize("value", [MAX_AMOUNT + 1, -MAX_AMOUNT - 1, 2**64])
def test_an_integer_that_a_double_cannot_hold_is_refused(value: int) -> None:
    with pytest.raises(InvariantError):
        canonical_json({"amount": value})


@pytest.mark.parametrize("value", [1.0, 1.5, True, False, [1], [1.5], {"a": 1}, b"a", (1, 2)])
def test_anything_but_text_integers_and_null_is_refused(value: Any) -> None:
    with pytest.raises(InvariantError):
        canonical_json({"value": value})


def test_a_key_outside_ascii_is_refused() -> None:
    with pytest.raises(InvariantError):
        canonical_json({"clé": 1})


def test_half_a_character_has_no_canonical_form() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical_json({"text": "\ud800"})
