"""What becomes of a bet: debits that come back, cancels, cash-outs, acknowledgements."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest

from app.ids import new_id
from app.ledger import ops
from app.ledger.database import Database
from app.ledger.entries import FinishOp, NewOp, PlaceBet
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from engine.bet import TRANSITIONS, BetState
from engine.errors import InvariantError
from tests.ledger.casino import Casino, answered, cancelling, cashing_out, placing


async def _accepted(journal: Journal, casino: Casino, name: str = "player-1") -> PlaceBet:
    bet = placing(casino, await casino.player(name))
    await journal.submit(bet)
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED
    return bet


async def _ops(database: Database, bet: PlaceBet) -> list[tuple[Any, ...]]:
    rows = await database.fetch(
        "select kind, status from ops where bet_id = $1 order by seq", bet.stake.bet
    )
    return [tuple(row) for row in rows]


async def test_an_accepted_debit_owes_nothing_yet(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    assert await _ops(database, bet) == [("debit", "done")]


@pytest.mark.parametrize(("outcome", "op"), [("declined", "declined"), ("unsent", "unsent")])
async def test_a_debit_that_moved_nothing_is_not_rolled_back(
    database: Database, journal: Journal, casino: Casino, outcome: str, op: str
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet, outcome)) is BetState.REJECTED
    assert await _ops(database, bet) == [("debit", op)]


async def test_an_unknown_debit_owes_a_rollback_from_the_same_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet, "unknown")) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "unknown"), ("rollback", "due")]


async def test_a_debit_accepted_after_the_seal_goes_back(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    assert (await casino.seal()).bets == ()
    assert await journal.submit(answered(bet)) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "done"), ("rollback", "due")]


async def test_a_debit_accepted_between_close_and_seal_plays(
    journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.close()
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED
    assert [sealed.id for sealed in (await casino.seal()).bets] == [bet.stake.bet]


async def test_the_first_outcome_of_a_debit_stands(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet, "unknown"))
    assert await journal.submit(answered(bet, "accepted")) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "unknown"), ("rollback", "due")]


async def test_accept_and_seal_at_the_same_instant_agree(
    database: Database, journal: Journal, casino: Casino
) -> None:
    """Whoever comes first decides: a bet plays exactly if the seal lists it."""
    bets = [placing(casino, await casino.player(f"p{i}")) for i in range(30)]
    await asyncio.gather(*(journal.submit(bet) for bet in bets))
    await casino.close()
    states, seal = await asyncio.gather(
        asyncio.gather(*(journal.submit(answered(bet)) for bet in bets)), casino.seal()
    )
    playing = {sealed.id for sealed in seal.bets}
    for bet, state in zip(bets, states, strict=True):
        assert (state is BetState.ACCEPTED) == (bet.stake.bet in playing)


async def test_a_cancel_before_the_close_owes_a_rollback(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    assert await journal.submit(cancelling(bet)) is BetState.ROLLBACK_PENDING
    assert await _ops(database, bet) == [("debit", "done"), ("rollback", "due")]


async def test_a_cancel_after_the_close_changes_nothing(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.close()
    assert await journal.submit(cancelling(bet)) is BetState.ACCEPTED
    assert await _ops(database, bet) == [("debit", "done")]


async def test_a_cash_out_and_its_credit_are_one_commit(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    assert await journal.submit(cashing_out(casino, bet, 237)) is True
    row = await database.fetchrow("select status, payout from bets")
    assert row is not None
    assert tuple(row) == ("CREDIT_PENDING", 2_370)
    assert await _ops(database, bet) == [("debit", "done"), ("credit", "due")]


async def test_a_repeated_cash_out_is_the_same_cash_out(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    entry = cashing_out(casino, bet)
    assert await journal.submit(entry) is True
    assert await journal.submit(entry) is True
    assert await _ops(database, bet) == [("debit", "done"), ("credit", "due")]


async def test_a_cash_out_the_ledger_has_otherwise_is_an_alarm(
    journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    await journal.submit(cashing_out(casino, bet, 150))
    with pytest.raises(InvariantError):
        await journal.submit(cashing_out(casino, bet, 151))


async def test_a_stale_runner_cashes_nobody_out(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    stale = msgspec.structs.replace(cashing_out(casino, bet), epoch=casino.epoch - 1)
    with pytest.raises(StaleEpoch):
        await journal.submit(stale)
    assert await _ops(database, bet) == [("debit", "done")]


async def test_nobody_is_cashed_out_before_the_start(journal: Journal, casino: Casino) -> None:
    bet = await _accepted(journal, casino)
    with pytest.raises(StaleEpoch):
        await journal.submit(cashing_out(casino, bet))


async def test_an_inexact_payout_cannot_be_stored(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
    await casino.fly()
    wrong = msgspec.structs.replace(cashing_out(casino, bet, 150), payout=1_501)
    with pytest.raises(asyncpg.CheckViolationError):
        await journal.submit(wrong)
    assert await _ops(database, bet) == [("debit", "done")]


async def test_one_broken_entry_fails_alone(journal: Journal, casino: Casino) -> None:
    good = await _accepted(journal, casino, "good")
    bad = await _accepted(journal, casino, "bad")
    await casino.fly()
    broken = msgspec.structs.replace(cashing_out(casino, bad), payout=1)
    results = await asyncio.gather(
        journal.submit(cashing_out(casino, good)), journal.submit(broken), return_exceptions=True
    )
    assert results[0] is True
    assert isinstance(results[1], asyncpg.CheckViolationError)


async def test_a_credit_is_claimed_by_one_worker_and_acknowledged_once(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
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
    assert await journal.submit(done) is False
    row = await database.fetchrow("select bets.status, balance from bets, sessions")
    assert row is not None
    assert tuple(row) == ("CREDITED", 77)


async def test_a_worker_whose_lease_lapsed_no_longer_decides(
    database: Database, journal: Journal, casino: Casino
) -> None:
    bet = await _accepted(journal, casino)
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
    bet = await _accepted(journal, casino)
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
    bet = await _accepted(journal, casino)
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
