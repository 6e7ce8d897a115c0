"""The loop of one table: betting → close, seal → flight → crash → pause, by a monotonic clock.

Nothing here repairs: whatever goes wrong ends the runner, and the next one recovers from what the
ledger says. That is the same path a kill takes, so it is the path that is tested.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

import msgspec

from app.bus import channels
from app.bus.base import Bus
from app.bus.messages import (
    CashOutCommand,
    CashOutReply,
    OpsDue,
    RoundClosed,
    RoundCrashed,
    RoundLocked,
    RoundOpened,
    RoundStarted,
    RoundTicked,
    SnapshotReply,
    TableCommand,
    TableReply,
)
from app.clock import Monotonic
from app.dialects.base import Dialect
from app.ids import new_id
from app.ledger import rounds
from app.ledger.database import Database
from app.ledger.errors import StaleEpoch
from app.ledger.journal import Journal
from app.ledger.rounds import Outcome, Seal
from app.ledger.tables import GameTable
from app.log import get_logger
from app.operators.directory import Directory
from app.rounds import settling
from app.rounds.chains import Chain, ChainKeeper
from app.rounds.flight import Flight, FlightPlan, totals
from app.rounds.recovery import recover
from engine.curve import curve_of
from engine.errors import require
from engine.round import Climbed, Close, Entry, Lock, Round, Start

log = get_logger(__name__)

SEAL_GRACE_MS = 1_500
SEAL_POLL_MS = 25
SALT_POLL_MS = 1_000


class Pace(msgspec.Struct, frozen=True):
    """Milliseconds of each part of a round."""

    betting_ms: int
    pause_ms: int
    tick_ms: int


class Stage(msgspec.Struct):
    """What is on now, for whoever asks. Holds nothing secret."""

    phase: str = "waiting"
    round: UUID | None = None
    nonce: int = 0
    server_seed_hash: str = ""
    closes_at_ms: int = 0
    started_ms: int = 0


class TableRunner:
    """Runs one table while this process leads it."""

    def __init__(
        self,
        table: GameTable,
        pace: Pace,
        *,
        database: Database,
        journal: Journal,
        bus: Bus,
        keeper: ChainKeeper,
        directory: Directory,
        dialects: Mapping[str, Dialect],
        clock: Monotonic,
    ) -> None:
        self._table = table
        self._pace = pace
        self._database = database
        self._journal = journal
        self._bus = bus
        self._keeper = keeper
        self._directory = directory
        self._dialects = dialects
        self._clock = clock
        self._channel = channels.table(table.id)
        self._stage = Stage()
        self._chain: Chain | None = None
        self._flight: Flight | None = None

    async def run(self) -> None:
        """Until cancelled, or until something goes wrong: then it raises."""
        epoch = await rounds.take_table(self._database, self._table.id)
        log.info("table_led", table=self._table.id, epoch=epoch)
        on_void = settling.on_void(self._dialects)
        await recover(self._database, self._bus, self._keeper, self._table, epoch, on_void)
        stop_serving = self._bus.serve(self._channel, self._serve)
        try:
            while True:
                await self._play_one(epoch)
        finally:
            stop_serving()
            if self._flight is not None:
                self._flight.abandon()

    async def _play_one(self, epoch: int) -> None:
        found = await self._keeper.current(self._table)
        if found is None:
            log.warning("table_waits_for_public_salt", table=self._table.id)
            await self._clock.sleep_until_ms(self._clock.now_ms() + SALT_POLL_MS)
            return
        self._chain, nonce = found
        machine = Round(curve_of(self._table.growth, self._table.cap))
        round_id = await self._take_bets(self._chain, nonce, epoch, machine)
        seal = await self._seal(self._chain, round_id, epoch)
        flight = await self._take_off(self._chain, nonce, round_id, epoch, machine, seal)
        await self._fly(flight)
        await self._land(self._chain, nonce, round_id, epoch, flight, seal)
        await self._clock.sleep_until_ms(self._clock.now_ms() + self._pace.pause_ms)

    async def _take_bets(self, chain: Chain, nonce: int, epoch: int, machine: Round) -> UUID:
        round_id = new_id()
        server_seed_hash = chain.server_seed_hash(nonce)
        await rounds.open_round(
            self._database,
            round_id=round_id,
            table=self._table.id,
            epoch=epoch,
            chain=chain.id,
            nonce=nonce,
            server_seed_hash=server_seed_hash,
        )
        closes_at_ms = self._clock.now_ms() + self._pace.betting_ms
        self._stage = Stage("betting", round_id, nonce, server_seed_hash, closes_at_ms)
        self._bus.publish(
            self._channel,
            RoundOpened(round_id, nonce, server_seed_hash, chain.rules_hash, self._pace.betting_ms),
        )
        await self._clock.sleep_until_ms(closes_at_ms)
        machine.handle(Close(), self._clock.now_ms())
        await rounds.close_round(self._database, round_id, epoch)
        self._bus.publish(self._channel, RoundClosed(round_id))
        return round_id

    async def _seal(self, chain: Chain, round_id: UUID, epoch: int) -> Seal:
        """When no debit is in flight any more, at the latest when none may be accepted."""
        latest_ms = self._stage.closes_at_ms + SEAL_GRACE_MS
        while self._clock.now_ms() < latest_ms:
            if await rounds.debits_in_flight(self._database, round_id) == 0:
                break
            await self._clock.sleep_until_ms(self._clock.now_ms() + SEAL_POLL_MS)
        seal = await rounds.seal_round(self._database, round_id, epoch, chain.client_seed)
        self._stage.phase = "locked"
        self._bus.publish(
            self._channel,
            RoundLocked(round_id, seal.client_seed, seal.bets_root, totals(seal.bets)),
        )
        return seal

    async def _take_off(
        self, chain: Chain, nonce: int, round_id: UUID, epoch: int, machine: Round, seal: Seal
    ) -> Flight:
        by_operator = {}
        for operator in {bet.operator_id for bet in seal.bets}:
            known = await self._directory.get(operator)
            require(known is not None, "the operator of an accepted bet is known")
            if known is not None:
                by_operator[operator] = self._dialects[known.operator.dialect]
        entries = tuple(Entry(bet.id, bet.stake, bet.exit_at) for bet in seal.bets)
        machine.handle(Lock(entries, chain.crash(nonce, seal.client_seed)), self._clock.now_ms())
        await rounds.start_round(self._database, round_id, epoch)
        started_ms = self._clock.now_ms()
        machine.handle(Start(), started_ms)
        plan = FlightPlan(
            round=round_id,
            table=self._table.id,
            epoch=epoch,
            bets={bet.id: bet for bet in seal.bets},
            dialects=by_operator,
        )
        self._flight = flight = Flight(machine, plan, self._journal, self._bus)
        self._stage.phase = "running"
        self._stage.started_ms = started_ms
        self._bus.publish(self._channel, RoundStarted(round_id))
        return flight

    async def _fly(self, flight: Flight) -> None:
        """Tick until the crash. Ticks keep to their grid; a late one skips what it missed."""
        tick_ms = self._pace.tick_ms
        next_tick_ms = self._stage.started_ms + tick_ms
        while flight.crashed() is None:
            await self._wait(flight, min(next_tick_ms, flight.next_due_ms()))
            if (failure := flight.failure()) is not None:
                raise failure
            if flight.crashed() is not None:
                return
            now_ms = self._clock.now_ms()
            last = flight.advance(now_ms)[-1]
            if now_ms >= next_tick_ms and isinstance(last, Climbed) and self._stage.round:
                self._bus.publish(
                    self._channel,
                    RoundTicked(self._stage.round, last.elapsed_ms, last.multiplier),
                )
                missed = (now_ms - next_tick_ms) // tick_ms
                next_tick_ms += (missed + 1) * tick_ms

    async def _wait(self, flight: Flight, until_ms: int) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep_until_ms(until_ms))
        woken = asyncio.ensure_future(flight.woken.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in (sleeping, woken):
                waiter.cancel()
                with suppress(asyncio.CancelledError):
                    await waiter
            flight.woken.clear()

    async def _land(
        self,
        chain: Chain,
        nonce: int,
        round_id: UUID,
        epoch: int,
        flight: Flight,
        seal: Seal,
    ) -> None:
        """Commit the crash with what still rode, once every cash-out before it is on disk."""
        await flight.landed()
        crashed = flight.crashed()
        if crashed is None:
            raise StaleEpoch("a flight lands after its crash")
        outcome = Outcome(chain.server_seed(nonce), seal.client_seed, crashed.crash)
        lost = await rounds.crash_round(
            self._database, round_id, epoch, outcome, settling.on_loss(self._dialects)
        )
        require(
            {bet.id for bet in lost} == set(crashed.lost),
            "the ledger and the machine agree on who lost",
        )
        self._stage.phase = "crashed"
        self._flight = None
        self._bus.publish(
            self._channel,
            RoundCrashed(
                round_id,
                crashed.crash,
                outcome.server_seed,
                outcome.client_seed,
                nonce,
                settling.news(lost),
            ),
        )
        self._bus.publish(channels.WALLET, OpsDue())

    async def _serve(self, command: TableCommand) -> TableReply:
        arrived_ms = self._clock.now_ms()
        if not isinstance(command, CashOutCommand):
            return self._snapshot(arrived_ms)
        if self._flight is None or command.round != self._stage.round:
            over = self._stage.round == command.round and self._stage.phase == "crashed"
            return CashOutReply("too_late" if over else "not_running")
        return await self._flight.cash_out(command.bet, arrived_ms)

    def _snapshot(self, now_ms: int) -> SnapshotReply:
        stage, chain = self._stage, self._chain
        return SnapshotReply(
            phase=stage.phase,
            round=stage.round,
            nonce=stage.nonce,
            server_seed_hash=stage.server_seed_hash,
            rules=chain.rules_text if chain else "",
            rules_hash=chain.rules_hash if chain else "",
            public_salt=chain.public_salt if chain else "",
            closes_in_ms=max(0, stage.closes_at_ms - now_ms),
            elapsed_ms=max(0, now_ms - stage.started_ms) if stage.phase == "running" else 0,
        )
