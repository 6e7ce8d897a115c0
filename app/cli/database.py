"""What the commands that work on the database share."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import rich_click as click

from app.config import Config, process_config
from app.ledger.database import Database, open_database
from app.log import configure_logging
from app.serving import database_for

T = TypeVar("T")


def quiet_config() -> Config:
    """The settings, with logging set up. Raises `ConfigError`."""
    config = process_config()
    configure_logging(config)
    return config


def with_database(config: Config, work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` on the configured database, beside a running server or without one."""

    async def run(url: str) -> T:
        async with open_database(url, pool_size=2) as database:
            return await work(database)

    with database_for(config, join=True) as url:
        return asyncio.run(run(url))


def print_fields(thing: object, as_json: bool) -> None:
    """A struct as one JSON object, or a line a field."""
    if as_json:
        click.echo(msgspec.json.encode(thing).decode())
        return
    for field, value in msgspec.to_builtins(thing).items():
        shown = ", ".join(value) if isinstance(value, list | tuple) else value
        click.echo(f"{field:<16} {shown}")
