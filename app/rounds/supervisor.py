"""Keeps a runner on every table: takes tables nobody leads, restarts runners that fell."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from app.ledger import tables
from app.ledger.database import Database
from app.ledger.tables import GameTable
from app.log import get_logger
from app.rounds.leadership import leading
from app.rounds.runner import TableRunner

log = get_logger(__name__)

LOOK_S = 1.0
MAX_PAUSE_S = 5.0
STEADY_S = 60.0
"""A runner that lived this long is not failing repeatedly."""

MakeRunner = Callable[[GameTable], TableRunner]


class Supervisor:
    """Run with `run()` until cancelled."""

    def __init__(self, database: Database, make_runner: MakeRunner) -> None:
        self._database = database
        self._make_runner = make_runner
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._look = asyncio.Event()

    def table_wanted(self) -> None:
        """A table may have come into being: look now rather than in a second."""
        self._look.set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    for table in await tables.tables(self._database):
                        if table.id not in self._tasks:
                            task = asyncio.create_task(self._keep(table), name=table.id)
                            self._tasks[table.id] = task
                except Exception as error:
                    log.warning("tables_not_read", reason=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._look.wait()
                self._look.clear()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _keep(self, table: GameTable) -> None:
        pause_s = LOOK_S / 4
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                async with leading(self._database, table.id) as held:
                    if held:
                        await self._make_runner(table).run()
            except Exception as error:
                log.exception("runner_fell", table=table.id, reason=type(error).__name__)
                steady = loop.time() - began >= STEADY_S
                pause_s = LOOK_S / 4 if steady else min(pause_s * 2, MAX_PAUSE_S)
            await asyncio.sleep(pause_s)
