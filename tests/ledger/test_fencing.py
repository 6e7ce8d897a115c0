"""A runner that slept through its successor's start: recovery is fenced like every other write."""

from collections.abc import Awaitable, Callable

import pytest

from app.ledger import rounds
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from engine.bet import BetState
from tests.ledger.casino import Casino, answered, placing, rollback


async def test_a_stale_runner_does_not_take_over_its_successors_round(casino: Casino) -> None:
    stale = casino.epoch
    successor = await casino.lead()
    await rounds.adopt(casino.database, casino.round, successor)
    with pytest.raises(StaleEpoch):
        await rounds.adopt(casino.database, casino.round, stale)
    await rounds.close_round(casino.database, casino.round, successor)


async def test_a_stale_runner_takes_over_nothing_at_all(casino: Casino) -> None:
    stale = casino.epoch
    await casino.lead()
    with pytest.raises(StaleEpoch):
        await rounds.adopt(casino.database, casino.round, stale)


async def test_a_round_is_adopted_again_after_an_interruption(casino: Casino) -> None:
    await rounds.adopt(casino.database, casino.round, casino.epoch)
    await rounds.adopt(casino.database, casino.round, casino.epoch)


async def test_a_void_round_is_void_once(casino: Casino, journal: Journal) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    assert await journal.submit(answered(bet)) is BetState.ACCEPTED
    assert len(await casino.void()) == 1
    with pytest.raises(StaleEpoch):
        await casino.void()


async def test_stakes_go_back_once_before_their_round_can_be_ended(
    casino: Casino, journal: Journal
) -> None:
    bet = placing(casino, await casino.player())
    await journal.submit(bet)
    await journal.submit(answered(bet))
    for expected in (1, 0):
        returned = await rounds.return_stakes(
            casino.database,
            casino.round,
            casino.epoch,
            lambda ended: (rollback(ended.id, ended.stake),),
        )
        assert len(returned) == expected
    late = placing(casino, await casino.player("late"))
    assert not hasattr(await journal.submit(late), "bet"), "the window is shut"
    await casino.void()


async def test_only_the_runner_sends_stakes_back(casino: Casino) -> None:
    with pytest.raises(StaleEpoch):
        await rounds.return_stakes(
            casino.database, casino.round, casino.epoch + 1, lambda ended: ()
        )


@pytest.mark.parametrize("step", ["seal", "crash", "start"])
async def test_a_round_takes_no_step_out_of_order(casino: Casino, step: str) -> None:
    async def start() -> None:
        await rounds.start_round(casino.database, casino.round, casino.epoch)

    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "seal": casino.seal,
        "crash": casino.crash,
        "start": start,
    }
    with pytest.raises(StaleEpoch):
        await steps[step]()


async def test_a_sealed_round_is_not_sealed_again(casino: Casino) -> None:
    await casino.close()
    await casino.seal()
    with pytest.raises(StaleEpoch):
        await casino.seal()
    with pytest.raises(StaleEpoch):
        await casino.close()
