"""Ops after their commit: claimed, acknowledged, released; and what the schema itself forbids."""

import asyncpg
import msgspec
import pytest

from app.ids import new_id
from app.ledger import ops
from app.ledger.database import Database
from app.ledger.entries import FinishOp, NewOp
from app.ledger.journal import Journal
from engine.bet import TRANSITIONS, BetState
from tests.ledger.casino import Casino, accepted, cashing_out, placing


async def test_a_credit_is_claimed_by_one_worker_and_acknowledged_once(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))
    (claimed,) = await ops.claim_due(database, 10, 30)
    assert await ops.claim_due(database, 10, 30) == []
    done = FinishOp(
        op=claimed.id,
        attempt=claimed.attempt,
        bet=claimed.bet,
        session=claimed.session,
        status="done",
        bet_state=BetState.CREDITED,
        balance=77,
    )
    assert await journal.submit(done) is True
    again = msgspec.structs.replace(done, balance=99)
    assert await journal.submit(again) is True, "it is told the same, and writes nothing"
    row = await database.fetchrow("select bets.status, balance from bets, sessions")
    assert row is not None
    assert tuple(row) == ("CREDITED", 77)


async def test_a_worker_whose_lease_lapsed_no_longer_decides(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))
    (first,) = await ops.claim_due(database, 10, lease_s=-1)
    await ops.requeue_lapsed(database)
    (second,) = await ops.claim_due(database, 10, lease_s=30)
    late = FinishOp(
        op=first.id,
        attempt=first.attempt,
        bet=first.bet,
        session=first.session,
        status="parked",
        bet_state=BetState.CREDIT_PARKED,
    )
    assert await journal.submit(late) is False
    assert second.attempt == first.attempt + 1


async def test_a_lapsed_debit_is_found_and_never_requeued(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player(), lease_s=-1)
    await journal.submit(bet)
    await ops.requeue_lapsed(database)
    (lapsed,) = await ops.lapsed_debits(database)
    assert (lapsed.op, lapsed.stake) == (bet.debit.id, bet.stake)
    assert await ops.claim_due(database, 10, 30) == []


async def test_a_credit_and_a_rollback_exclude_each_other(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.execute(
            "insert into ops (id, bet_id, operator_id, seq, kind, transaction_id, amount,"
            " currency, status, next_at) select $1, bet_id, operator_id, 3, 'rollback', 'x',"
            " 1000, currency, 'due', now() from ops where kind = 'credit'",
            new_id(),
        )


async def test_ops_of_a_bet_are_released_one_after_the_other(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await accepted(journal, casino)
    await casino.fly()
    entry = cashing_out(casino, bet)
    later = [
        NewOp(id=new_id(), seq=seq, kind=kind, transaction_id="t", amount=0, status="waiting")
        for seq, kind in ((3, "close"), (4, "record"))
    ]
    await journal.submit(msgspec.structs.replace(entry, ops=(*entry.ops, *later)))
    sent = []
    for _ in range(3):
        (claimed,) = await ops.claim_due(database, 10, 30)
        sent.append(str(claimed.kind))
        await journal.submit(
            FinishOp(
                op=claimed.id,
                attempt=claimed.attempt,
                bet=claimed.bet,
                session=claimed.session,
                status="done",
                bet_state=BetState.CREDITED if claimed.kind == "credit" else None,
            )
        )
    assert sent == ["credit", "close", "record"]


async def test_the_schema_allows_exactly_the_transitions_of_the_engine(
    database: Database, journal: Journal, casino: Casino
) -> None:
    """The trigger alone: other constraints are switched off for the walk."""
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await database.execute("alter table bets drop constraint bets_credit_has_payout")
    allowed = {(a, b) for a, following in TRANSITIONS.items() for b in following}
    for before in BetState:
        for after in BetState:
            if before is after:
                continue
            async with database.connection() as connection:
                await connection.execute("alter table bets disable trigger bets_transition")
                await connection.execute("update bets set status = $1", before)
                await connection.execute("alter table bets enable trigger bets_transition")
                try:
                    await connection.execute("update bets set status = $1", after)
                    passed = True
                except asyncpg.CheckViolationError:
                    passed = False
            assert passed == ((before, after) in allowed), (before, after)


async def test_a_bet_is_born_debit_pending(database: Database, casino: Casino) -> None:
    player = await casino.player()
    with pytest.raises(asyncpg.CheckViolationError):
        await database.execute(
            "insert into bets (id, round_id, operator_id, player_id, session_id, slot, ref,"
            " currency, stake, exit_at, status, leaf_salt)"
            " values ($1, $2, $3, $4, $5, 0, 'r', 'USD', 1, 200, 'ACCEPTED', '')",
            new_id(),
            casino.round,
            player.operator_id,
            player.player_id,
            player.id,
        )
