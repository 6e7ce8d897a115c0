"""`apogee operator`: make and look up operators."""

import msgspec
import rich_click as click

from app.cli.database import print_fields, quiet_config, with_database
from app.dialects import DIALECTS
from app.ledger.database import Database
from app.ledger.tenants import operator_by, operators
from app.operators.model import Operator, OperatorRefusal
from app.operators.provisioning import NewOperator, create_operator
from app.secrets import Vault
from app.system import secret_key


@click.group("operator")
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
    config = quiet_config()
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

    print_fields(with_database(config, create), as_json)


@operator_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def operator_list(as_json: bool) -> None:
    """List all operators."""
    found = with_database(quiet_config(), operators)
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

    found = with_database(quiet_config(), find)
    if found is None:
        raise OperatorRefusal(
            "unknown_operator", f"there is no operator {operator!r}: see `apogee operator list`"
        )
    print_fields(found, as_json)


def _hundredths(text: str, option: str) -> int:
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 9:
        raise click.BadParameter("a plain number, such as 96.5", param_hint=option)
    if part and not (part.isascii() and part.isdigit() and len(part) <= 2):
        raise click.BadParameter("at most two digits after the point", param_hint=option)
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")
