"""The group-commit journal: whoever waits for a commit shares it with everybody else who does.

While one batch commits the next one gathers, so a quiet system commits at once and a busy one in
large batches. A batch holds one entry per conflict key; a second one waits for the next batch.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, overload
from uuid import UUID

from app.ledger import outcomes, placements
from app.ledger.database import TRANSIENT, Connection, Database
from app.ledger.entries import (
    CancelBet,
    CashOutBet,
    Entry,
    FinishDebit,
    FinishOp,
    NotPlaced,
    PlaceBet,
    Placed,
)
from app.ledger.errors import LedgerUnavailable
from app.ledger.queries import load
from engine.bet import BetState
from engine.round import Phase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SQL = load("journal")

MAX_BATCH = 500
MAX_WAITING = 20_000
"""With more than this no new bet is taken. What becomes of bets that are in always is: their number
bounds it, and refusing it would lose an outcome."""
GIVE_UP_S = 10
STOP_S = 10

Waiter = tuple[Entry, "asyncio.Future[Any]"]


class Journal:
    """Hand in entries with `submit`; run it with `open_journal`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[Waiter] = deque()
        self._arrived = asyncio.Event()
        self._stopped = False
        self.batches = 0
        self.rows = 0

    @overload
    async def submit(self, entry: PlaceBet) -> Placed | NotPlaced: ...
    @overload
    async def submit(self, entry: FinishDebit | CancelBet) -> BetState: ...
    @overload
    async def submit(self, entry: CashOutBet | FinishOp) -> bool: ...
    async def submit(self, entry: Entry) -> object:
        """Returns once the entry is on disk. Raises `LedgerUnavailable` when PostgreSQL is away or
        too much waits already, and whatever the entry's own result is an error of."""
        return await self.enqueue(entry)

    def enqueue(self, entry: Entry) -> "asyncio.Future[Any]":
        """The same without waiting: a future of the result, for many entries at once."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._stopped:
            future.set_exception(LedgerUnavailable("the journal has stopped"))
            return future
        if isinstance(entry, PlaceBet) and len(self._waiting) >= MAX_WAITING:
            future.set_exception(LedgerUnavailable("too many writes are waiting"))
            return future
        self._waiting.append((entry, future))
        self._arrived.set()
        return future

    async def run(self) -> None:
        """Commit batches until cancelled; what waits then is told that the ledger is away."""
        try:
            while True:
                await self._arrived.wait()
                await asyncio.sleep(0)
                batch = self._take()
                await self._commit(batch)
                if not self._waiting:
                    self._arrived.clear()
        finally:
            self.stop()

    def stop(self) -> None:
        """Nothing is taken any more, and nobody is left waiting."""
        self._stopped = True
        for _, future in self._waiting:
            _fail(future, LedgerUnavailable("the journal has stopped"))

    def _take(self) -> list[Waiter]:
        batch: list[Waiter] = []
        keys: set[object] = set()
        deferred: list[Waiter] = []
        while self._waiting and len(batch) < MAX_BATCH:
            waiter = self._waiting.popleft()
            if waiter[1].done():
                continue
            if waiter[0].key in keys:
                deferred.append(waiter)
            else:
                keys.add(waiter[0].key)
                batch.append(waiter)
        self._waiting.extendleft(reversed(deferred))
        return sorted(batch, key=lambda waiter: waiter[0].key)

    async def _commit(self, batch: Sequence[Waiter]) -> None:
        try:
            results = await self._write([entry for entry, _ in batch])
        except LedgerUnavailable as error:  # the waiters decide; the journal itself goes on
            for _, future in batch:
                _fail(future, error)
            return
        except Exception as error:
            await self._isolate(batch, error)
            return
        except BaseException:
            for _, future in batch:
                _fail(future, LedgerUnavailable("the journal has stopped"))
            raise
        self.batches += 1
        self.rows += len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                _fail(future, result)
            elif not future.done():
                future.set_result(result)

    async def _isolate(self, batch: Sequence[Waiter], error: Exception) -> None:
        """Something in the batch cannot be written: each entry alone, so that only it fails."""
        if len(batch) == 1:
            _fail(batch[0][1], error)
            return
        for done, waiter in enumerate(batch):
            try:
                await self._commit([waiter])
            except BaseException:
                for _, future in batch[done:]:
                    _fail(future, LedgerUnavailable("the journal has stopped"))
                raise

    async def _write(self, entries: Sequence[Entry]) -> list[object]:
        """One transaction, tried again while PostgreSQL is away: entries are idempotent."""
        deadline = asyncio.get_running_loop().time() + GIVE_UP_S
        pause_ms = 20
        while True:
            try:
                async with self._database.transaction() as connection:
                    return await apply_entries(connection, entries)
            except (*TRANSIENT, LedgerUnavailable) as error:
                if asyncio.get_running_loop().time() + pause_ms / 1000 > deadline:
                    raise LedgerUnavailable(type(error).__name__) from error
            await asyncio.sleep(pause_ms / 1000)
            pause_ms = min(pause_ms * 2, 1000)


async def apply_entries(connection: Connection, entries: Sequence[Entry]) -> list[object]:
    """Write a batch inside the caller's transaction; results in the entries' order."""
    rounds = sorted({entry.round for entry in entries if entry.round is not None})
    phases: dict[UUID, Phase] = {}
    epochs: dict[UUID, int] = {}
    if rounds:
        for row in await connection.fetch(_SQL["share_rounds"], rounds):
            phases[row["id"]] = Phase(row["phase"])
            epochs[row["id"]] = row["epoch"]
    results: dict[int, object] = {}

    def keep(part: Sequence[Entry], values: Sequence[object]) -> None:
        results.update(zip(map(id, part), values, strict=True))

    if debits := [entry for entry in entries if isinstance(entry, FinishDebit)]:
        keep(debits, await outcomes.finish_debits(connection, debits, phases))
    if cancels := [entry for entry in entries if isinstance(entry, CancelBet)]:
        keep(cancels, await outcomes.cancel(connection, cancels, phases))
    if places := [entry for entry in entries if isinstance(entry, PlaceBet)]:
        keep(places, await placements.place(connection, places, phases))
    if cash_outs := [entry for entry in entries if isinstance(entry, CashOutBet)]:
        keep(cash_outs, await outcomes.cash_out(connection, cash_outs, phases, epochs))
    if finished := [entry for entry in entries if isinstance(entry, FinishOp)]:
        keep(finished, await outcomes.finish_ops(connection, finished))
    return [results[id(entry)] for entry in entries]


def _fail(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


@asynccontextmanager
async def open_journal(database: Database) -> "AsyncIterator[Journal]":
    """A running journal until the block ends."""
    journal = Journal(database)
    task = asyncio.create_task(journal.run(), name="journal")
    try:
        yield journal
    finally:
        journal.stop()
        task.cancel()
        await asyncio.wait((task,), timeout=STOP_S)
