"""Five bets, kill -9 at a chosen moment, a new start on the same data: what became of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.live import Live, Message, Player
from tests.process.command import Process, Server

STAKES = {"ada": 1_000, "ben": 2_310, "cleo": 799, "dan": 5_001, "eve": 12_345}
SLOW_CURVE = "30"
"""1.1x after a third of a second."""
LONG_WINDOW_MS = "1500"
"""Time for five bets on a busy machine."""
OPENING = 500_000
RECOVERED_WITHIN_S = 30
_TARGETS = {"ada": 103, "ben": 105}
_ROUNDS = 20


@dataclass
class Story:
    """What players were told before the kill, and what both sides' books say after it."""

    stakes: dict[str, int] = field(default_factory=dict)
    """By bet id."""
    promised: dict[str, int] = field(default_factory=dict)
    """Payouts acknowledged before the kill, by bet id."""
    riding: set[str] = field(default_factory=set)
    """Bets that nothing had been said of but that they were taken."""
    lost: set[str] = field(default_factory=set)
    in_flight: set[str] = field(default_factory=set)
    """Bets whose stake the casino took while the answer never arrived."""
    both: dict[str, Message] = field(default_factory=dict)
    """The casino's story of a bet beside the server's, afterwards."""
    balances: dict[str, int] = field(default_factory=dict)
    books: dict[str, Message] = field(default_factory=dict)
    left_alone: bool = False
    recovered_s: float = 0.0
    output: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """Bets of one round; bet ids by player's name."""

    round: str
    players: Mapping[str, Player]
    bets: Mapping[str, str]


Moment = Callable[[Live, Process, Story], Awaitable[None]]


async def tell(folder: Path, moment: Moment, *, kills_in_recovery: tuple[str, ...] = ()) -> Story:
    """Play up to the moment, which kills; kill again as each of those lines is printed; recover."""
    story = Story()
    server = Server(folder, APOGEE_CURVE_GROWTH=SLOW_CURVE, APOGEE_BETTING_MS=LONG_WINDOW_MS)
    with await asyncio.to_thread(server.begin) as process:
        await process.says_soon("Lobby: ")
        assert await asyncio.to_thread(server.processes)
        async with server.visit() as world:
            await moment(world, process, story)
    for line in kills_in_recovery:
        with server.begin() as process:
            await process.says_soon(line)
            process.kill()
        story.output += process.printed
    story.left_alone = await asyncio.to_thread(server.is_left_alone)
    begun = time.monotonic()
    with server.begin() as process:
        await process.says_soon("Lobby: ")
        async with server.visit() as world:
            await _read_books(world, story)
        story.recovered_s = time.monotonic() - begun
    story.output += process.printed
    story.left_alone &= await asyncio.to_thread(server.is_left_alone)
    return story


async def _read_books(world: Live, story: Story) -> None:
    found = await asyncio.gather(*(world.agrees(bet) for bet in story.stakes))
    story.both = dict(zip(story.stakes, found, strict=True))
    for name in STAKES:
        story.books[name] = await world.books(name)
        story.balances[name] = story.books[name]["balance_minor"]


async def in_the_window(world: Live, process: Process, story: Story) -> None:
    """Four bets taken, the fifth one's debit at a wallet that does not answer."""
    players = await _players(world)
    hand = await _bet(players, list(STAKES)[:4], story, {})
    await world.fault("bet", "timeout", ms=30_000)
    hanging = await _debit_in_flight(world, players["eve"])
    process.kill()
    story.stakes[hanging] = STAKES["eve"]
    story.in_flight.add(hanging)
    _note(hand, story, story.riding)


async def after_a_cash_out(world: Live, process: Process, story: Story) -> None:
    """Two paid automatically, the wallet hanging over them; one told of its own cash-out."""
    players = await _players(world)
    await world.fault("win", "timeout", ms=30_000)
    for _ in range(_ROUNDS):
        hand = await _bet(players, list(STAKES), story, _TARGETS)
        if await _flies_past(hand, 108):
            await players["cleo"].say(type="cashout", ref=f"out-{hand.round}", slot=0)
            out = await players["cleo"].hears("cashout", ref=f"out-{hand.round}")
            if out["status"] == "accepted":
                process.kill()
                _note(hand, story, story.riding)
                assert {hand.bets[name] for name in ("ada", "ben", "cleo")} <= story.promised.keys()
                return
        await _over(hand, story)
    raise AssertionError("no round lasted long enough")


async def at_the_crash(world: Live, process: Process, story: Story) -> None:
    """As soon as one player hears of the crash."""
    players = await _players(world)
    for _ in range(_ROUNDS):
        hand = await _bet(players, list(STAKES), story, _TARGETS)
        crashed = await players["cleo"].hears("crashed", round=hand.round)
        if crashed["m"] >= max(_TARGETS.values()):
            process.kill()
            _note(hand, story, story.lost)
            return
        await _over(hand, story)
    raise AssertionError("no round lasted long enough")


async def in_flight(world: Live, process: Process, story: Story) -> None:
    """Past the automatic cash-outs, three still riding."""
    players = await _players(world)
    for _ in range(_ROUNDS):
        hand = await _bet(players, list(STAKES), story, _TARGETS)
        if await _flies_past(hand, 108):
            process.kill()
            _note(hand, story, story.riding)
            return
        await _over(hand, story)
    raise AssertionError("no round lasted long enough")


async def _players(world: Live) -> dict[str, Player]:
    return {name: await world.player(name) for name in STAKES}


async def _bet(
    players: Mapping[str, Player], names: list[str], story: Story, targets: Mapping[str, int]
) -> Hand:
    """All of them into one fresh round."""
    opened = await players[names[0]].betting()
    refs = {name: await players[name].bet(STAKES[name], auto=targets.get(name)) for name in names}
    bets = {}
    for name, ref in refs.items():
        accepted = await players[name].hears("bet", ref=ref, status="accepted")
        assert accepted["round"] == opened["round"], f"{name} was late"
        bets[name] = str(accepted["bet"])
        story.stakes[bets[name]] = STAKES[name]
    return Hand(opened["round"], players, bets)


async def _debit_in_flight(world: Live, player: Player) -> str:
    """A bet that the casino has written into its books and not answered."""
    ref = await player.bet(STAKES["eve"])
    pending = await player.hears("bet", ref=ref, status="pending")
    async with asyncio.timeout(RECOVERED_WITHIN_S):
        while True:
            if (await world.books("eve"))["totals"]["bets_minor"] == STAKES["eve"]:
                break
            await asyncio.sleep(0.01)
    told = [m for m in player.told if m.get("ref") == ref and m["status"] != "pending"]
    assert not told, f"answered before the kill: {told}"
    return str(pending["bet"])


async def _flies_past(hand: Hand, multiplier: int) -> bool:
    """Whether the round gets there, as soon as that is known."""
    player = hand.players["cleo"]
    reached = asyncio.ensure_future(
        player.hears("tick", lambda tick: tick["m"] >= multiplier, round=hand.round)
    )
    crashed = asyncio.ensure_future(player.hears("crashed", round=hand.round))
    await asyncio.wait((reached, crashed), return_when=asyncio.FIRST_COMPLETED)
    flies = not crashed.done()
    for task in (reached, crashed):
        task.cancel()
    await asyncio.gather(reached, crashed, return_exceptions=True)
    return flies


async def _over(hand: Hand, story: Story) -> None:
    """The round ended too soon for the story: its bets are to come right as well."""
    for name in hand.bets:
        await hand.players[name].hears("crashed", round=hand.round)
    _note(hand, story, story.lost)


def _note(hand: Hand, story: Story, others: set[str]) -> None:
    """Acknowledged cash-outs were promised; what the other bets are is the caller's to say."""
    for name, bet in hand.bets.items():
        told = [
            m for m in hand.players[name].told if m["type"] == "cashout" and m.get("bet") == bet
        ]
        paid = next((m["payout"] for m in told if m["status"] == "accepted"), None)
        if paid is None:
            others.add(bet)
        else:
            story.promised[bet] = paid
