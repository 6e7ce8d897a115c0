"""What the shared suite needs to know of a dialect: how its callers make a good call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.dialects.base import Dialect
from app.operators.model import Credentials, Operator
from tests.dialects.wire import Call

OWN = UUID("0f3d5f0e-7f0a-4d1b-9a5e-6a4b8f0c1d2e")
STRANGER = UUID("aaaaaaaa-0000-4000-8000-00000000000a")
OTHER_DIALECTS = UUID("bbbbbbbb-0000-4000-8000-00000000000b")
SUSPENDED = UUID("cccccccc-0000-4000-8000-00000000000c")
NEIGHBOUR = UUID("dddddddd-0000-4000-8000-00000000000d")

ROUND = UUID("01981f6c-0000-7000-8000-000000000001")
NEIGHBOURS_ROUND = UUID("01981f6c-0000-7000-8000-000000000002")
NO_ROUND = UUID("01981f6c-0000-7000-8000-00000000000f")


@dataclass(frozen=True)
class Says:
    """What an operator presents and signs with; the defaults are all good."""

    operator: UUID = OWN
    key: str = "ak_own"
    secret: str = "own secret"
    age_s: int = 0


GOOD = Says()


class DialectKit(Protocol):
    """One dialect as its operators use it."""

    dialect: Dialect
    foreign_path: str
    """Below a prefix, and nothing there."""
    auth_headers: tuple[str, ...]
    """Those no call may lack."""
    expected: Mapping[str, tuple[int, str]]
    """HTTP status and code for every case of the shared table."""

    def launch(self, says: Says = GOOD, body: bytes | None = None) -> Call:
        """A signed launch."""

    def read(self, identifier: UUID, says: Says = GOOD) -> Call:
        """A signed read of one round."""

    def at(self, call: Call, *, method: str, target: str) -> Call:
        """The same call elsewhere, signed for there."""

    def launch_body(self, **changes: object) -> bytes:
        """A good body with fields changed, or left out when `...`."""

    def code_of(self, body: bytes) -> str:
        """The code in an error body; fails unless it has the dialect's shape to the letter."""


def operator(identifier: UUID, dialect: str, *, active: bool = True) -> Operator:
    return Operator(
        id=identifier,
        slug=f"casino-{identifier.hex[:4]}",
        name="Casino",
        dialect=dialect,
        wallet_url="https://wallet.casino.test/apogee",
        currencies=("USD",),
        rtp_bps=9600,
        cap=200_000,
        ggr_share_bps=1500,
        is_sandbox=False,
        active=active,
        limits={},
    )


Known = dict[UUID, tuple[Operator, Credentials]]
