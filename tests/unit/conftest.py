"""A real database, a real object store, a clock that stands still, and tasks to put in them; weights."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import Engine, select
from tests.new_tasks import RULES, Clock, new_task
from tests.runtimes import here

from cleanplate.database import open_database
from cleanplate.database.tables import OPEN_STATES, TASKS
from cleanplate.edits.base import Edit
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.moderation import Moderation
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.rows import task_of
from cleanplate.tasks.simulated_performer import SimulatedPerformer
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task, input_key
from cleanplate.tasks.worker import Worker, WorkerOptions

TIMEOUT_S = 20.0
EVERYTHING = slice(None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "cleanplate.db", synchronous="OFF")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine, clock: Clock) -> TaskStore:
    return TaskStore(engine, result_ttl_ms=1000, clock_ms=clock)


@pytest.fixture
def objects(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", durable=False)


@pytest.fixture
def rules() -> PictureRules:
    return RULES


@pytest.fixture
def make_task(clock: Clock) -> Callable[..., Task]:
    """Builds a queued and staged task that is not stored yet; keywords replace single fields."""
    return lambda **fields: new_task(clock.now_ms, **fields)


@pytest.fixture
def add_task(
    store: TaskStore, objects: FolderStore, make_task: Callable[..., Task], png: Callable[..., bytes]
) -> Callable[..., Task]:
    """Stores a queued task with a green picture and a mask over its left half."""

    def add(**fields: Any) -> Task:
        task = make_task(**fields)
        objects.put(input_key(task.id, "image"), png((0, 255, 0)))
        objects.put(input_key(task.id, "mask"), png((255, 255, 255), columns=slice(0, 6)))
        store.insert(task)
        return task

    return add


@pytest.fixture
def png() -> Callable[..., bytes]:
    """Makes a PNG of 12 x 8 pixels: black, and (blue, green, red) in the given rows and columns."""

    def make(colour: tuple[int, int, int], rows: slice = EVERYTHING, columns: slice = EVERYTHING) -> bytes:
        array = np.zeros((8, 12, 3), np.uint8)
        array[rows, columns] = colour
        return cv2.imencode(".png", array)[1].tobytes()

    return make


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Returns when the condition has come true."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true"
            time.sleep(0.005)

    return wait


@pytest.fixture
def end(store: TaskStore, wait_for: Callable[[Callable[[], bool]], None]) -> Callable[[Task], Task]:
    """Waits until a task has ended and returns it as it then is."""

    def wait(task: Task) -> Task:
        def current() -> Task:
            now = store.get(task.id)
            assert now is not None
            return now

        wait_for(lambda: current().standing.state.terminal)
        return current()

    return wait


@pytest.fixture
def start(store: TaskStore, objects: FolderStore) -> Iterator[Callable[..., Worker]]:
    """Starts workers and stops them after the test."""
    workers: list[Worker] = []

    def begin(edits: Mapping[str, Edit], moderation: Moderation | None = None, **options: Any) -> Worker:
        local = LocalPerformer(edits, here(), moderation or Moderation())
        performer = SimulatedPerformer(local) if options.get("simulated") else local
        worker = Worker(store, objects, performer, options=WorkerOptions(**options))
        workers.append(worker)
        worker.start()
        return worker

    yield begin
    for worker in workers:
        worker.stop(TIMEOUT_S)


@pytest.fixture
def unfinished(engine: Engine) -> Callable[[], list[Task]]:
    """Reads all queued and running tasks, by priority, then age."""
    row = TASKS.c
    unended = select(TASKS).where(row.state.in_(OPEN_STATES))
    unended = unended.order_by(row.priority, row.created_at_ms, row.id)

    def read() -> list[Task]:
        with engine.connect() as connection:
            return [task_of(found) for found in connection.execute(unended)]

    return read


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of weights, which the environment names."""
    folder = tmp_path / "weights"
    monkeypatch.setenv("CLEANPLATE_MODELS", str(folder))
    return folder
