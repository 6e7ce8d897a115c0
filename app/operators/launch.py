"""What operators may ask of us, bound to the ledger: the port behind every dialect."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from app.clock import WallClock
from app.ids import new_id
from app.ledger import records, tables, tenants
from app.ledger.database import Database
from app.operators.directory import Directory
from app.operators.model import (
    Credentials,
    Launch,
    LaunchRequest,
    Operator,
    OperatorRefusal,
    RoundRecord,
)
from app.operators.titles import TITLES, table_of, title
from app.secrets import hash_key, new_token

MIN_TTL_S = 60
MAX_TTL_S = 24 * 3600


class Operators:
    """An `OperatorPort` over the ledger."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: WallClock,
        *,
        base_url: str,
        growth: int,
        table_wanted: Callable[[], None],
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._base_url = base_url
        self._growth = growth
        self._table_wanted = table_wanted

    async def find(self, operator_id: UUID, dialect: str) -> tuple[Operator, Credentials] | None:
        known = await self._directory.get(operator_id)
        if known is None or known.operator.dialect != dialect:
            return None
        return known.operator, known.credentials

    async def launch(self, operator: Operator, request: LaunchRequest) -> Launch:
        wanted = title(request.title)
        _check(operator, request, known_title=wanted is not None)
        if wanted is None:
            raise OperatorRefusal("unknown_title", "there is no such title")
        table = table_of(operator, wanted, self._growth)
        await tables.ensure_table(self._database, table)
        self._table_wanted()
        token = new_token("lt")
        session_id = new_id()
        expires_at = self._clock.now() + timedelta(seconds=request.ttl_seconds)
        await tenants.insert_session(
            self._database,
            tenants.NewSession(
                id=session_id,
                operator_id=operator.id,
                player=request.player,
                table_id=table.id,
                title=wanted.slug,
                currency=request.currency,
                lang=request.lang,
                country=request.country,
                return_url=request.return_url,
                launch_token_sha256=hash_key(token),
                balance=request.balance,
                expires_at=expires_at,
            ),
        )
        return Launch(session_id, f"{self._base_url}/play?session={token}", expires_at)

    async def round_record(self, operator: Operator, identifier: UUID) -> RoundRecord | None:
        record = await records.bet_record(self._database, operator.id, identifier)
        if record is not None:
            return record
        record = await records.round_record(self._database, identifier)
        own = {table_of(operator, one, self._growth).id for one in TITLES}
        return record if record is not None and record.table in own else None


def _check(operator: Operator, request: LaunchRequest, *, known_title: bool) -> None:
    if not operator.active:
        raise OperatorRefusal("operator_inactive", "this operator is suspended")
    if request.currency not in operator.currencies:
        allowed = ", ".join(operator.currencies)
        raise OperatorRefusal("currency_not_allowed", f"the allowed currencies are {allowed}")
    if not MIN_TTL_S <= request.ttl_seconds <= MAX_TTL_S:
        raise OperatorRefusal(
            "bad_ttl", f"a session lasts between {MIN_TTL_S} and {MAX_TTL_S} seconds"
        )
    if not known_title:
        raise OperatorRefusal("unknown_title", "there is no such title")
    if request.return_url is not None:
        try:
            url = urlsplit(request.return_url)
            good = url.scheme in ("https", "http") and bool(url.hostname)
        except ValueError:
            good = False
        if not good or len(request.return_url) > 2_000:
            raise OperatorRefusal("bad_return_url", "return_url is an http(s) address")
