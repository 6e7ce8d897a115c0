import pytest

from app.ledger.database import Database
from tests.ledger.casino import Casino, open_casino


@pytest.fixture
async def casino(database: Database) -> Casino:
    """An operator with a round that takes bets."""
    casino = await open_casino(database)
    await casino.lead()
    await casino.open_round()
    return casino
