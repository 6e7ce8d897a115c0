from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.play.close_codes import SESSION_OVER, SLOW_READER
from app.play.outbox import FLUSH_BYTES, Backlog, Kind, Outbox
from tests.play.fakes import FakeChannel


@dataclass
class Watch:
    told: list[str] = field(default_factory=list)

    def catch_up(self, outbox: Outbox) -> None:
        pass

    def slow(self, outbox: Outbox) -> None:
        self.told.append("slow")

    def too_slow(self, outbox: Outbox) -> None:
        self.told.append("too slow")
        outbox.close(SLOW_READER)

    def caught_up(self, outbox: Outbox) -> None:
        self.told.append("caught up")

    def lost_crowd(self, outbox: Outbox) -> None:
        self.told.append("lost crowd")

    def closing(self, outbox: Outbox) -> None:
        self.told.append("closing")

    def lost(self, outbox: Outbox) -> None:
        self.told.append("lost")


ROOMY = Backlog()


def opened(channel: FakeChannel, watch: Watch | None = None, backlog: Backlog = ROOMY) -> Outbox:
    outbox = Outbox(channel, watch or Watch(), backlog)
    outbox.open()
    return outbox


def slowed(channel: FakeChannel, watch: Watch | None = None, backlog: Backlog = ROOMY) -> Outbox:
    """An outbox whose transport has just refused part of a frame."""
    outbox = opened(channel, watch, backlog)
    channel.room = 0
    outbox.send(b"[first]")
    channel.sent.clear()
    return outbox


def test_a_clear_outbox_writes_everything_through() -> None:
    channel = FakeChannel()
    outbox = opened(channel)
    for kind in Kind:
        assert outbox.offer(kind.name.encode(), kind)
    assert channel.sent == [kind.name.encode() for kind in Kind]


def test_a_slow_outbox_writes_nothing_until_it_has_drained() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    assert outbox.send(b"own")
    assert channel.sent == []
    channel.drain()
    assert channel.received == b"own"
    assert outbox.clear


def test_the_newest_tick_replaces_a_queued_one() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    for tick in (b"t1", b"t2", b"t3"):
        outbox.offer(tick, Kind.TICK)
    channel.drain()
    assert channel.received == b"t3"


def test_a_tick_keeps_its_place_among_other_frames() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.offer(b"t1;", Kind.TICK)
    outbox.send(b"own;")
    outbox.offer(b"t2;", Kind.TICK)
    outbox.offer(b"crashed;", Kind.PHASE)
    channel.drain()
    assert channel.received == b"own;t2;crashed;"


def test_the_next_rounds_tick_comes_after_the_crash() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.offer(b"t-of-1;", Kind.TICK)
    outbox.offer(b"crashed-1;", Kind.PHASE)
    outbox.offer(b"t-of-2;", Kind.TICK)
    channel.drain()
    assert channel.received == b"crashed-1;t-of-2;"


def test_crowd_diffs_are_left_out_while_slow_and_the_loss_is_told_once() -> None:
    channel, watch = FakeChannel(), Watch()
    outbox = slowed(channel, watch)
    assert not outbox.offer(b"crowd", Kind.CROWD)
    assert not outbox.offer(b"crowd", Kind.CROWD)
    channel.drain()
    assert channel.received == b""
    assert watch.told == ["slow", "lost crowd", "caught up"]


def test_after_a_lost_diff_no_diff_goes_out_until_the_crowd_is_resynced() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.offer(b"d1", Kind.CROWD)
    channel.drain()
    assert not outbox.offer(b"d2", Kind.CROWD)
    outbox.crowd_lost = False
    assert outbox.offer(b"d3", Kind.CROWD)
    assert channel.received == b"d3"


def test_replacing_a_tick_that_told_cash_outs_loses_the_crowd() -> None:
    outbox = slowed(FakeChannel())
    outbox.offer(b"t1 with outs", Kind.OUTS)
    assert not outbox.crowd_lost
    outbox.offer(b"t2", Kind.TICK)
    assert outbox.crowd_lost


def test_a_backlog_goes_out_in_batches_and_stops_when_the_kernel_is_full_again() -> None:
    channel, watch = FakeChannel(), Watch()
    outbox = slowed(channel, watch)
    for _ in range(3):
        outbox.send(b"x" * 10_000)
    channel.drain(room=15_000)
    assert [len(batch) for batch in channel.sent] == [20_000]
    assert not outbox.clear
    outbox.offer(b"t;", Kind.TICK)
    channel.drain()
    assert channel.received[20_000:] == b"x" * 10_000 + b"t;"
    assert watch.told == ["slow", "caught up"]


def test_a_tick_is_still_replaced_after_part_of_the_backlog_has_gone() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.send(b"x" * FLUSH_BYTES)
    outbox.offer(b"t1;", Kind.TICK)
    channel.drain(room=0)
    outbox.offer(b"t2;", Kind.TICK)
    channel.drain()
    assert channel.received == b"x" * FLUSH_BYTES + b"t2;"


def test_a_tick_that_has_gone_is_no_longer_replaced() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.offer(b"t1;", Kind.TICK)
    outbox.send(b"x" * FLUSH_BYTES)
    outbox.send(b"own;")
    channel.drain(room=0)
    outbox.offer(b"t2;", Kind.TICK)
    channel.drain()
    assert channel.received == b"t1;" + b"x" * FLUSH_BYTES + b"own;t2;"


def test_a_backlog_that_has_gone_counts_no_more() -> None:
    channel, watch = FakeChannel(), Watch()
    outbox = slowed(channel, watch, Backlog(max_bytes=100, max_frames=4))
    for _ in range(10):
        for _ in range(4):
            outbox.send(b"0123456789")
        channel.drain(room=0)
    assert "too slow" not in watch.told


def test_ticks_never_fill_the_backlog() -> None:
    watch = Watch()
    outbox = slowed(FakeChannel(), watch, Backlog(max_bytes=100, max_frames=3))
    for _ in range(1000):
        outbox.offer(b"t" * 50, Kind.TICK)
    assert watch.told == ["slow"]
    assert len(outbox._queue) == 1


@pytest.mark.parametrize("bound", [Backlog(max_frames=5), Backlog(max_bytes=50)])
def test_a_backlog_over_its_bound_closes_the_socket(bound: Backlog) -> None:
    channel, watch = FakeChannel(), Watch()
    outbox = slowed(channel, watch, bound)
    for _ in range(5):
        outbox.send(b"0123456789")
    assert watch.told == ["slow"]
    outbox.send(b"0123456789")
    assert watch.told == ["slow", "too slow", "closing"]
    assert channel.closed_as == SLOW_READER


def test_what_is_queued_goes_ahead_of_the_close_frame() -> None:
    channel = FakeChannel()
    outbox = slowed(channel)
    outbox.send(b"settled")
    outbox.close(SESSION_OVER)
    assert channel.received == b"settled"


def test_a_closed_outbox_takes_nothing_and_closes_once() -> None:
    channel, watch = FakeChannel(), Watch()
    outbox = opened(channel, watch)
    outbox.close(SESSION_OVER)
    outbox.close(SLOW_READER)
    assert channel.closed_as == SESSION_OVER
    assert not any(outbox.offer(b"late", kind) for kind in Kind)
    assert channel.sent == []
    assert watch.told == ["closing"]


def test_a_transport_that_fails_under_a_write_is_cut() -> None:
    channel = FakeChannel()
    outbox = opened(channel)
    channel.fails = True
    assert not outbox.send(b"own")
    assert channel.aborted
    assert outbox.closed


STEPS = st.lists(st.one_of(st.sampled_from(Kind), st.integers(0, 60)), max_size=80)


@given(STEPS)
def test_a_socket_gets_a_subsequence_with_every_own_and_phase_frame(
    steps: list[Kind | int],
) -> None:
    """Whatever the reader's pace. A kind is a frame of that kind, a number the room made."""
    channel = FakeChannel(room=20)
    outbox = opened(channel, backlog=Backlog(max_frames=1000))
    offered: list[tuple[Kind, str]] = []
    for number, step in enumerate(steps):
        if isinstance(step, Kind):
            offered.append((step, f"{step.name}{number}"))
            outbox.offer(f"{step.name}{number};".encode(), step)
        elif not outbox.clear:
            channel.drain(step)
    while not outbox.clear:
        channel.drain()
    got = channel.received.decode().split(";")[:-1]
    rest = iter(name for _, name in offered)
    assert all(name in rest for name in got)
    kept = {name for kind, name in offered if kind in (Kind.OWN, Kind.PHASE)}
    assert kept <= set(got)
    ticks = [name for kind, name in offered if kind in (Kind.TICK, Kind.OUTS)]
    assert not ticks or ticks[-1] in got
