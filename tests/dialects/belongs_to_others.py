"""What the dialects do not own: the use cases behind `OperatorPort`, and the time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from litestar import Litestar
from litestar.di import Provide

from app.clock import WallClock
from app.dialects.base import Dialect
from app.dialects.edge import DialectEdge
from app.operators.model import (
    Credentials,
    Launch,
    LaunchRequest,
    Operator,
    OperatorPort,
    OperatorRefusal,
    RoundRecord,
)

NOW = datetime(2026, 7, 3, 20, 0, 0, tzinfo=UTC)
SESSION = UUID("01981f6c-5c00-7000-8000-00000000005e")
LAUNCH_URL = "https://apogee.test/play?session=lt_opaque"


@dataclass
class StoppedClock:
    """A `WallClock` that stands still."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Operators:
    """An `OperatorPort` in memory."""

    known: dict[UUID, tuple[Operator, Credentials]] = field(default_factory=dict)
    rounds: dict[tuple[UUID, UUID], RoundRecord] = field(default_factory=dict)
    launched: list[LaunchRequest] = field(default_factory=list)
    fault: Exception | None = None

    def begin(
        self,
        known: dict[UUID, tuple[Operator, Credentials]],
        rounds: dict[tuple[UUID, UUID], RoundRecord],
    ) -> None:
        """Forget everything but this."""
        self.known, self.rounds, self.launched, self.fault = known, rounds, [], None

    async def find(self, operator_id: UUID, dialect: str) -> tuple[Operator, Credentials] | None:
        found = self.known.get(operator_id)
        return found if found is not None and found[0].dialect == dialect else None

    async def launch(self, operator: Operator, request: LaunchRequest) -> Launch:
        if self.fault is not None:
            raise self.fault
        if not operator.active:
            raise OperatorRefusal("operator_inactive", "this operator is suspended")
        if request.currency not in operator.currencies:
            raise OperatorRefusal("currency_not_allowed", "the allowed currencies are USD")
        self.launched.append(request)
        return Launch(SESSION, LAUNCH_URL, NOW + timedelta(seconds=request.ttl_seconds))

    async def round_record(self, operator: Operator, identifier: UUID) -> RoundRecord | None:
        if self.fault is not None:
            raise self.fault
        return self.rounds.get((operator.id, identifier))


def application(dialect: Dialect, operators: OperatorPort, clock: WallClock) -> DialectEdge:
    """One dialect, composed as the server composes it."""

    def provide_operators() -> OperatorPort:
        return operators

    def provide_clock() -> WallClock:
        return clock

    app = Litestar(
        route_handlers=[dialect.router],
        dependencies={
            "operators": Provide(provide_operators, sync_to_thread=False),
            "clock": Provide(provide_clock, sync_to_thread=False),
        },
        openapi_config=None,
        logging_config=None,
    )
    return DialectEdge(app, (dialect,))
