"""Making an operator: its row, its key and its secrets, shown once."""

import re
import secrets as randomness
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from app.ids import new_id
from app.ledger import tables, tenants
from app.ledger.database import Database
from app.operators.directory import seal_secrets
from app.operators.model import Operator, OperatorRefusal, OperatorSecrets
from app.operators.titles import TITLES, table_of
from app.secrets import Vault, hash_key, new_token
from engine.money import EXPONENTS

_PLAIN_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?")
"""Paths that nobody on the way rewrites: what we sign is what the wallet sees."""


class NewOperator(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for. `rtp_bps` in basis points, `cap` in hundredths."""

    name: str
    dialect: str
    wallet_url: str
    currencies: Sequence[str] = ("USD",)
    rtp_bps: int = 9600
    cap: int = 200_000
    ggr_share_bps: int = 1500
    is_sandbox: bool = False


class Provisioned(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once, then never again. Field order is the order of the printed JSON."""

    operator_id: UUID
    slug: str
    dialect: str
    api_key: str
    hmac_secret: str

    def __repr__(self) -> str:
        return f"Provisioned({self.slug})"


async def create_operator(
    database: Database,
    vault: Vault,
    asked: NewOperator,
    *,
    growth: int,
    https_only: bool,
) -> Provisioned:
    """Raises `OperatorRefusal` with a sentence for each thing that is wrong, all in one."""
    slug = re.sub(r"[^a-z0-9]+", "-", asked.name.lower()).strip("-")
    problems = _problems(asked, slug, https_only)
    if problems:
        raise OperatorRefusal("invalid_operator", "; ".join(problems))
    operator = Operator(
        id=new_id(),
        slug=slug,
        name=asked.name,
        dialect=asked.dialect,
        wallet_url=asked.wallet_url.rstrip("/"),
        currencies=tuple(dict.fromkeys(asked.currencies)),
        rtp_bps=asked.rtp_bps,
        cap=asked.cap,
        ggr_share_bps=asked.ggr_share_bps,
        is_sandbox=asked.is_sandbox,
        active=True,
        limits={},
    )
    api_key = new_token("ak")
    secret = randomness.token_hex(32)
    sealed = seal_secrets(vault, operator.id, OperatorSecrets(secret, secret))
    row = tenants.CredentialRow(operator.id, hash_key(api_key), sealed)
    try:
        await tenants.insert_operator(database, operator, row)
    except tenants.SlugTaken:
        raise OperatorRefusal(
            "name_taken", f"an operator {slug!r} exists already: choose another name"
        ) from None
    for title in TITLES:
        await tables.ensure_table(database, table_of(operator, title, growth))
    return Provisioned(
        operator_id=operator.id,
        slug=slug,
        dialect=operator.dialect,
        api_key=api_key,
        hmac_secret=secret,
    )


def _problems(asked: NewOperator, slug: str, https_only: bool) -> list[str]:
    problems = []
    if not slug or len(asked.name) > 100:
        problems.append("a name has 1 to 100 characters, letters or digits among them")
    try:
        url = urlsplit(asked.wallet_url)
        good = bool(url.hostname) and url.scheme in ("https", "http") and not url.query
        good = good and not url.fragment and url.username is None and (url.port or 1) > 0
        good = good and bool(_PLAIN_PATH.fullmatch(url.path))
    except ValueError:
        good, url = False, urlsplit("")
    if not good:
        problems.append(
            "the wallet URL is an http(s) base address: a plain path, no query, no user name"
        )
    elif https_only and url.scheme != "https":
        problems.append("in production the wallet URL begins with https://")
    unknown = [code for code in asked.currencies if code not in EXPONENTS]
    if unknown or not asked.currencies:
        problems.append(f"unknown currencies {', '.join(unknown) or '(none given)'}")
    if not 5_000 <= asked.rtp_bps <= 9_990:
        problems.append("the return to player lies between 50 and 99.9 %")
    if not 200 <= asked.cap <= 10_000_000:
        problems.append("the largest multiplier lies between 2 and 100000")
    if not 0 <= asked.ggr_share_bps <= 10_000:
        problems.append("the GGR share lies between 0 and 100 %")
    return problems
