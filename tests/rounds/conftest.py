import pytest

from app.ledger.database import Database
from tests.ledger.casino import Casino, open_casino


@pytest.fixture
async def casino(database: Database) -> Casino:
    """An operator and its table, which nobody runs yet."""
    return await open_casino(database)
