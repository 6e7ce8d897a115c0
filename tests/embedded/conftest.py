"""Directories for clusters: one is made once, the tests get copies."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.embedded import open_cluster
from tests.embedded.processes import Owner, all_ending, postgres_processes, query

StartOwner = Callable[..., Owner]
ENOUGH_MEMORY = 1 << 30


def make_place(prefix: str) -> Path:
    """A short temporary directory: in memory where there is enough, for copies take seconds."""
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and shutil.disk_usage(memory).free > ENOUGH_MEMORY
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if in_memory else None))


@pytest.fixture(scope="session")
def made_pgdata() -> Iterator[Path]:
    """A cluster that holds one table, `kept`, with one row: 7. Not running."""
    place = make_place("apogee-made-")
    with open_cluster(place / "data") as cluster:
        query(cluster.uri, "CREATE TABLE kept AS SELECT 7 AS value")
    yield place / "data" / "pgdata"
    shutil.rmtree(place)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty directory with a short path, which every user can enter."""
    path = make_place("apogee-")
    path.chmod(0o755)
    yield path
    left_behind = postgres_processes(path)
    shutil.rmtree(path)
    assert not left_behind


@pytest.fixture
def copy_cluster(made_pgdata: Path) -> Callable[[Path], Path]:
    """Makes a data directory with a copy of the cluster that holds `kept`."""

    def copy(data_dir: Path) -> Path:
        data_dir.mkdir(mode=0o700, parents=True)
        shutil.copytree(made_pgdata, data_dir / "pgdata")
        return data_dir

    return copy


@pytest.fixture
def data_dir(place: Path, copy_cluster: Callable[[Path], Path]) -> Path:
    """A data directory with the cluster that holds `kept`."""
    return copy_cluster(place / "data")


@pytest.fixture
def start_owner(place: Path) -> Iterator[StartOwner]:
    """Starts processes that open clusters; none outlives the test."""
    owners: list[Owner] = []

    def start(data_dir: Path, **options: object) -> Owner:
        owners.append(partial(Owner, data_dir, **options)())  # type: ignore[arg-type]
        return owners[-1]

    yield start
    with all_ending(postgres_processes(place)):
        for owner in owners:
            owner.close()
