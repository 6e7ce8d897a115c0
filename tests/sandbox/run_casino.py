"""A casino in a process of its own: `python -m tests.sandbox.run_casino <books> <apogee url>`.

Prints its base URL, then serves until it is told or made to stop.
"""

import sys
from pathlib import Path

import uvicorn
from litestar import Litestar

from app.sandbox import Casino, create_casino
from tests.sandbox.serving import casino_config, listen


class Announcing(uvicorn.Server):
    """Lets open lobby pages go before it waits for open requests."""

    casino: Casino

    async def startup(self, sockets=None) -> None:  # type: ignore[no-untyped-def]
        await super().startup(sockets)
        print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)

    async def shutdown(self, sockets=None) -> None:  # type: ignore[no-untyped-def]
        self.casino.end_streams()
        await super().shutdown(sockets)


def main() -> None:
    casino = create_casino(casino_config(Path(sys.argv[1]), sys.argv[2]))
    app = Litestar([casino.router], lifespan=[casino.lifespan], openapi_config=None)
    server = Announcing(uvicorn.Config(app, loop="uvloop", http="httptools", log_level="error"))
    server.casino = casino
    server.run(sockets=[listen()])


if __name__ == "__main__":
    main()
