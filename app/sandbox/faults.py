"""Faults on demand: what the wallet does wrong, for which calls, and for how long.

A switch is set per endpoint and kind. It works until it is switched off, for the next N calls, or
for a share of calls; only calls whose signature is good count and are hit. A delay combines with
any other fault; of several others the one for the endpoint itself goes before the one for all.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

ANY = "all"
Endpoint = Literal["bet", "win", "refund", "all"]


class Kind(StrEnum):
    DELAY = "delay"
    """Wait, then do and answer as always."""
    TIMEOUT = "timeout"
    """Do it, hold the answer back, then give it."""
    ERROR_BEFORE = "error_before"
    """500, and nothing is done."""
    ERROR_AFTER = "error_after"
    """500, and yet it is done."""
    DECLINE = "decline"
    """A proper refusal."""
    RESET_BEFORE = "reset_before"
    """Cut the connection; nothing is done."""
    RESET_AFTER = "reset_after"
    """Do it, then cut the connection without an answer."""
    RESET_MID_BODY = "reset_mid_body"
    """Do it, then cut the connection in the middle of the answer."""
    HTML = "html"
    """Do it, then answer 200 with a page, as a proxy in trouble would."""
    TRUNCATED = "truncated"
    """Do it, then answer 200 with half of the JSON."""


BEFORE = frozenset({Kind.ERROR_BEFORE, Kind.RESET_BEFORE})
"""Kinds under which the call leaves no trace in the books."""

_DEFAULT_MS: Mapping[Kind, int] = {Kind.DELAY: 1_000, Kind.TIMEOUT: 10_000}


class SetFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One turn of a switch. `on: false` switches off what matches, everything by default."""

    endpoint: Endpoint = "all"
    kind: Kind | None = None
    on: bool = True
    calls: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    """For the next so many calls; absent: until switched off."""
    percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    """The share of calls that is hit, drawn for each."""
    ms: Annotated[int, msgspec.Meta(ge=0, le=120_000)] | None = None
    """How long `delay` and `timeout` take."""


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: Endpoint
    kind: Kind
    calls_left: int | None
    percent: int
    ms: int
    fired: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What happens to one call."""

    delay_ms: int = 0
    kind: Kind | None = None
    hold_ms: int = 0

    @property
    def label(self) -> str | None:
        """For the log of callbacks: `delay 500 ms + error_after`."""
        parts = [f"delay {self.delay_ms} ms"] if self.delay_ms else []
        if self.kind is Kind.TIMEOUT:
            parts.append(f"timeout {self.hold_ms} ms")
        elif self.kind is not None:
            parts.append(self.kind.value)
        return " + ".join(parts) or None


class Faults:
    """The switches of one casino, in memory: a restart switches everything off."""

    def __init__(self, dice: Callable[[int], int], on_change: Callable[[], None]) -> None:
        """`dice(100)` draws one of 0 to 99."""
        self._dice = dice
        self._on_change = on_change
        self._switches: dict[tuple[str, Kind], Switch] = {}

    @property
    def switches(self) -> list[Switch]:
        """What is on, in the order it was switched on."""
        return list(self._switches.values())

    def set(self, wanted: SetFault) -> None:
        """Turn a switch. Raises `ValueError` when it is to be on and names no kind."""
        if wanted.on:
            if wanted.kind is None:
                raise ValueError("say which kind of fault is to be switched on")
            self._switches[wanted.endpoint, wanted.kind] = Switch(
                endpoint=wanted.endpoint,
                kind=wanted.kind,
                calls_left=wanted.calls,
                percent=wanted.percent,
                ms=_DEFAULT_MS.get(wanted.kind, 0) if wanted.ms is None else wanted.ms,
            )
        else:
            for endpoint, kind in list(self._switches):
                if wanted.endpoint in (ANY, endpoint) and wanted.kind in (None, kind):
                    del self._switches[endpoint, kind]
        self._on_change()

    def take(self, endpoint: str) -> Plan:
        """What is to go wrong with the next call of an endpoint; counts it."""
        mine = [one for one in self.switches if one.endpoint in (endpoint, ANY)]
        mine.sort(key=lambda one: one.endpoint == ANY)
        delay = self._first(one for one in mine if one.kind is Kind.DELAY)
        other = self._first(one for one in mine if one.kind is not Kind.DELAY)
        return Plan(
            delay_ms=delay.ms if delay else 0,
            kind=other.kind if other else None,
            hold_ms=other.ms if other and other.kind is Kind.TIMEOUT else 0,
        )

    def _first(self, candidates: Iterable[Switch]) -> Switch | None:
        for one in candidates:
            if one.percent == 100 or self._dice(100) < one.percent:
                self._count(one)
                return one
        return None

    def _count(self, one: Switch) -> None:
        left = None if one.calls_left is None else one.calls_left - 1
        if left == 0:
            del self._switches[one.endpoint, one.kind]
        else:
            self._switches[one.endpoint, one.kind] = msgspec.structs.replace(
                one, calls_left=left, fired=one.fired + 1
            )
        self._on_change()
