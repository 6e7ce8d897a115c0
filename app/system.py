"""Everything one process runs, wired together: the only place where the parts meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from app.bets.placing import Betting
from app.bus.memory import MemoryBus
from app.clock import SystemMonotonic, SystemWallClock
from app.config import Config, development_secret_key
from app.dialects import BY_NAME
from app.ledger.database import Database, open_database
from app.ledger.journal import Journal, open_journal
from app.operators.directory import Directory
from app.operators.launch import Operators
from app.play.close_codes import RESTARTING
from app.play.commands import Commands
from app.play.floor import Floor
from app.play.socket import PlayRoom
from app.play.tokens import PlayTokens
from app.rounds.chains import ChainKeeper
from app.rounds.runner import Pace, TableRunner
from app.rounds.supervisor import Supervisor
from app.secrets import Secret, Vault
from app.wallet.client import Sender
from app.wallet.execution import Wallets
from app.wallet.worker import WalletWorker


@dataclass(frozen=True, slots=True)
class System:
    """What the edges need."""

    config: Config
    database: Database
    journal: Journal
    operators: Operators
    play_room: PlayRoom
    clock: SystemWallClock
    background: tuple["asyncio.Task[None]", ...]

    async def ready(self) -> str | None:
        """Why this process cannot serve, or `None`."""
        for task in self.background:
            if task.done():
                return f"{task.get_name()} has stopped"
        try:
            async with asyncio.timeout(2):
                await self.database.fetchrow("select 1")
        except Exception as error:  # whatever it is, we are not ready
            return f"the database does not answer: {type(error).__name__}"
        return None


def secret_key(config: Config) -> Secret:
    """The configured key, or in development the one kept beside the data."""
    return config.secret_key or development_secret_key(config.data_dir)


@asynccontextmanager
async def open_system(config: Config, database_url: str) -> AsyncIterator[System]:
    """Start the parts in the order they depend on each other; stop them in the reverse."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(database_url))
        journal = await stack.enter_async_context(open_journal(database))
        sender = await stack.enter_async_context(Sender(public_only=config.public_wallets_only))
        key = secret_key(config)
        vault, bus = Vault(key), MemoryBus()
        clock, wall_clock = SystemMonotonic(), SystemWallClock()
        directory = Directory(database, vault, clock)
        wallets = Wallets(directory, BY_NAME, sender, wall_clock)
        keeper = ChainKeeper(
            database, vault, length=config.chain_length, may_draw_salt=not config.is_production
        )
        pace = Pace(config.betting_ms, config.pause_ms, config.tick_ms)

        make_runner = partial(
            TableRunner,
            pace=pace,
            database=database,
            journal=journal,
            bus=bus,
            keeper=keeper,
            directory=directory,
            dialects=BY_NAME,
            clock=clock,
        )
        supervisor = Supervisor(database, make_runner)
        worker = WalletWorker(database, journal, bus, wallets)
        floor = Floor(database, bus, clock, wall_clock)
        betting = Betting(journal, wallets, directory, bus, clock)
        commands = Commands(database, betting, bus, wall_clock)
        floor.take_queued = commands.take_queued
        operators = Operators(
            database,
            directory,
            wall_clock,
            base_url=config.base_url,
            growth=config.curve_growth,
            table_wanted=supervisor.table_wanted,
        )
        background = (
            asyncio.create_task(worker.run(), name="wallet worker"),
            asyncio.create_task(supervisor.run(), name="table supervisor"),
        )
        stack.push_async_callback(_stop, background)
        stack.push_async_callback(floor.finish, 3.0)
        stack.push_async_callback(floor.hub.close_all, RESTARTING, 2.0)
        yield System(
            config=config,
            database=database,
            journal=journal,
            operators=operators,
            play_room=PlayRoom(floor, commands, database, directory, PlayTokens(key), wall_clock),
            clock=wall_clock,
            background=background,
        )


async def _stop(tasks: "tuple[asyncio.Task[None], ...]") -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task
