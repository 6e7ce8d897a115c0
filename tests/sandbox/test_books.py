"""The books: durable before anybody hears of it, grouped, and never blocked by a neighbour."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from stat import S_IMODE

import pytest

from app.sandbox.books import Books, BooksUnavailable, Work
from tests.sandbox.serving import Caller

SCHEMA = """
pragma foreign_keys = on;
create table if not exists notes (text text primary key) strict;
create table if not exists links (
  note text references notes (text) deferrable initially deferred
) strict;
"""


class Counted:
    changes = 0

    def change(self) -> None:
        self.changes += 1


@asynccontextmanager
async def opened(path: Path, counted: Counted | None = None) -> AsyncIterator[Books]:
    books = Books(path, SCHEMA, (counted or Counted()).change)
    await books.open()
    try:
        yield books
    finally:
        await books.close()


def write(text: str) -> Work[None]:
    def work(connection: sqlite3.Connection) -> None:
        connection.execute("insert into notes values (?)", (text,))

    return work


def read(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select text from notes order by text")]


async def test_what_was_answered_is_on_disk(tmp_path: Path) -> None:
    async with opened(tmp_path / "books.db") as books:
        await books.run(write("a"))
        with sqlite3.connect(tmp_path / "books.db") as other:
            assert read(other) == ["a"]


async def test_the_file_syncs_every_commit_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "books.db"
    async with opened(path) as books:
        mode = await books.run(lambda c: c.execute("pragma journal_mode").fetchone()[0])
        sync = await books.run(lambda c: c.execute("pragma synchronous").fetchone()[0])
    assert (mode, sync) == ("wal", 2)
    assert S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_all_that_waits_shares_one_commit(tmp_path: Path) -> None:
    counted, go = Counted(), threading.Event()
    async with opened(tmp_path / "books.db", counted) as books:
        first = asyncio.create_task(books.run(lambda _: go.wait(5)))
        await asyncio.sleep(0)
        rest = [asyncio.create_task(books.run(write(f"{n:03}"))) for n in range(100)]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(first, *rest)
        assert counted.changes == 1
        assert len(await books.run(read)) == 100


async def test_the_event_loop_runs_while_the_disk_is_busy(tmp_path: Path) -> None:
    go = threading.Event()
    async with opened(tmp_path / "books.db") as books:
        slow = asyncio.create_task(books.run(lambda _: go.wait(5)))
        await asyncio.sleep(0)
        # Only a loop that runs gets here and lets the work go on.
        go.set()
        assert await slow is True


async def test_work_that_fails_is_undone_alone(tmp_path: Path) -> None:
    go = threading.Event()

    def fails(connection: sqlite3.Connection) -> None:
        write("half")(connection)
        raise ValueError("no")

    async with opened(tmp_path / "books.db") as books:
        jobs: list[Work[object]] = [lambda _: go.wait(5), write("a"), fails, write("b")]
        tasks = [asyncio.create_task(books.run(job)) for job in jobs]
        await asyncio.sleep(0)
        go.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(done[2], ValueError)
        assert await books.run(read) == ["a", "b"]


async def test_a_commit_that_fails_is_nobodys_success(tmp_path: Path) -> None:
    go = threading.Event()

    def dangling(connection: sqlite3.Connection) -> None:
        connection.execute("insert into links values ('nothing')")

    async with opened(tmp_path / "books.db") as books:
        jobs: list[Work[object]] = [write("a"), dangling, write("b")]
        waiting = asyncio.create_task(books.run(lambda _: go.wait(5)))
        await asyncio.sleep(0)
        tasks = [asyncio.create_task(books.run(job)) for job in jobs]
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(waiting, return_exceptions=True)
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in done] == [BooksUnavailable] * 3
        assert await books.run(read) == []
        await books.run(write("later"))
        assert await books.run(read) == ["later"]


async def test_reading_is_no_change(tmp_path: Path) -> None:
    counted = Counted()
    async with opened(tmp_path / "books.db", counted) as books:
        await books.run(read)
        assert counted.changes == 0


async def test_closed_books_refuse(tmp_path: Path) -> None:
    async with opened(tmp_path / "books.db") as books:
        pass
    with pytest.raises(BooksUnavailable):
        await books.run(read)


async def test_closing_finishes_what_was_handed_over(tmp_path: Path) -> None:
    async with opened(tmp_path / "books.db") as books:
        tasks = [asyncio.create_task(books.run(write(str(n)))) for n in range(10)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)


async def test_a_file_that_cannot_be_opened_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        await Books(tmp_path / "file" / "books.db", SCHEMA, lambda: None).open()


async def test_overrun_books_take_no_bet(casino: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.sandbox.books.MAX_WAITING", 0)
    status, answer = await casino.bet("r1", 100)
    assert (status, answer["ok"], answer["error"]) == (503, False, "books_unavailable")
    status, answer = await casino.get("/players")
    assert (status, answer["error"]) == (503, "books_unavailable")
    monkeypatch.undo()
    assert await casino.balance() == 500_000
