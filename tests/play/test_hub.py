"""Who is where, who is slow, and how everybody leaves: no network, time by hand."""

import asyncio
from functools import partial

import pytest

from app.play.close_codes import ELSEWHERE, RESTARTING, SESSION_OVER, SLOW_READER
from app.play.hub import RESYNCS_A_TURN, Hub
from app.play.outbox import Backlog, Kind, Outbox
from app.play.pump import CHUNK, MAX_PENDING, SLICE_S
from engine.errors import InvariantError
from tests.play.fakes import FakeChannel, FakeLoop


class Room:
    """A hub whose resync sends `snapshot`."""

    def __init__(self, look_s: float = 0.0) -> None:
        self.loop = FakeLoop(look_s)
        self.hub = Hub(
            lambda outbox: void(outbox.send(b"snapshot")),
            backlog=Backlog(max_slow_s=10.0),
            now=self.loop.now,
            scheduler=self.loop,
        )

    def seat(self, room: int = 1 << 30, session: str = "s") -> tuple[FakeChannel, Outbox]:
        channel = FakeChannel(room)
        outbox = self.hub.connect(channel)
        self.hub.identify(outbox, player="p", session=session)
        self.hub.join(outbox, "table")
        return channel, outbox

    def tell(self, frame: bytes, kind: Kind) -> None:
        self.hub.broadcast("table", frame, kind)
        self.loop.settle()


def void(_: object) -> None:
    pass


def test_own_frames_reach_every_socket_of_the_player() -> None:
    room = Room()
    (one, _), (two, _) = room.seat(), room.seat()
    assert room.hub.send_to_player("p", b"ack") == 2
    assert room.hub.send_to_player("nobody", b"ack") == 0
    assert one.sent == two.sent == [b"ack"]


def test_a_third_socket_of_a_session_closes_the_oldest() -> None:
    room = Room()
    (oldest, _), (_, second), (_, third) = room.seat(), room.seat(), room.seat()
    assert oldest.closed_as == ELSEWHERE
    assert room.hub.sockets_of_session("s") == (second, third)
    assert room.hub.sockets_of_player("p") == (second, third)


def test_sessions_of_one_player_do_not_push_each_other_out() -> None:
    room = Room()
    for session in ("a", "b", "c"):
        room.seat(session=session)
    assert len(room.hub.sockets_of_player("p")) == 3


def test_a_socket_says_once_whose_it_is() -> None:
    room = Room()
    _, outbox = room.seat()
    with pytest.raises(InvariantError):
        room.hub.identify(outbox, player="q", session="t")


def test_a_socket_that_closes_is_out_of_everything_at_once() -> None:
    room = Room()
    channel, outbox = room.seat()
    outbox.close(SESSION_OVER)
    assert room.hub.size("table") == 0
    assert room.hub.sockets_of_player("p") == room.hub.sockets_of_session("s") == ()
    assert room.hub.stats.sockets == 1
    channel.end()
    assert room.hub.stats.sockets == 0


def test_a_socket_that_closed_early_is_taken_into_nothing() -> None:
    room = Room()
    channel = FakeChannel()
    outbox = room.hub.connect(channel)
    channel.end()
    room.hub.identify(outbox, player="p", session="s")
    room.hub.join(outbox, "table")
    assert room.hub.sockets_of_player("p") == ()
    assert room.hub.size("table") == 0


def test_a_reader_that_stays_slow_is_closed_and_told_to_come_back() -> None:
    room = Room()
    channel, outbox = room.seat(room=0)
    room.tell(b"tick", Kind.TICK)
    room.loop.advance(9.0)
    assert room.hub.stats.closed_slow == 0
    room.loop.advance(2.0)
    assert room.hub.stats.closed_slow == 1
    assert outbox.closed
    assert channel.closed_as == SLOW_READER


def test_a_reader_that_catches_up_in_time_stays() -> None:
    room = Room()
    channel, _ = room.seat(room=0)
    room.tell(b"tick", Kind.TICK)
    room.loop.advance(9.0)
    channel.drain()
    room.loop.advance(60.0)
    assert channel.closed_as is None
    assert room.hub.stats.slow == 0


def test_slowness_is_counted_anew_each_time() -> None:
    room = Room()
    channel, _ = room.seat(room=0)
    for _ in range(3):
        room.tell(b"tick", Kind.TICK)
        room.loop.advance(9.0)
        channel.drain(room=0)
    assert channel.closed_as is None


def test_a_lost_crowd_diff_is_made_good_with_the_whole_crowd() -> None:
    room = Room()
    channel, _ = room.seat(room=0)
    room.tell(b"tick", Kind.TICK)
    room.tell(b"diff", Kind.CROWD)
    channel.drain()
    room.tell(b"next diff", Kind.CROWD)
    assert channel.sent == [b"tick", b"snapshot", b"next diff"]


def test_the_whole_crowd_waits_until_the_broadcasts_it_covers_are_out() -> None:
    room = Room(look_s=SLICE_S)
    channel, _ = room.seat(room=0)
    for _ in range(3 * CHUNK):
        room.hub.join(room.hub.connect(FakeChannel()), "table")
    room.tell(b"tick", Kind.TICK)
    room.hub.broadcast("table", b"diff", Kind.CROWD)
    room.loop.turn()
    room.hub.broadcast("table", b"covered diff", Kind.CROWD)
    channel.drain()
    assert channel.sent == [b"tick"]
    room.loop.settle()
    assert channel.sent == [b"tick", b"snapshot"]


def test_crowd_diffs_given_up_under_overload_are_made_good_in_turns() -> None:
    room = Room(look_s=SLICE_S)
    seats = [room.seat(session=str(number))[0] for number in range(3 * RESYNCS_A_TURN)]
    for _ in range(MAX_PENDING):
        room.hub.broadcast("table", b"betting", Kind.PHASE)
    room.hub.broadcast("table", b"diff", Kind.CROWD)
    room.loop.settle()
    assert sum(b"snapshot" in seat.sent for seat in seats) == RESYNCS_A_TURN
    room.loop.advance(1.0).advance(1.0)
    assert all(seat.sent.count(b"snapshot") == 1 for seat in seats)
    assert not any(b"diff" in seat.sent for seat in seats)


async def closing(room: Room, within_s: float) -> int:
    return await room.hub.close_all(RESTARTING, within_s)


async def test_close_all_closes_everybody_and_returns_when_they_are_gone() -> None:
    room = Room()
    channels = [room.seat(session=str(number))[0] for number in range(5)]
    for channel in channels:
        channel.on_close = partial(asyncio.get_running_loop().call_later, 0.1, channel.end)
    assert await asyncio.wait_for(closing(room, 60.0), 5) == 0
    assert {channel.closed_as for channel in channels} == {RESTARTING}


async def test_close_all_cuts_whoever_does_not_go() -> None:
    room = Room()
    channels = [room.seat(session=str(number))[0] for number in range(5)]
    assert await asyncio.wait_for(closing(room, 0.05), 5) == 5
    assert all(channel.aborted for channel in channels)
    assert room.hub.stats.sockets == 0


async def test_whoever_connects_while_all_are_closed_is_closed_too() -> None:
    room = Room()
    assert await closing(room, 1.0) == 0
    channel = FakeChannel()
    assert room.hub.connect(channel).closed
    assert channel.closed_as == RESTARTING
