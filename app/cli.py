"""The `apogee` command."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import rich_click as click

from app.config import Config, ConfigError, process_config
from app.dialects import DIALECTS
from app.embedded import EmbeddedError
from app.ledger.database import Database, open_database
from app.ledger.tenants import operator_by, operators
from app.log import configure_logging
from app.operators.model import Operator, OperatorRefusal
from app.operators.provisioning import NewOperator, create_operator
from app.secrets import Vault
from app.serving import PortTaken, bind, database_for, say, serve
from app.system import secret_key
from app.verification import VerifyProblem, report

T = TypeVar("T")

click.rich_click.TEXT_MARKUP = "markdown"


def main() -> None:
    """Entry point: errors a person can mend are one line and exit code 2, never a traceback."""
    try:
        cli(standalone_mode=True)
    except ConfigError as error:
        say("These settings cannot be used:")
        for problem in error.problems:
            say(f"  - {problem}")
        sys.exit(2)
    except (EmbeddedError, PortTaken, VerifyProblem) as error:
        say(f"apogee: {error}")
        sys.exit(2)
    except OperatorRefusal as error:
        say(f"apogee: {error.message}")
        sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="apogee")
def cli() -> None:
    """A provably-fair crash-game server that casino operators embed.

    Settings come from the environment (`APOGEE_PORT`, `APOGEE_DATABASE_URL`, …; see the README).
    Without a database URL an embedded PostgreSQL keeps its data under `.apogee/`.
    """


@cli.command("serve")
def serve_command() -> None:
    """Run the server: tables, wallet worker and web, in one process.

    Stops on Ctrl-C or SIGTERM. Bets of a round that is cut off are returned at the next start.
    """
    from app.main import create_app

    config = process_config()
    listener = bind(config)
    config = config.with_port(listener.getsockname()[1])
    with database_for(config, join=False) as url:
        app = create_app(config, url)
        started = serve(
            app, config, listener, on_ready=lambda: say(f"Serving on {config.base_url}")
        )
    if not started:
        sys.exit(1)


@cli.command("play")
def play_command() -> None:
    """Run the server and a sandbox casino, and print a link to its lobby.

    Everything is local and for play money: the casino has its own books and talks to the game only
    through the public contract.
    """
    from app.playground import create_playground, open_sandbox

    config = process_config()
    if config.is_production:
        raise ConfigError(["`apogee play` is for development: unset APOGEE_ENV, or use `serve`"])
    listener = bind(config)
    config = config.with_port(listener.getsockname()[1])
    with database_for(config, join=False) as url:
        casino = asyncio.run(open_sandbox(config, url))
        started = serve(
            create_playground(config, url, casino),
            config,
            listener,
            on_ready=lambda: print(f"Lobby: {config.base_url}/sandbox", flush=True),
            on_stop=casino.end_streams,
        )
    if not started:
        sys.exit(1)


@cli.group("operator")
def operator_group() -> None:
    """Make and look up operators. Works while the server runs, and without it."""


@operator_group.command("create")
@click.argument("name")
@click.option(
    "--dialect",
    type=click.Choice([dialect.name for dialect in DIALECTS]),
    default="rgs",
    show_default=True,
    help="The integration contract the operator speaks.",
)
@click.option("--wallet-url", required=True, help="Base URL that wallet calls are sent below.")
@click.option(
    "--currency",
    "currencies",
    multiple=True,
    default=["USD"],
    show_default=True,
    help="An allowed currency; repeat for more.",
)
@click.option("--rtp", default="96.0", show_default=True, help="Return to player, percent.")
@click.option(
    "--max-multiplier", default="2000", show_default=True, help="Largest multiplier of a round."
)
@click.option(
    "--ggr-share", default="15", show_default=True, help="Our share of the revenue, percent."
)
@click.option("--sandbox", is_flag=True, help="Play money: own tables, left out of revenue.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def operator_create(
    name: str,
    dialect: str,
    wallet_url: str,
    currencies: tuple[str, ...],
    rtp: str,
    max_multiplier: str,
    ggr_share: str,
    sandbox: bool,
    as_json: bool,
) -> None:
    """Make an operator called NAME and print its credentials, **once**.

    Keep `api_key` and `hmac_secret`: they are stored hashed and encrypted and cannot be shown
    again.
    """
    config = _config()
    asked = NewOperator(
        name=name,
        dialect=dialect,
        wallet_url=wallet_url,
        currencies=currencies,
        rtp_bps=_hundredths(rtp, "--rtp"),
        cap=_hundredths(max_multiplier, "--max-multiplier"),
        ggr_share_bps=_hundredths(ggr_share, "--ggr-share"),
        is_sandbox=sandbox,
    )

    async def create(database: Database) -> object:
        return await create_operator(
            database,
            Vault(secret_key(config)),
            asked,
            growth=config.curve_growth,
            https_only=config.is_production,
        )

    _print(_with_database(config, create), as_json)


@operator_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def operator_list(as_json: bool) -> None:
    """List all operators."""
    found = _with_database(_config(), operators)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for one in found:
        state = "active" if one.active else "suspended"
        kind = "sandbox" if one.is_sandbox else "live"
        click.echo(f"{one.id}  {one.slug:<24} {one.dialect:<14} {kind:<8} {state}")


@operator_group.command("show")
@click.argument("operator")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def operator_show(operator: str, as_json: bool) -> None:
    """Show one OPERATOR, by id or slug; never its secrets."""

    async def find(database: Database) -> Operator | None:
        return await operator_by(database, operator)

    found = _with_database(_config(), find)
    if found is None:
        raise OperatorRefusal(
            "unknown_operator", f"there is no operator {operator!r}: see `apogee operator list`"
        )
    _print(found, as_json)


@cli.command("verify")
@click.argument("round_or_file", metavar="ROUND")
@click.option("--url", help="Server to ask; APOGEE_BASE_URL by default.")
def verify_command(round_or_file: str, url: str | None) -> None:
    """Recompute a finished ROUND: its id, or a file with its public record.

    The record is fetched from `/fair/rounds/<id>.json` and everything in it is computed anew, from
    the seeds and the rules alone. Exit code 1 if anything does not hold.
    """
    lines, holds = report(round_or_file, url or process_config().base_url)
    for line in lines:
        click.echo(line)
    sys.exit(0 if holds else 1)


def _config() -> Config:
    config = process_config()
    configure_logging(config)
    return config


def _with_database(config: Config, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        async with open_database(url, pool_size=2) as database:
            return await work(database)

    with database_for(config, join=True) as url:
        return asyncio.run(run(url))


def _hundredths(text: str, option: str) -> int:
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 9:
        raise click.BadParameter("a plain number, such as 96.5", param_hint=option)
    if part and not (part.isascii() and part.isdigit() and len(part) <= 2):
        raise click.BadParameter("at most two digits after the point", param_hint=option)
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def _print(thing: object, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(thing).decode())
        return
    for field, value in msgspec.to_builtins(thing).items():
        shown = ", ".join(value) if isinstance(value, list | tuple) else value
        click.echo(f"{field:<16} {shown}")
