"""A real database, a real object store, a clock that stands still, and tasks to put in them."""

import dataclasses
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from cleanplate.database import open_database
from cleanplate.intake.rules import PictureRules
from cleanplate.storage.filesystem import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Task, TaskInput

RULES = PictureRules(formats=("png", "jpeg"), max_bytes=1 << 20, max_side_px=64, max_pixels=4096)


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
