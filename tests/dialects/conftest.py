"""A kit for each dialect, a port in memory, and the dialect behind a real socket."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from uuid import UUID

import pytest

from app.dialects import BY_NAME, DIALECTS
from app.operators.model import Credentials, OperatorSecrets, RoundRecord
from app.secrets import hash_key
from tests.dialects.belongs_to_others import Operators, StoppedClock, application
from tests.dialects.kits import (
    GOOD,
    NEIGHBOUR,
    NEIGHBOURS_ROUND,
    OTHER_DIALECTS,
    OWN,
    ROUND,
    SUSPENDED,
    DialectKit,
    Known,
    operator,
)
from tests.dialects.rgs_kit import RgsKit
from tests.dialects.rounds import NEIGHBOURS, WON
from tests.dialects.wire import Answer, Call, exchange, serving

KITS: dict[str, DialectKit] = {"rgs": RgsKit()}

Ask = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True)
class Stage:
    """One dialect behind a socket, with what belongs to others around it."""

    operators: Operators
    port: int


@pytest.fixture(scope="session")
def stages() -> Iterator[Callable[[str], Stage]]:
    """A server for each dialect, started when first asked for."""
    with ExitStack() as running:

        @cache
        def stage(name: str) -> Stage:
            operators = Operators()
            app = application(BY_NAME[name], operators, StoppedClock())
            return Stage(operators, running.enter_context(serving(app)))

        yield stage


@pytest.fixture(params=[dialect.name for dialect in DIALECTS])
def kit(request: pytest.FixtureRequest) -> DialectKit:
    return KITS[request.param]


@pytest.fixture
def stage(kit: DialectKit, stages: Callable[[str], Stage]) -> Stage:
    found = stages(kit.dialect.name)
    found.operators.begin(_known(kit.dialect.name), _rounds())
    return found


@pytest.fixture
def operators(stage: Stage) -> Operators:
    return stage.operators


@pytest.fixture
def ask(stage: Stage) -> Ask:
    async def asking(call: Call) -> Answer:
        return await exchange(stage.port, call)

    return asking


def _known(dialect: str) -> Known:
    secrets = (OperatorSecrets(GOOD.secret, "wallet secret"),)
    credentials = Credentials(hash_key(GOOD.key), secrets)
    return {
        OWN: (operator(OWN, dialect), credentials),
        NEIGHBOUR: (operator(NEIGHBOUR, dialect), credentials),
        SUSPENDED: (operator(SUSPENDED, dialect, active=False), credentials),
        OTHER_DIALECTS: (operator(OTHER_DIALECTS, "another"), credentials),
    }


def _rounds() -> dict[tuple[UUID, UUID], RoundRecord]:
    return {
        (OWN, ROUND): WON,
        (SUSPENDED, ROUND): WON,
        (NEIGHBOUR, NEIGHBOURS_ROUND): NEIGHBOURS,
    }
