"""`apogee play`: the server and a sandbox casino under one port.

The casino is provisioned like any operator and told its credentials; from then on it knows the game
only by the public contract, over real HTTP in both directions.
"""

import os
from pathlib import Path

import msgspec
from litestar.types import ASGIApp

from app.config import Config
from app.ledger.database import Database, open_database
from app.ledger.tenants import operator_by, set_wallet_url
from app.main import create_app
from app.operators.model import OperatorRefusal
from app.operators.provisioning import NewOperator, Provisioned, create_operator
from app.sandbox import Casino, CasinoConfig, CasinoCredentials, create_casino
from app.secrets import Vault
from app.system import secret_key

NAME = "Sandbox Casino"
CURRENCIES = ("USD", "EUR", "JPY", "KWD", "USDC", "BTC")
MAX_SAME_NAMES = 100


async def open_sandbox(config: Config, database_url: str) -> Casino:
    """A casino whose operator exists, with the books it kept from earlier starts."""
    folder = config.data_dir / "casino"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with open_database(database_url, pool_size=2) as database:
        credentials = await _credentials(config, database, folder / "credentials.json")
    return create_casino(
        CasinoConfig(
            apogee_url=config.base_url,
            books_path=folder / f"books-{credentials.operator_id}.sqlite3",
            credentials=credentials,
            currencies=CURRENCIES,
        )
    )


def create_playground(config: Config, database_url: str, casino: Casino) -> ASGIApp:
    """The server with the casino's pages, wallet and API below `/sandbox`."""
    return create_app(
        config,
        database_url,
        extra_routes=[casino.router],
        extra_lifespans=[casino.lifespan],
    )


async def _credentials(config: Config, database: Database, path: Path) -> CasinoCredentials:
    wallet_url = f"{config.base_url}/sandbox/wallet"
    kept = _read(path)
    if kept is not None and await operator_by(database, str(kept.operator_id)) is not None:
        # The port may be another one today.
        await set_wallet_url(database, kept.operator_id, wallet_url)
        return kept
    made = await _provision(config, database, wallet_url)
    credentials = CasinoCredentials(made.operator_id, made.api_key, made.hmac_secret)
    _write_private(path, msgspec.json.encode(credentials))
    return credentials


async def _provision(config: Config, database: Database, wallet_url: str) -> Provisioned:
    """A casino that lost its credentials is a new casino: nobody can show them again."""
    for number in range(1, MAX_SAME_NAMES):
        asked = NewOperator(
            name=NAME if number == 1 else f"{NAME} {number}",
            dialect="rgs",
            wallet_url=wallet_url,
            currencies=CURRENCIES,
            is_sandbox=True,
        )
        try:
            return await create_operator(
                database,
                Vault(secret_key(config)),
                asked,
                growth=config.curve_growth,
                https_only=False,
            )
        except OperatorRefusal as refusal:
            if refusal.code != "name_taken":
                raise
    raise OperatorRefusal("name_taken", f"{config.data_dir} holds too many sandbox casinos")


def _read(path: Path) -> CasinoCredentials | None:
    return msgspec.json.decode(path.read_bytes(), type=CasinoCredentials) if path.exists() else None


def _write_private(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
