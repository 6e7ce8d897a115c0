"""A round's own writes: who may make them, what they fix, and what they never reveal too early."""

import asyncio

import asyncpg
import pytest

from app.ledger import records, rounds
from app.ledger.database import Database
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from engine import merkle
from engine.bet import BetState
from engine.leaf import BetLeaf
from tests.ledger.casino import Casino, answered, cashing_out, open_casino, placing


async def test_a_table_has_one_round_at_a_time(casino: Casino) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        await casino.open_round()


async def test_a_nonce_is_used_once(casino: Casino) -> None:
    await casino.fly()
    await casino.crash()
    with pytest.raises(StaleEpoch):
        await rounds.open_round(
            casino.database,
            round_id=casino.operator.id,
            table=casino.table.id,
            epoch=casino.epoch,
            chain=casino.chain.id,
            nonce=casino.nonce,
            server_seed_hash="x",
        )


async def test_each_round_is_published_under_the_seed_the_last_one_revealed(
    casino: Casino,
) -> None:
    await casino.fly()
    await casino.crash()
    first = await records.round_record(casino.database, casino.round)
    second = await records.round_record(casino.database, await casino.open_round())
    assert first is not None
    assert second is not None
    assert first.server_seed_hash == casino.chain.s0
    assert second.server_seed_hash == first.server_seed


@pytest.mark.parametrize("write", ["open", "close", "seal", "start", "crash", "void"])
async def test_a_runner_that_lost_its_table_writes_nothing(casino: Casino, write: str) -> None:
    """The old runner wakes up after a new one has taken over at any step."""
    old_epoch = casino.epoch
    steps = {"close": 0, "seal": 1, "start": 2, "crash": 3, "void": 3, "open": 4}[write]
    if steps >= 1:
        await casino.close()
    if steps >= 2:
        await casino.seal()
    if steps >= 3:
        await rounds.start_round(casino.database, casino.round, casino.epoch)
    if steps >= 4:
        await casino.crash()
    new_epoch = await casino.lead()
    assert new_epoch > old_epoch
    for left in await rounds.unfinished(casino.database, casino.table.id):
        await rounds.adopt(casino.database, left.id, new_epoch)
    before = await casino.database.fetch("select * from rounds order by id")
    casino.epoch = old_epoch
    attempts = {
        "open": casino.open_round,
        "close": casino.close,
        "seal": casino.seal,
        "start": lambda: rounds.start_round(casino.database, casino.round, old_epoch),
        "crash": casino.crash,
        "void": casino.void,
    }
    with pytest.raises(StaleEpoch):
        await attempts[write]()
    assert await casino.database.fetch("select * from rounds order by id") == before


async def test_the_seal_lists_the_accepted_bets_in_id_order_under_one_root(
    journal: Journal, casino: Casino
) -> None:
    bets = [placing(casino, await casino.player(f"p{i}"), amount=1_000 + i) for i in range(7)]
    await asyncio.gather(*(journal.submit(bet) for bet in bets))
    await asyncio.gather(*(journal.submit(answered(bet)) for bet in bets[:5]))
    await journal.submit(answered(bets[5], "declined"))
    await casino.close()
    seal = await casino.seal()
    listed = sorted(bets[:5], key=lambda bet: str(bet.stake.bet))
    assert [bet.id for bet in seal.bets] == [bet.stake.bet for bet in listed]
    leaves = [
        BetLeaf(str(b.stake.bet), b.stake.amount, "USD", None, None, b.leaf_salt).hash()
        for b in listed
    ]
    assert seal.bets_root == merkle.root(leaves).hex()


async def test_an_empty_round_has_the_empty_root(casino: Casino) -> None:
    await casino.close()
    assert (await casino.seal()).bets_root == merkle.root([]).hex()


async def test_a_proof_ties_a_bet_to_the_published_root(journal: Journal, casino: Casino) -> None:
    bets = [placing(casino, await casino.player(f"p{i}")) for i in range(5)]
    for bet in bets:
        await journal.submit(bet)
        await journal.submit(answered(bet))
    await casino.fly()
    record = await records.bet_record(casino.database, casino.operator.id, bets[3].stake.bet)
    assert record is not None
    assert record.proof is not None
    assert record.bets_root is not None
    assert merkle.proves(
        merkle.leaf_hash(record.proof.leaf.encode()),
        record.proof.index,
        record.proof.size,
        [bytes.fromhex(node) for node in record.proof.path],
        bytes.fromhex(record.bets_root),
    )


async def test_nothing_secret_is_in_any_row_before_the_crash(
    journal: Journal, casino: Casino, database: Database
) -> None:
    """Also after an early cash-out of one's own."""
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet))
    await casino.fly()
    await journal.submit(cashing_out(casino, bet))
    seed = casino.chain.server_seed(casino.nonce)
    for row in await database.fetch(
        "select table_name from information_schema.tables where table_schema = 'public'"
    ):
        for dumped in await database.fetch(f"select t::text from {row['table_name']} as t"):
            assert seed not in dumped[0]
            assert seed.encode().hex() not in dumped[0]
    record = await records.bet_record(database, casino.operator.id, bet.stake.bet)
    assert record is not None
    assert (record.server_seed, record.crash) == (None, None)


async def test_the_schema_refuses_a_seed_before_the_end(casino: Casino) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await casino.database.execute("update rounds set server_seed = 'x'")


async def test_the_schema_refuses_an_end_without_its_seed(casino: Casino) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await casino.database.execute("update rounds set phase = 'void'")


async def test_the_crash_loses_what_still_rode_and_nothing_else(
    journal: Journal, casino: Casino
) -> None:
    left, rode = [placing(casino, await casino.player(f"p{i}")) for i in range(2)]
    for bet in (left, rode):
        await journal.submit(bet)
        await journal.submit(answered(bet))
    await casino.fly()
    await journal.submit(cashing_out(casino, left))
    assert [bet.id for bet in await casino.crash()] == [rode.stake.bet]
    rows = await casino.database.fetch("select id, status, payout from bets order by status")
    assert [tuple(row) for row in rows] == [
        (left.stake.bet, "CREDIT_PENDING", 1_500),
        (rode.stake.bet, "LOST", 0),
    ]


async def test_a_void_returns_what_still_rode_and_leaves_payouts_alone(
    journal: Journal, casino: Casino
) -> None:
    left, rode = [placing(casino, await casino.player(f"p{i}")) for i in range(2)]
    for bet in (left, rode):
        await journal.submit(bet)
        await journal.submit(answered(bet))
    await casino.fly()
    await journal.submit(cashing_out(casino, left))
    assert [bet.id for bet in await casino.void()] == [rode.stake.bet]
    rows = await casino.database.fetch("select kind, amount from ops where seq = 2 order by kind")
    assert [tuple(row) for row in rows] == [("credit", 1_500), ("rollback", 1_000)]


async def test_a_void_round_shows_the_crash_it_would_have_had(casino: Casino) -> None:
    await casino.void()
    record = await records.round_record(casino.database, casino.round)
    assert record is not None
    assert record.phase == "void"
    assert record.server_seed == casino.chain.server_seed(casino.nonce)
    assert record.crash is not None


async def test_a_debit_still_in_flight_when_its_round_is_void_goes_back(
    journal: Journal, casino: Casino
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await casino.void()
    assert await journal.submit(answered(bet)) is BetState.ROLLBACK_PENDING


async def test_another_operators_bet_is_not_found(journal: Journal, casino: Casino) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    other = await open_casino(casino.database, "Casino Two")
    assert await records.bet_record(casino.database, other.operator.id, bet.stake.bet) is None
