"""Fan-out over real connections: fast readers, slow ones, and those who never read."""

import asyncio
import time
from itertools import count

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.play.close_codes import RESTARTING, SLOW_READER
from app.play.outbox import Backlog, Kind
from tests.play.sockets.server import (
    SNAPSHOT,
    TABLE,
    Live,
    RawClient,
    close_code,
    live,
    server_frame,
    texts,
)

PADDING = "." * 2000
"""Makes a tick large enough for a few to fill what the kernel holds for a slow reader."""


def tick(number: int) -> bytes:
    return server_frame(f"tick {number} {PADDING}")


def named(messages: list[str]) -> list[str]:
    return [message.removesuffix(PADDING).strip() for message in messages]


async def collect(connection: ClientConnection, into: list[str]) -> int | None:
    """Everything a fast reader gets, and the code it was closed with."""
    try:
        async for message in connection:
            into.append(str(message))
    except ConnectionClosed:
        pass
    return connection.close_code


async def fast_readers(
    room: Live, number: int
) -> tuple[list[list[str]], list[asyncio.Task[int | None]]]:
    got: list[list[str]] = [[] for _ in range(number)]
    connections = await asyncio.gather(
        *(connect(f"{room.url}?player=fast{at}", compression=None) for at in range(number))
    )
    tasks = [
        asyncio.create_task(collect(connection, into))
        for connection, into in zip(connections, got, strict=True)
    ]
    return got, tasks


async def test_fast_readers_get_every_tick_and_those_who_never_read_are_closed() -> None:
    ticks, skipped_s = 60, [0.0]
    async with live(now=lambda: time.monotonic() + skipped_s[0]) as room:
        got, reading = await fast_readers(room, 180)
        idle = [await RawClient.connect(room.port, f"idle{at}") for at in range(20)]
        await room.until(lambda: room.hub.size(TABLE) == 200)
        for number in range(ticks):
            room.hub.broadcast(TABLE, tick(number), Kind.TICK)
            await room.delivered()
        assert room.hub.stats.slow == 20
        skipped_s[0] = Backlog().max_slow_s
        await room.until(lambda: room.hub.size(TABLE) == 180)
        for frames in await asyncio.gather(*(client.read() for client in idle)):
            assert close_code(frames) == SLOW_READER.code
            numbers = [int(message.split()[1]) for message in texts(frames)]
            assert numbers == sorted(set(numbers))
            assert len(numbers) < ticks / 2
            assert numbers[-1] == ticks - 1
        for client in idle:
            client.close()
        assert await room.hub.close_all(RESTARTING) == 0
        assert await asyncio.gather(*reading) == [RESTARTING.code] * 180
    expected = [f"tick {number}" for number in range(ticks)]
    assert all(named(messages) == expected for messages in got)


async def test_a_slow_reader_that_recovers_has_every_own_and_phase_frame_in_order() -> None:
    async with live() as room:
        client = await RawClient.connect(room.port, "p")
        await room.until(lambda: "p" in room.outboxes)
        outbox, order = room.outboxes["p"], list[str]()
        for number in range(40):
            room.hub.broadcast(TABLE, tick(number), Kind.TICK)
            outbox.send(server_frame(f"own {number}"))
            order.append(f"own {number}")
            if number % 10 == 9:
                room.hub.broadcast(TABLE, server_frame(f"crashed {number}"), Kind.PHASE)
                order.append(f"crashed {number}")
            await room.delivered()
        assert room.hub.stats.slow == 1
        room.hub.broadcast(TABLE, server_frame("diff"), Kind.CROWD)
        await room.delivered()
        got = named(texts(await client.read(until=lambda frame: bytes(frame.data) == b"snapshot")))
        assert [message for message in got if message.startswith(("own", "crashed"))] == order
        ticks = [int(message.split()[1]) for message in got if message.startswith("tick")]
        assert ticks == sorted(set(ticks))
        assert len(ticks) < 40
        assert ticks[-1] == 39
        assert got.index("tick 39") < got.index("own 39") < got.index("crashed 39")
        assert got[-1] == SNAPSHOT
        assert room.hub.stats.slow == 0
        room.hub.broadcast(TABLE, server_frame("next diff"), Kind.CROWD)
        assert texts(await client.read(until=lambda _: True)) == ["next diff"]
        client.close()


async def test_broadcasts_keep_their_order_while_they_are_sliced() -> None:
    looks = count()
    # A clock that runs a millisecond a look: slices of two chunks.
    async with live(now=lambda: next(looks) / 1000) as room:
        got, reading = await fast_readers(room, 120)
        await room.until(lambda: room.hub.size(TABLE) == 120)
        for round_ in range(20):
            for frame in (f"locked {round_}", f"running {round_}", f"crashed {round_}"):
                room.hub.broadcast(TABLE, server_frame(frame), Kind.PHASE)
            room.hub.send_to_player("fast119", server_frame(f"settled {round_}"))
            await asyncio.sleep(0)
        assert room.hub.stats.pending > 0
        await room.delivered()
        assert await room.hub.close_all(RESTARTING) == 0
        await asyncio.gather(*reading)
    shared = [f"{phase} {at}" for at in range(20) for phase in ("locked", "running", "crashed")]
    assert all(messages == shared for messages in got[:-1])
    own = [f"settled {at}" for at in range(20)]
    assert [message for message in got[-1] if message not in own] == shared
    assert all(
        got[-1].index(f"crashed {at}") + 1 == got[-1].index(f"settled {at}") for at in range(20)
    )


async def test_close_all_ends_in_its_time_whoever_does_not_read() -> None:
    async with live() as room:
        _, reading = await fast_readers(room, 100)
        stuck = [await RawClient.connect(room.port, f"stuck{at}") for at in range(3)]
        await room.until(lambda: room.hub.size(TABLE) == 103)
        for number in range(30):
            room.hub.broadcast(TABLE, tick(number), Kind.TICK)
            await room.delivered()
        async with asyncio.timeout(1.5):
            assert await room.hub.close_all(RESTARTING, within_s=0.5) == 3
        assert await asyncio.gather(*reading) == [RESTARTING.code] * 100
        assert room.hub.stats.sockets == 0
        for client in stuck:
            client.close()


async def test_sockets_that_vanish_under_broadcasts_cost_nobody_a_frame() -> None:
    async with live() as room:
        got, reading = await fast_readers(room, 20)
        leaving = [await RawClient.connect(room.port, f"leaving{at}") for at in range(20)]
        await room.until(lambda: room.hub.size(TABLE) == 40)
        for number, client in enumerate(leaving):
            room.hub.broadcast(TABLE, server_frame(f"tick {number}"), Kind.TICK)
            client.reset()
            room.hub.broadcast(TABLE, server_frame(f"phase {number}"), Kind.PHASE)
            await room.delivered()
        await room.until(lambda: room.hub.size(TABLE) == 20)
        assert await room.hub.close_all(RESTARTING) == 0
        await asyncio.gather(*reading)
    expected = [f"{kind} {number}" for number in range(20) for kind in ("tick", "phase")]
    assert all(messages == expected for messages in got)
