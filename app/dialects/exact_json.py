"""JSON from others, read to the letter: no doubles, no duplicate keys, no surprises.

The standard decoder takes the last of two equal keys, turns `4.87` into a double, and recurses as
deep as it is told to. Whoever signs or pays by such a reading can be made to read it differently
from the next one. Here a repeated key is an error and a number that is not a short integer keeps
its digits.
"""

import json
import re
from typing import Any, Never

import msgspec

from engine.money import MAX_AMOUNT

_SHORT_INTEGER = 18
_WHOLE = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.0{1,18})?")


class NotExact(Exception):
    """Not one JSON object in UTF-8 with every key once. The text is for the sender's engineer."""


class NumberText(msgspec.Struct, frozen=True):
    """A JSON number with a fraction or an exponent, or a very long one: its digits as written."""

    digits: str


def read_object(raw: bytes) -> dict[str, Any]:
    """Text, `None`, booleans, lists and objects as usual; numbers as `int` or `NumberText`.

    Raises `NotExact`, and nothing else, whatever the bytes.
    """
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise NotExact("it is not UTF-8") from None
    except RecursionError:
        raise NotExact("it is nested too deeply") from None
    except ValueError as error:
        where = f" (character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotExact(f"it is malformed{where}") from None
    if not isinstance(value, dict):
        raise NotExact("it is not an object")
    return value


def minor_units(value: object) -> int | None:
    """An amount of minor units that came as an integer, a decimal string or a float's digits.

    `490000`, `"490000"`, `490000.0` → 490000. `None` for negative, fractional, exponent-form and
    too large values, and for anything that is no number.
    """
    if isinstance(value, NumberText):
        value = value.digits
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value)
        value = int(match[1]) if match else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MAX_AMOUNT else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotExact("a key appears twice")
    return fields


def _integer(digits: str) -> int | NumberText:
    return int(digits) if len(digits) <= _SHORT_INTEGER else NumberText(digits)


def _no_constant(name: str) -> Never:
    raise ValueError(name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_int=_integer,
    parse_float=NumberText,
    parse_constant=_no_constant,
)
