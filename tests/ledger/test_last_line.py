"""The guards under the code: rows that cannot come to stand, and locks that make others wait."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import asyncpg
import msgspec
import pytest

from app.ledger import ops, rounds
from app.ledger.database import Database
from app.ledger.entries import FinishOp, NotPlaced, PlaceBet, Placed
from app.ledger.journal import Journal, apply_entries
from engine.bet import BetState
from engine.round import Phase
from tests.ledger.casino import Casino, accepted, answered, cashing_out, placing

T = TypeVar("T")
NEW_OP = (
    "insert into ops (id, bet_id, operator_id, seq, kind, transaction_id, amount, currency,"
    " status, next_at) select gen_random_uuid(), bet_id, operator_id, {seq}, '{kind}', {txn},"
    " {amount}, currency, 'due', now() from ops where seq = {like}"
)


async def _paid(journal: Journal, casino: Casino) -> PlaceBet:
    bet = await accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet, 150))
    return bet


NEW_BET = (
    "insert into bets select (jsonb_populate_record(bets, jsonb_build_object("
    "'id', gen_random_uuid(), 'cashout_multiplier', null, 'payout', null,"
    " 'status', '{status}', 'slot', {slot}, 'ref', {ref}))).* from bets"
)


@pytest.mark.parametrize(
    "statement",
    [
        NEW_BET.format(status="DEBIT_PENDING", slot=0, ref="'another'"),
        NEW_BET.format(status="DEBIT_PENDING", slot=1, ref="ref"),
        NEW_BET.format(status="ACCEPTED", slot=1, ref="'another'"),
        "update bets set cashout_multiplier = 200001, payout = 2000010",
        "update bets set payout = payout + 1",
        "update bets set cashout_multiplier = null, payout = null",
        "update ops set lease_until = now()",
        "update ops set status = 'sending' where seq = 2",
        "update ops set attempts = 2 where kind = 'debit'",
        "update ops set kind = 'debit' where seq = 2",
        "update exposures set liability = -1",
        "update rounds set bets_root = null",
        NEW_OP.format(seq=2, kind="close", txn="'other'", amount=0, like=2),
        NEW_OP.format(seq=3, kind="credit", txn="'other'", amount=1, like=2),
        NEW_OP.format(seq=3, kind="rollback", txn="'other'", amount=1, like=1),
        NEW_OP.format(seq=3, kind="credit", txn="transaction_id", amount=0, like=2),
        "insert into rounds select (jsonb_populate_record(rounds, jsonb_build_object("
        "'id', gen_random_uuid(), 'phase', 'void', 'server_seed', 's', 'crash', 100))).*"
        " from rounds",
    ],
)
async def test_the_schema_refuses(journal: Journal, casino: Casino, statement: str) -> None:
    await _paid(journal, casino)
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
        await casino.database.execute(statement)


async def test_what_the_schema_refuses_is_the_repetition(journal: Journal, casino: Casino) -> None:
    """The same statement stands when it repeats nothing."""
    await _paid(journal, casino)
    await casino.database.execute(NEW_BET.format(status="DEBIT_PENDING", slot=1, ref="'another'"))


async def test_a_credit_without_a_payout_cannot_be_stored(journal: Journal, casino: Casino) -> None:
    await accepted(journal, casino)
    with pytest.raises(asyncpg.CheckViolationError):
        await casino.database.execute("update bets set status = 'CREDIT_PENDING'")


async def _blocked_or_done(database: Database, task: "asyncio.Future[T]") -> bool:
    """Whether the task's statement waits for a lock, once it does or has ended."""
    async with asyncio.timeout(20):
        while not task.done():
            waiting = await database.fetch(
                "select 1 from pg_stat_activity"
                " where datname = current_database() and wait_event_type = 'Lock'"
            )
            if waiting:
                return True
            await asyncio.sleep(0.01)
    return False


def _start(work: Awaitable[T]) -> "asyncio.Future[T]":
    return asyncio.ensure_future(work)


async def test_a_seal_waits_for_an_accept_that_is_about_to_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    async with database.transaction() as connection:
        assert await apply_entries(connection, [answered(bet)]) == [BetState.ACCEPTED]
        sealing = _start(casino.seal())
        assert await _blocked_or_done(database, sealing)
    assert [sealed.id for sealed in (await sealing).bets] == [bet.stake.bet]


async def test_an_accept_waits_for_a_seal_that_is_about_to_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    async with database.transaction() as connection:
        await rounds._lock(connection, casino.round, casino.epoch, {Phase.CLOSING})
        accepting = _start(journal.submit(answered(bet)))
        assert await _blocked_or_done(database, accepting)
        await connection.execute("update rounds set phase = 'locked', bets_root = ''")
    assert await accepting is BetState.ROLLBACK_PENDING


async def test_a_new_runner_waits_for_a_round_that_is_about_to_open(
    database: Database, casino: Casino
) -> None:
    await casino.fly()
    await casino.crash()
    async with database.transaction() as connection:
        owned = rounds._SQL["own_table"]
        assert await connection.fetchrow(owned, casino.table.id, casino.epoch) is not None
        taking = _start(casino.lead())
        assert await _blocked_or_done(database, taking)
    await taking


async def test_an_op_that_is_not_due_yet_is_not_claimed(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await _paid(journal, casino)
    await database.execute("update ops set next_at = now() + interval '1 minute'")
    assert await ops.claim_due(database, 10, 30) == []


async def test_claiming_does_not_wait_for_another_worker(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await _paid(journal, casino)
    async with database.transaction() as connection:
        await connection.fetch("select 1 from ops where status = 'due' for update")
        claiming = _start(ops.claim_due(database, 10, 30))
        assert not await _blocked_or_done(database, claiming)
    assert await claiming == []


async def test_the_first_body_of_an_op_is_remembered_for_ever(
    database: Database, journal: Journal, casino: Casino
) -> None:
    await _paid(journal, casino)
    for body in (b"first", b"second"):
        (claimed,) = await ops.claim_due(database, 10, 30)
        await journal.submit(
            FinishOp(
                op=claimed.id,
                attempt=claimed.attempt,
                bet=claimed.bet,
                session=claimed.session,
                status="due",
                bet_state=None,
                body_sha256=body,
            )
        )
    (claimed,) = await ops.claim_due(database, 10, 30)
    assert claimed.body_sha256 == b"first"


async def test_a_cash_out_names_its_own_round(journal: Journal, casino: Casino) -> None:
    """A bet of another round is not cashed out by this round's runner."""
    bet = await accepted(journal, casino)
    await casino.database.execute(
        "update rounds set phase = 'crashed', bets_root = '', server_seed = 's', crash = 100"
    )
    await casino.open_round()
    await casino.fly()
    with pytest.raises(Exception, match="otherwise"):
        await journal.submit(cashing_out(casino, bet))


class TestDailyLoss:
    """What counts against a player's limit for the day, and what does not."""

    async def _next(self, journal: Journal, casino: Casino, first: PlaceBet) -> object:
        second = placing(casino, await casino.player(), ref="second", slot=1, max_daily_loss=1_500)
        assert second.player == first.player
        return await journal.submit(second)

    async def test_what_is_at_stake_counts(self, journal: Journal, casino: Casino) -> None:
        first = await accepted(journal, casino)
        assert await self._next(journal, casino, first) == NotPlaced("daily_loss_limit")

    async def test_yesterday_does_not(self, journal: Journal, casino: Casino) -> None:
        first = await accepted(journal, casino)
        await casino.database.execute("update bets set placed_at = now() - interval '1 day'")
        assert isinstance(await self._next(journal, casino, first), Placed)

    @pytest.mark.parametrize("outcome", ["declined", "unknown"])
    async def test_a_stake_that_went_back_does_not(
        self, journal: Journal, casino: Casino, outcome: str
    ) -> None:
        first = placing(casino, await casino.player())
        await journal.submit(first)
        await journal.submit(answered(first, outcome))
        assert isinstance(await self._next(journal, casino, first), Placed)

    async def test_another_currency_does_not(self, journal: Journal, casino: Casino) -> None:
        first = await accepted(journal, casino)
        await casino.database.execute("update bets set currency = 'EUR'")
        assert isinstance(await self._next(journal, casino, first), Placed)


async def test_one_journal_gives_each_entry_of_a_player_its_own_batch(
    journal: Journal, casino: Casino
) -> None:
    """Two bets of one player in one batch would not see each other's stake."""
    player = await casino.player()
    results = await asyncio.gather(
        *(
            journal.submit(placing(casino, player, ref=f"r{slot}", slot=slot, max_daily_loss=1_500))
            for slot in (0, 1)
        )
    )
    assert sorted(type(result).__name__ for result in results) == ["NotPlaced", "Placed"]


async def test_a_bet_that_is_known_by_its_id_alone_is_not_placed_again(
    journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    same_id = msgspec.structs.replace(bet, ref="other", slot=1)
    assert not isinstance(await journal.submit(same_id), Placed)
