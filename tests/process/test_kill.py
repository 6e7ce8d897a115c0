"""kill -9 of the whole process: every stake is paid or returned, once, by the next start.

The stories are told at the same time, once: each spends most of its time waiting for leases of the
killed process to lapse.
"""

import asyncio

import pytest

from tests.process import stories
from tests.process.stories import OPENING, RECOVERED_WITHIN_S, STAKES, Story

pytestmark = pytest.mark.slow

MOMENTS = {
    "in the window": (stories.in_the_window, ()),
    "after a cash-out": (stories.after_a_cash_out, ()),
    "at the crash": (stories.at_the_crash, ()),
    "and again in recovery": (stories.in_flight, ("round_voided", "Lobby: ")),
}
Told = dict[str, Story | BaseException]


@pytest.fixture(scope="module")
def all_told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folders = {name: tmp_path_factory.mktemp(name.replace(" ", "-")) for name in MOMENTS}

    async def tell_all() -> Told:
        told = await asyncio.gather(
            *(
                stories.tell(folders[name], moment, kills_in_recovery=kills)
                for name, (moment, kills) in MOMENTS.items()
            ),
            return_exceptions=True,
        )
        return dict(zip(MOMENTS, told, strict=True))

    return asyncio.run(tell_all())


@pytest.fixture(params=MOMENTS)
def story(request: pytest.FixtureRequest, all_told: Told) -> Story:
    told = all_told[request.param]
    if isinstance(told, BaseException):
        raise told
    return told


def test_both_books_agree_on_every_bet_within_the_bound(story: Story) -> None:
    assert story.both.keys() == story.stakes.keys()
    assert len(story.both) >= len(STAKES)
    assert all(both["agree"] for both in story.both.values())
    assert story.recovered_s < RECOVERED_WITHIN_S


def test_every_stake_is_taken_once_and_paid_or_returned_at_most_once(story: Story) -> None:
    ways_out = {"won": "win", "refunded": "refund"}
    for bet, both in story.both.items():
        moved = [(row["type"], row["moved_minor"]) for row in both["own"] if row["moved_minor"]]
        status, stake = both["apogee"]["status"], story.stakes[bet]
        expected = [("bet", -stake)]
        if status in ways_out:
            back = both["apogee"]["payout_minor"] if status == "won" else stake
            expected.append((ways_out[status], back))
        assert moved == expected, (status, both["own"])


def test_a_payout_that_was_promised_is_paid_to_the_unit(story: Story) -> None:
    for bet, payout in story.promised.items():
        told = story.both[bet]["apogee"]
        assert (told["status"], told["payout_minor"]) == ("won", payout)


def test_what_still_rode_goes_back_and_what_had_lost_stays_lost(story: Story) -> None:
    statuses = {bet: both["apogee"]["status"] for bet, both in story.both.items()}
    assert {statuses[bet] for bet in story.riding | story.in_flight} <= {"refunded"}
    assert {statuses[bet] for bet in story.lost} <= {"lost"}
    known = story.riding | story.in_flight | story.lost | story.promised.keys()
    assert known == story.stakes.keys()


def test_balances_are_the_sum_of_what_was_agreed(story: Story) -> None:
    moved = dict.fromkeys(STAKES, 0)
    for both in story.both.values():
        for row in both["own"]:
            moved[row["player_id"]] += row["moved_minor"]
    assert story.balances == {name: OPENING + moved[name] for name in STAKES}


def test_the_casino_knows_of_no_round_that_players_were_not_told_of(story: Story) -> None:
    for books in story.books.values():
        rounds = {row["round_id"] for row in books["transactions"]} - {None}
        assert rounds <= story.stakes.keys()


def test_the_killed_process_leaves_no_database_behind(story: Story) -> None:
    assert story.left_alone


def test_nothing_fell_on_the_way_back(story: Story) -> None:
    assert "Traceback" not in story.output
    assert " ERROR " not in story.output
