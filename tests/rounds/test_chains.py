"""A table's chain: committed before its salt is known, sealed at rest, silent about its seeds."""

import pytest

from app.ledger import tables
from app.ledger.database import Database
from app.ledger.errors import LedgerError
from app.rounds.chains import UNPROVEN, ChainKeeper
from app.secrets import Secret, Vault, VaultError
from engine.seeds import parent
from tests.ledger.casino import VAULT, Casino


@pytest.fixture
def strict(database: Database) -> ChainKeeper:
    """As in production: the salt comes from outside."""
    return ChainKeeper(database, VAULT, length=20, may_draw_salt=False)


async def _use_up(casino: Casino) -> None:
    await casino.database.execute("update chains set next_nonce = length + 1")


async def test_in_production_a_new_chain_waits_for_its_salt(
    casino: Casino, strict: ChainKeeper
) -> None:
    await _use_up(casino)
    assert await strict.current(casino.table) is None
    waiting = (await tables.chains(casino.database))[-1]
    assert waiting.public_salt is None
    await tables.fix_salt(casino.database, waiting.id, "the hash of a block")
    found = await strict.current(casino.table)
    assert found is not None
    assert (found[0].s0, found[0].public_salt) == (waiting.s0, "the hash of a block")


async def test_a_salt_is_fixed_once(casino: Casino) -> None:
    with pytest.raises(LedgerError):
        await tables.fix_salt(casino.database, casino.chain.id, "another")


async def test_a_salt_we_drew_ourselves_is_called_unproven(casino: Casino) -> None:
    (chain,) = await tables.chains(casino.database)
    assert chain.salt_source == UNPROVEN


async def test_the_first_seed_hashes_to_the_commitment(casino: Casino) -> None:
    assert parent(casino.chain.server_seed(1)) == casino.chain.s0
    assert casino.chain.server_seed_hash(2) == casino.chain.server_seed(1)


async def test_no_seed_is_stored_in_clear(casino: Casino) -> None:
    row = await casino.database.fetchrow("select sealed_checkpoints from chains")
    assert row is not None
    seeds = [casino.chain.server_seed(nonce) for nonce in range(1, casino.chain.length + 1)]
    assert not [seed for seed in seeds if seed.encode() in row["sealed_checkpoints"]]


async def test_another_key_does_not_open_a_chain(casino: Casino) -> None:
    stranger = Vault(Secret("another key, also long enough to be one"))
    keeper = ChainKeeper(casino.database, stranger, length=20, may_draw_salt=True)
    with pytest.raises(VaultError):
        await keeper.current(casino.table)


async def test_a_chain_shows_nothing_of_its_seeds(casino: Casino) -> None:
    seeds = [casino.chain.server_seed(nonce) for nonce in range(1, casino.chain.length + 1)]
    assert not [seed for seed in seeds if seed in repr(casino.chain)]
