"""RFC 8785 canonical JSON for the few shapes that are hashed: flat objects of text and integers."""

import json
from collections.abc import Mapping

from engine.errors import require
from engine.money import MAX_AMOUNT


def canonical_json(fields: Mapping[str, str | int | None]) -> bytes:
    """The canonical bytes of a flat object. Keys are ASCII, integers within ±(2^53 - 1).

    Within those bounds Python's escaping and key order are those of RFC 8785: it sorts by UTF-16
    units, which for ASCII is the order of code points.
    """
    for key, value in fields.items():
        require(key.isascii(), "canonical keys are ASCII")
        plain = value is None or (isinstance(value, str | int) and not isinstance(value, bool))
        require(plain, "canonical values are text, integers or null")
        if isinstance(value, int):
            require(abs(value) <= MAX_AMOUNT, "canonical integers are exact in a double")
    text = json.dumps(dict(fields), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
