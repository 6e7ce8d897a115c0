"""The catalogue, and which table an operator's players sit at."""

import msgspec

from app.ledger.tables import GameTable
from app.operators.model import Operator


class Title(msgspec.Struct, frozen=True):
    """A game as players know it: `slug` in contracts and paths, `theme` in the page."""

    slug: str
    name: str
    theme: str


TITLES = (Title("apogee", "Apogee", "orbit"),)
DEFAULT = TITLES[0]


def title(slug: str | None) -> Title | None:
    """By slug; the default one for `None`; `None` if there is no such title."""
    if slug is None:
        return DEFAULT
    return next((one for one in TITLES if one.slug == slug), None)


def table_of(operator: Operator, title: Title, growth: int) -> GameTable:
    """Operators whose settings agree share a table; sandbox operators play among themselves."""
    realm = "sandbox" if operator.is_sandbox else "live"
    identity = f"{title.slug}-{operator.rtp_bps}-{operator.cap}-{growth}-{realm}"
    return GameTable(
        id=identity,
        title=title.slug,
        rtp_bps=operator.rtp_bps,
        cap=operator.cap,
        growth=growth,
        realm=realm,
    )
