"""`/health`: the process answers. `/ready`: it can take bets."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from app.system import System


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    status: str
    reason: str | None = None


@get("/health", sync_to_thread=False)
def health() -> Health:
    """200 as long as the event loop turns."""
    return Health("ok")


@get("/ready")
async def ready(system: NamedDependency[System]) -> Response[Health]:
    """200, or 503 with the reason: a load balancer sends nobody here then."""
    reason = await system.ready()
    if reason is not None:
        return Response(Health("unavailable", reason), status_code=503)
    return Response(Health("ready"))
