"""The casino's books: one SQLite file, one thread that owns it, one commit for all that waits.

The event loop never touches the disk. Whoever wants something of the books hands over a function;
the thread takes everything that has gathered, runs it inside one transaction with a savepoint each,
commits once, and only then tells anybody anything. An answer that left this process is on disk.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

MAX_BATCH = 500
MAX_WAITING = 20_000


class BooksUnavailable(Exception):
    """Nothing was done that lasts: the books are closed, overrun or cannot be written."""


class _Job:
    __slots__ = ("error", "future", "result", "work")

    def __init__(self, work: Work[Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None


class Books:
    """`run(work)` from one event loop, between `open()` and `close()`."""

    def __init__(self, path: Path, schema: str, on_change: Callable[[], None]) -> None:
        """`on_change` is called in the event loop after every commit that changed something."""
        self._path = path
        self._schema = schema
        self._on_change = on_change
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._thread: threading.Thread | None = None

    async def open(self) -> None:
        """Make or open the file. Raises `sqlite3.Error` or `OSError`."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        thread = threading.Thread(
            target=self._serve, args=(loop, opened), name="casino books", daemon=True
        )
        thread.start()
        await opened
        self._thread = thread

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    async def run(self, work: Work[T]) -> T:
        """What `work` returned, once it is durable; what it raised, with its changes undone.

        Raises `BooksUnavailable`; after it nothing of `work` will ever take effect.
        """
        if self._thread is None:
            raise BooksUnavailable("the books are closed")
        if self._waiting >= MAX_WAITING:
            raise BooksUnavailable("the books are overrun")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting += 1
        try:
            self._queue.put(_Job(work, future))
            return await future
        finally:
            self._waiting -= 1

    def _serve(self, loop: asyncio.AbstractEventLoop, opened: "asyncio.Future[None]") -> None:
        try:
            connection = _connect(self._path, self._schema)
        except (sqlite3.Error, OSError) as error:
            loop.call_soon_threadsafe(opened.set_exception, error)
            return
        loop.call_soon_threadsafe(opened.set_result, None)
        more = True
        while more:
            batch, more = self._next_batch()
            before = connection.total_changes
            commit_together(connection, batch)
            changed = connection.total_changes != before
            loop.call_soon_threadsafe(self._deliver, batch, changed)
        connection.close()

    def _next_batch(self) -> tuple[list[_Job], bool]:
        batch: list[_Job] = []
        try:
            while len(batch) < MAX_BATCH:
                job = self._queue.get(block=not batch)
                if job is None:
                    return batch, False
                batch.append(job)
        except queue.Empty:
            pass
        return batch, True

    def _deliver(self, batch: Sequence[_Job], changed: bool) -> None:
        for job in batch:
            if job.future.done():
                continue
            if job.error is None:
                job.future.set_result(job.result)
            else:
                job.future.set_exception(job.error)
        if changed:
            self._on_change()


def commit_together(connection: sqlite3.Connection, batch: Sequence[_Job]) -> None:
    """One transaction for the batch. Work that raises is undone alone; its neighbours stay."""
    if not batch:
        return
    try:
        connection.execute("begin immediate")
        for job in batch:
            connection.execute("savepoint job")
            try:
                job.result = job.work(connection)
            except Exception as error:
                job.error = error
                connection.execute("rollback to job")
            connection.execute("release job")
        connection.execute("commit")
    except sqlite3.Error as error:
        # A full disk undoes the whole transaction by itself: nobody's work has lasted.
        if connection.in_transaction:
            connection.execute("rollback")
        for job in batch:
            job.error = BooksUnavailable(f"the books cannot be written: {error}")


def _connect(path: Path, schema: str) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.executescript(schema)
    return connection
