"""What a new runner does about rounds left behind, when it cannot do all of it."""

import pytest

from app.bus.memory import MemoryBus
from app.dialects import DIALECTS
from app.ledger import rounds
from app.ledger.journal import Journal
from app.rounds import settling
from app.rounds.chains import ChainKeeper
from app.rounds.recovery import recover
from app.secrets import Secret, Vault, VaultError
from tests.ledger.casino import Casino, answered, placing

OTHER_KEY = Vault(Secret("another key than the one the chains were sealed with"))
ON_VOID = settling.on_void({dialect.name: dialect for dialect in DIALECTS})


async def test_stakes_go_back_even_when_the_chain_cannot_be_opened(
    journal: Journal, casino: Casino
) -> None:
    """The key is lost, say: the round's seed cannot be revealed, the players' money can be sent."""
    await casino.lead()
    await casino.open_round()
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet))
    locked_out = ChainKeeper(casino.database, OTHER_KEY, length=50, may_draw_salt=True)
    epoch = await casino.lead()
    for _ in range(2):
        with pytest.raises(VaultError):
            await recover(casino.database, MemoryBus(), locked_out, casino.table, epoch, ON_VOID)
        owed = await casino.database.fetch("select kind, status from ops where seq = 2")
        assert [tuple(row) for row in owed] == [("rollback", "due")]
    assert len(await rounds.unfinished(casino.database, casino.table.id)) == 1
    await recover(casino.database, MemoryBus(), casino.keeper, casino.table, epoch, ON_VOID)
    assert await rounds.unfinished(casino.database, casino.table.id) == []
    assert len(await casino.database.fetch("select 1 from ops where seq = 2")) == 1
