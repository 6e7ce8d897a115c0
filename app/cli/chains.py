"""`apogee chain`: the seed chains of the tables, and the salts they wait for."""

import msgspec
import rich_click as click

from app.cli.database import quiet_config, with_database
from app.ledger import tables
from app.ledger.database import Database
from app.ledger.errors import LedgerError
from app.operators.model import OperatorRefusal


@click.group("chain")
def chain_group() -> None:
    """List seed chains and fix their public salts. Shows nothing secret."""


@chain_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def chain_list(as_json: bool) -> None:
    """List all chains: table, commitment, rounds used, and the salt or what it will be."""
    found = with_database(quiet_config(), tables.chains)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    for one in found:
        salt = one.public_salt or f"waits for its salt ({one.salt_source})"
        click.echo(f"{one.id}  {one.table}  {one.next_nonce - 1}/{one.length}  s0 {one.s0}")
        click.echo(f"    salt {salt}")


@chain_group.command("salt")
@click.argument("chain", type=click.UUID)
@click.argument("value")
def chain_salt(chain: object, value: str) -> None:
    """Fix the public salt of CHAIN to VALUE, once and for ever.

    VALUE is what an event gave that nobody could foresee when the chain was committed, such as a
    block's hash. The table begins to play within a second.
    """
    if not (1 <= len(value) <= 200 and value.isascii() and value.isprintable()):
        raise click.BadParameter("1 to 200 printable ASCII characters", param_hint="VALUE")

    async def fix(database: Database) -> None:
        try:
            await tables.fix_salt(database, chain, value)  # type: ignore[arg-type]
        except LedgerError as error:
            raise OperatorRefusal("salt_refused", str(error)) from None

    with_database(quiet_config(), fix)
    click.echo(f"Chain {chain} plays with that salt from now on.")
