"""Slicing and order, with a clock that moves only when it is looked at."""

from itertools import pairwise

import pytest

from app.play.hub import Hub
from app.play.outbox import Kind, Outbox
from app.play.pump import CHUNK, MAX_PENDING, SLICE_S
from engine.errors import InvariantError
from tests.play.fakes import FakeChannel, FakeLoop

A_SLICE_A_CHUNK = SLICE_S
"""A look at the clock that costs this much ends the slice after one chunk."""


def no_resync(outbox: Outbox) -> None:
    raise AssertionError("nobody lost a crowd diff")


def hub_of(loop: FakeLoop) -> Hub:
    return Hub(no_resync, now=loop.now, scheduler=loop)


def seated(hub: Hub, count: int, group: str = "table") -> tuple[list[FakeChannel], list[Outbox]]:
    channels = [FakeChannel() for _ in range(count)]
    outboxes = [hub.connect(channel) for channel in channels]
    for outbox in outboxes:
        hub.join(outbox, group)
    return channels, outboxes


def test_a_broadcast_reaches_everybody_in_its_group_and_nobody_else() -> None:
    loop = FakeLoop()
    hub = hub_of(loop)
    here, _ = seated(hub, 3)
    elsewhere, _ = seated(hub, 2, "another table")
    assert hub.broadcast("table", b"tick", Kind.TICK) == 3
    loop.settle()
    assert [channel.sent for channel in here] == [[b"tick"]] * 3
    assert [channel.sent for channel in elsewhere] == [[]] * 2


def test_a_slice_ends_when_its_time_is_up() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, _ = seated(hub, 10 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    written = []
    while loop.turn():
        written.append(sum(len(channel.sent) for channel in channels))
    assert max(after - before for before, after in pairwise(written)) == CHUNK
    assert written[-1] == 10 * CHUNK


def test_what_arrives_during_a_slice_runs_before_the_next() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 3 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    loop.turn()
    loop.call_soon(lambda: outboxes[-1].send(b"ack"))
    loop.turn()
    assert b"ack" in channels[-1].sent
    assert sum(b"tick" in channel.sent for channel in channels) < 2 * CHUNK


def test_two_broadcasts_keep_their_order_while_the_first_is_under_way() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, _ = seated(hub, 4 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    loop.turn()
    hub.broadcast("table", b"crashed", Kind.PHASE)
    loop.settle()
    assert all(channel.sent == [b"tick", b"crashed"] for channel in channels)


def test_order_holds_across_the_groups_of_a_socket() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 2 * CHUNK)
    for outbox in outboxes:
        hub.join(outbox, ("table", "operator"))
    hub.broadcast("table", b"tick", Kind.TICK)
    hub.broadcast(("table", "operator"), b"locked", Kind.PHASE)
    hub.broadcast("table", b"running", Kind.PHASE)
    loop.settle()
    assert all(channel.sent == [b"tick", b"locked", b"running"] for channel in channels)


def test_an_own_frame_follows_the_broadcasts_made_before_it_and_none_comes_twice() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 3 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    hub.broadcast("table", b"crashed", Kind.PHASE)
    for outbox in outboxes:
        outbox.send(b"settled")
    loop.settle()
    assert all(channel.sent == [b"tick", b"crashed", b"settled"] for channel in channels)


def test_an_own_frame_repeats_no_broadcast_that_has_come_already() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 3 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    loop.turn()
    for outbox in outboxes:
        outbox.send(b"ack")
    loop.settle()
    assert all(channel.sent == [b"tick", b"ack"] for channel in channels)


def test_a_newcomers_welcome_comes_before_any_broadcast() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"before", Kind.PHASE)
    (newcomer,), (outbox,) = seated(hub, 1)
    outbox.send(b"welcome")
    hub.broadcast("table", b"after", Kind.PHASE)
    loop.settle()
    assert newcomer.sent == [b"welcome", b"after"]


def test_a_newcomer_gets_only_what_is_broadcast_after_it_joined() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"before", Kind.PHASE)
    (newcomer,), _ = seated(hub, 1)
    hub.broadcast("table", b"after", Kind.PHASE)
    loop.settle()
    assert newcomer.sent == [b"after"]


def test_joining_a_second_group_costs_nothing_of_the_first() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"locked", Kind.PHASE)
    hub.join(outboxes[-1], ("table", "operator"))
    loop.settle()
    assert channels[-1].sent == [b"locked"]


def test_whoever_leaves_still_gets_what_was_broadcast_before_and_nothing_after() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"before", Kind.PHASE)
    hub.leave(outboxes[-1], "table")
    outboxes[-1].send(b"own")
    hub.broadcast("table", b"after", Kind.PHASE)
    loop.settle()
    assert channels[-1].sent == [b"before", b"own"]


def test_a_socket_that_closes_under_a_broadcast_gets_no_more_of_it() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, _ = seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"tick", Kind.TICK)
    loop.turn()
    channels[-1].end()
    loop.settle()
    assert channels[-1].sent == []
    assert channels[-2].sent == [b"tick"]


def test_a_socket_that_fails_under_a_broadcast_costs_its_neighbours_nothing() -> None:
    loop = FakeLoop()
    hub = hub_of(loop)
    channels, outboxes = seated(hub, 5)
    channels[2].fails = True
    hub.broadcast("table", b"tick", Kind.TICK)
    loop.settle()
    assert [channel.sent for channel in channels] == [[b"tick"]] * 2 + [[]] + [[b"tick"]] * 2
    assert outboxes[2].closed
    assert hub.stats.sockets == 4


def test_ticks_that_come_too_fast_give_way_to_the_newest() -> None:
    loop = FakeLoop(look_s=A_SLICE_A_CHUNK)
    hub = hub_of(loop)
    channels, _ = seated(hub, 2 * CHUNK)
    hub.broadcast("table", b"t0", Kind.TICK)
    loop.turn()
    for number in range(1, 5000):
        hub.broadcast("table", b"t%d" % number, Kind.TICK)
    hub.broadcast("table", b"crashed", Kind.PHASE)
    assert hub.stats.pending == 3
    loop.settle()
    assert all(channel.sent == [b"t0", b"t4999", b"crashed"] for channel in channels)


def test_a_tick_with_cash_outs_that_gives_way_loses_the_crowd() -> None:
    loop = FakeLoop()
    resynced = list[Outbox]()
    hub = Hub(resynced.append, now=loop.now, scheduler=loop)
    (channel,), (outbox,) = seated(hub, 1)
    hub.broadcast("table", b"t1 with outs", Kind.OUTS)
    hub.broadcast("table", b"t2", Kind.TICK)
    loop.settle()
    assert channel.sent == [b"t2"]
    assert resynced == [outbox]


def test_ticks_of_two_groups_do_not_replace_each_other() -> None:
    loop = FakeLoop()
    hub = hub_of(loop)
    (one,), _ = seated(hub, 1, "one")
    (two,), _ = seated(hub, 1, "two")
    hub.broadcast("one", b"t1", Kind.TICK)
    hub.broadcast("two", b"t2", Kind.TICK)
    loop.settle()
    assert (one.sent, two.sent) == ([b"t1"], [b"t2"])


def test_phases_that_pile_up_without_end_are_a_fault() -> None:
    hub = hub_of(FakeLoop())
    seated(hub, 1)
    for _ in range(4 * MAX_PENDING):
        hub.broadcast("table", b"betting", Kind.PHASE)
    with pytest.raises(InvariantError):
        hub.broadcast("table", b"betting", Kind.PHASE)


def test_a_players_own_frame_is_not_for_a_group() -> None:
    with pytest.raises(InvariantError):
        hub_of(FakeLoop()).broadcast("table", b"own", Kind.OWN)


def test_a_broadcast_frame_is_bounded() -> None:
    with pytest.raises(InvariantError):
        hub_of(FakeLoop()).broadcast("table", b"x" * 4101, Kind.PHASE)
