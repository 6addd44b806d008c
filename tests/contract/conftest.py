"""Every database that tasks, callbacks and rates can live in: each suite here runs over all of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine
from tests.new_tasks import Clock, new_task
from tests.postgres import PostgresServer

from cleanplate.database import open_database, open_server_database
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Database:
    """One database, as two machines see it.

    Attributes:
        here, there: the engines of the two.
        opening: Python that opens it as `engine` in a third process.
    """

    here: Engine
    there: Engine
    opening: str

    def close(self) -> None:
        self.here.dispose()
        self.there.dispose()


def _sqlite(folder: Path) -> Database:
    """One process, whose threads share the connections."""
    engine = open_database(folder / "cleanplate.db", synchronous="OFF")
    return Database(engine, engine, _opening(folder))


def _sqlite_shared(folder: Path) -> Database:
    """Two processes on one file, each with the connections and the settings of a server."""
    here, there = (open_database(folder / "cleanplate.db") for _ in range(2))
    return Database(here, there, _opening(folder))


def _opening(folder: Path) -> str:
    return (
        "from pathlib import Path; from cleanplate.database import open_database\n"
        f"engine = open_database(Path({str(folder / 'cleanplate.db')!r}), synchronous='OFF')\n"
    )


def _postgres(url: str) -> Database:
    """Two machines on one server, each with connections of its own."""
    here, there = (open_server_database(url, connections=40) for _ in range(2))
    opening = (
        f"from cleanplate.database import open_server_database\nengine = open_server_database({url!r})\n"
    )
    return Database(here, there, opening)


FILES: Final[Mapping[str, Callable[[Path], Database]]] = {
    "sqlite": _sqlite,
    "sqlite-shared": _sqlite_shared,
}


@pytest.fixture(params=[*FILES, "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param in FILES:
        opened = FILES[request.param](tmp_path)
        yield opened
        opened.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.migrated_database()
    opened = _postgres(url)
    yield opened
    opened.close()
    server.drop_database(url)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(database: Database) -> Engine:
    return database.here


@pytest.fixture
def store(database: Database, clock: Clock) -> TaskStore:
    return TaskStore(database.here, result_ttl_ms=1000, clock_ms=clock)


@pytest.fixture
def other(database: Database, clock: Clock) -> TaskStore:
    """The same tasks from another machine."""
    return TaskStore(database.there, result_ttl_ms=1000, clock_ms=clock)


@pytest.fixture
def objects(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", durable=False)


@pytest.fixture
def make_task(clock: Clock) -> Callable[..., Task]:
    """Builds a queued and staged task that is not stored yet; keywords replace single fields."""
    return lambda **fields: new_task(clock.now_ms, **fields)


@pytest.fixture
def add_task(store: TaskStore, make_task: Callable[..., Task]) -> Callable[..., Task]:
    """Stores such a task."""

    def add(**fields: object) -> Task:
        task = make_task(**fields)
        store.insert(task)
        return task

    return add
