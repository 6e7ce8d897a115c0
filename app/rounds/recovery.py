"""What a runner finds when it starts: rounds an earlier one did not finish.

A round whose crash is committed was settled with it, in the same transaction, and needs nothing.
Any other is void: cashed-out bets keep their payout, what still rode goes back. The rules say so.
"""

from app.bus import channels
from app.bus.base import Bus
from app.bus.messages import OpsDue, RoundVoided
from app.ledger import rounds
from app.ledger.database import Database
from app.ledger.rounds import OwesOps, UnfinishedRound
from app.ledger.tables import GameTable
from app.log import get_logger
from app.rounds import settling
from app.rounds.chains import ChainKeeper

log = get_logger(__name__)

REASON = "The server was restarted during the round."


async def recover(
    database: Database,
    bus: Bus,
    keeper: ChainKeeper,
    table: GameTable,
    epoch: int,
    owes: OwesOps,
) -> None:
    """Void what was left behind. Safe to repeat, also when it is itself interrupted."""
    for left in await rounds.unfinished(database, table.id):
        await rounds.adopt(database, left.id, epoch)
        try:
            outcome = await _outcome(keeper, table, left)
        except Exception:
            # The chain cannot be opened. The table stands still until it can; the money does not.
            returned = await rounds.return_stakes(database, left.id, epoch, owes)
            log.error("chain_not_opened", round=left.id, returned=len(returned))
            bus.publish(channels.WALLET, OpsDue())
            raise
        returned = await rounds.void_round(database, left.id, epoch, outcome, REASON, owes)
        log.warning("round_voided", round=left.id, phase=left.phase, returned=len(returned))
        bus.publish(
            channels.table(table.id),
            RoundVoided(
                left.id,
                REASON,
                settling.news(returned),
            ),
        )
        bus.publish(channels.WALLET, OpsDue())


async def _outcome(keeper: ChainKeeper, table: GameTable, left: UnfinishedRound) -> rounds.Outcome:
    """The crash the round had, or would have had: a void round shows it all the same."""
    chain = await keeper.by_id(left.chain_id, table)
    mixed = left.client_seed or chain.client_seed("void before its seal")
    return rounds.Outcome(
        server_seed=chain.server_seed(left.nonce),
        client_seed=mixed,
        crash=chain.crash(left.nonce, mixed),
    )
