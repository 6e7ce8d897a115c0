"""JSON of others is read to the letter or not at all."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialects.exact_json import NotExact, NumberText, minor_units, read_object


def test_numbers_keep_their_digits() -> None:
    read = read_object(b'{"a": 4.870, "b": 1e5, "c": 12, "d": -0.10, "e": 12345678901234567890}')
    assert read == {
        "a": NumberText("4.870"),
        "b": NumberText("1e5"),
        "c": 12,
        "d": NumberText("-0.10"),
        "e": NumberText("12345678901234567890"),
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b'{"a": 1',
        b'{"a": 1}{}',
        b'{"a": 1} x',
        b'{"a": 01}',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "\x01"}',
        b'{"a": 1, "a": 1}',
        b'{"b": [{"a": 1, "\\u0061": 2}]}',
        b'\xef\xbb\xbf{"a": 1}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a":' * 20_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b"{\x00}",
    ],
)
def test_what_is_not_exactly_one_object_is_refused(raw: bytes) -> None:
    with pytest.raises(NotExact):
        read_object(raw)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_no_bytes_raise_anything_else(raw: bytes) -> None:
    with contextlib.suppress(NotExact):
        read_object(raw)


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=10,
        ),
    )
)
def test_an_object_without_fractions_is_read_as_usual(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("told", "amount"),
    [
        ("490000", 490_000),
        ('"490000"', 490_000),
        ("490000.0", 490_000),
        ('"490000.00"', 490_000),
        ("0", 0),
        ("-0", 0),
        ("0.0", 0),
        ("9007199254740991", 2**53 - 1),
        ("9007199254740991.0", 2**53 - 1),
    ],
)
def test_a_balance_comes_as_an_integer_a_string_or_a_float(told: str, amount: int) -> None:
    assert minor_units(read_object(f'{{"balance": {told}}}'.encode())["balance"]) == amount


@pytest.mark.parametrize(
    "told",
    [
        "-1",
        '"-1"',
        "490000.5",
        "49e4",
        "1e400",
        '"1e3"',
        "9007199254740992",
        "9007199254740992.0",
        "9" * 30_000,
        '"007"',
        '""',
        '" 5"',
        '"5 "',
        '"٣"',
        '"0x10"',
        '"1_000"',
        '"5\\n"',
        "true",
        "null",
        "[]",
        "{}",
    ],
)
def test_anything_else_is_no_balance(told: str) -> None:
    assert minor_units(read_object(f'{{"balance": {told}}}'.encode())["balance"]) is None
