"""The `apogee` command."""

import asyncio
import sys

import rich_click as click

from app.cli.chains import chain_group
from app.cli.operators import operator_group
from app.config import ConfigError, process_config
from app.embedded import EmbeddedError
from app.ledger.errors import LedgerError
from app.operators.model import OperatorRefusal
from app.serving import PortTaken, bind, database_for, prepare, say, serve
from app.verification import VerifyProblem, report

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
    except (EmbeddedError, LedgerError, PortTaken, VerifyProblem) as error:
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
        asyncio.run(prepare(url))
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


cli.add_command(operator_group)
cli.add_command(chain_group)
