"""One table of calls that every dialect must refuse, and refuse in its own shape."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.dialects.edge import MAX_BODY
from tests.dialects.kits import (
    NEIGHBOURS_ROUND,
    NO_ROUND,
    OTHER_DIALECTS,
    ROUND,
    STRANGER,
    SUSPENDED,
    DialectKit,
    Says,
)
from tests.dialects.wire import Call

Case = Callable[[DialectKit], Call]


def _tampered_body(kit: DialectKit) -> Call:
    call = kit.launch()
    return replace(call, body=call.body.replace(b"player-42", b"player-43"))


def _duplicate(kit: DialectKit) -> Call:
    return kit.launch(body=kit.launch_body()[:-1] + b', "currency": "EUR"}')


def _duplicate_below(kit: DialectKit) -> Call:
    return kit.launch(body=kit.launch_body()[:-1] + b', "extra": {"a": 1, "a": 2}}')


def _other_form(kit: DialectKit) -> Call:
    call = kit.launch()
    name = kit.auth_headers[0]
    return call.with_header(name, call.header(name).replace("-", ""))


def _no_round_id(kit: DialectKit) -> Call:
    call = kit.read(ROUND)
    return kit.at(call, method="GET", target=call.target.replace(str(ROUND), "1%20or%201"))


CASES: Mapping[str, Case] = {
    "unknown_operator": lambda kit: kit.launch(Says(operator=STRANGER)),
    "operator_of_another_dialect": lambda kit: kit.launch(Says(operator=OTHER_DIALECTS)),
    "operator_id_in_another_form": _other_form,
    "wrong_key": lambda kit: kit.launch(Says(key="ak_other")),
    "wrong_secret": lambda kit: kit.launch(Says(secret="other secret")),
    "tampered_body": _tampered_body,
    "tampered_path": lambda kit: replace(
        kit.read(NO_ROUND), target=kit.read(NO_ROUND).target.replace(str(NO_ROUND), str(ROUND))
    ),
    "tampered_query": lambda kit: replace(
        kit.at(kit.read(ROUND), method="GET", target=f"{kit.read(ROUND).target}?a=1"),
        target=f"{kit.read(ROUND).target}?a=2",
    ),
    "tampered_method": lambda kit: replace(
        kit.at(kit.launch(), method="PUT", target=kit.launch().target), method="POST"
    ),
    "stale": lambda kit: kit.launch(Says(age_s=301)),
    "from_the_future": lambda kit: kit.launch(Says(age_s=-301)),
    "oversized": lambda kit: kit.launch(body=b" " * (MAX_BODY + 1)),
    "oversized_in_chunks": lambda kit: replace(
        kit.launch(body=b" " * (MAX_BODY + 1)), chunked=True
    ),
    "unknown_path": lambda kit: kit.at(kit.launch(), method="POST", target=kit.foreign_path),
    "unknown_path_behind_two_slashes": lambda kit: kit.at(
        kit.launch(), method="POST", target=f"/{kit.foreign_path}"
    ),
    "the_prefix_itself": lambda kit: kit.at(
        kit.launch(), method="GET", target=kit.dialect.prefixes[0]
    ),
    "wrong_method": lambda kit: kit.at(kit.launch(), method="DELETE", target=kit.launch().target),
    "bad_host": lambda kit: kit.launch().adding("Host", "a b"),
    "empty_body": lambda kit: kit.launch(body=b""),
    "malformed_body": lambda kit: kit.launch(body=kit.launch_body()[:-1]),
    "no_object": lambda kit: kit.launch(body=b"[%b]" % kit.launch_body()),
    "not_utf8": lambda kit: kit.launch(body=kit.launch_body().replace(b"player", b"pl\xe4yer")),
    "lone_surrogate": lambda kit: kit.launch(
        body=kit.launch_body().replace(b"player", b"\\ud800 player")
    ),
    "duplicate_key": _duplicate,
    "duplicate_key_in_an_ignored_field": _duplicate_below,
    "bottomless_body": lambda kit: kit.launch(body=b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "suspended_operator_launches": lambda kit: kit.launch(Says(operator=SUSPENDED)),
    "currency_not_allowed": lambda kit: kit.launch(body=kit.launch_body(currency="EUR")),
    "anothers_round": lambda kit: kit.read(NEIGHBOURS_ROUND),
    "no_such_round": lambda kit: kit.read(NO_ROUND),
    "no_round_id": _no_round_id,
}

PER_HEADER: Mapping[str, Callable[[Call, str], Call]] = {
    "missing_auth_header": lambda call, name: call.without(name),
    "empty_auth_header": lambda call, name: call.with_header(name, ""),
    "repeated_auth_header": lambda call, name: call.adding(name, call.header(name)),
}
"""Done to each authentication header of a good call."""
