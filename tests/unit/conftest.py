"""A real database, a real object store, a clock that stands still, and tasks to put in them; weights."""

import dataclasses
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import Engine
from tests.runtimes import here

from cleanplate.database import open_database
from cleanplate.edits.base import Edit
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.storage.folder import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Task, TaskInput, input_key
from cleanplate.tasks.worker import Worker

RULES = PictureRules(formats=("png", "jpeg"), max_bytes=1 << 20, max_side_px=64, max_pixels=4096)
TIMEOUT_S = 20.0
EVERYTHING = slice(None)


@dataclasses.dataclass
class Clock:
    """Unix milliseconds that move when a test says so."""

    now_ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms


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
def objects(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "objects", durable=False)


@pytest.fixture
def rules() -> PictureRules:
    return RULES


@pytest.fixture
def make_task(clock: Clock) -> Callable[..., Task]:
    """Builds a task that is not stored yet; keywords replace single fields."""
    plain = Task(
        id="",
        dialect="dashscope",
        model="image-erase-completion",
        edit="paint",
        parameters={},
        inputs={"image": TaskInput(None, RULES), "mask": TaskInput(None, RULES)},
        key_id="static-1",
        request_id=str(uuid.uuid4()),
        priority=0,
        state=State.QUEUED,
        attempt=0,
        created_at_ms=0,
    )

    def make(**fields: Any) -> Task:
        given: dict[str, Any] = {"id": str(uuid.uuid4()), "created_at_ms": clock.now_ms} | fields
        return dataclasses.replace(plain, **given)

    return make


@pytest.fixture
def add_task(
    store: TaskStore, objects: FileStore, make_task: Callable[..., Task], png: Callable[..., bytes]
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

        wait_for(lambda: current().state.terminal)
        return current()

    return wait


@pytest.fixture
def start(store: TaskStore, objects: FileStore) -> Iterator[Callable[..., Worker]]:
    """Starts workers and stops them after the test."""
    workers: list[Worker] = []

    def begin(edits: Mapping[str, Edit], **more: Any) -> Worker:
        worker = Worker(store, objects, edits, here(), **more)
        workers.append(worker)
        worker.start()
        return worker

    yield begin
    for worker in workers:
        worker.stop(TIMEOUT_S)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of weights, which the environment names."""
    folder = tmp_path / "weights"
    monkeypatch.setenv("CLEANPLATE_MODELS", str(folder))
    return folder
