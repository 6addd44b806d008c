"""The one door: what is accepted is stored, what cannot be stored leaves nothing."""

import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import Engine
from tests.new_tasks import claim

from cleanplate.errors import ConnectionLost, StorageFailed
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Remote
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import (
    State,
    Stored,
    Submission,
    Task,
    TaskFilter,
    TaskInput,
    input_key,
    is_task_id,
)

MakeTask = Callable[..., Task]
NO_IDS = ["", "x", "../../etc/passwd", "\ud800", "0" * 36, "A" * 8 + "-0000-0000-0000-" + "0" * 12, "\x00"]


class Clock(Protocol):
    now_ms: int

    def __call__(self) -> int: ...


@pytest.fixture
def ready() -> list[Task]:
    """The tasks that the service has announced."""
    return []


@pytest.fixture
def service(store: TaskStore, objects: FolderStore, ready: list[Task], clock: Clock) -> TaskService:
    return TaskService(store, objects, ready=ready.append, clock_ms=clock)


@pytest.fixture
def submission(rules: PictureRules) -> Submission:
    return Submission(
        dialect="dashscope",
        model="image-erase-completion",
        edit="erase",
        parameters={"fast": True},
        inputs={
            "image": TaskInput(Remote("https://example.com/a.png"), rules),
            "mask": TaskInput(Inline(b"mask"), rules),
        },
        key_id="static-1",
        account="static-1",
        request_id="r",
        priority=2,
    )


def test_submit_stores_the_bytes_then_the_row_then_tells(
    service: TaskService, store: TaskStore, objects: FolderStore, ready: list[Task], submission: Submission
) -> None:
    task = service.submit(submission)
    assert is_task_id(task.id)
    assert ready == [task]
    assert store.get(task.id) == service.get(task.id) == task
    assert (
        task.standing.state,
        task.standing.attempt,
        task.submission.priority,
        task.submission.parameters,
    ) == (State.QUEUED, 0, 2, {"fast": True})
    assert task.submission.inputs["image"] == submission.inputs["image"]
    assert task.submission.inputs["mask"].source == Stored()
    assert objects.get(input_key(task.id, "mask")) == b"mask"
    assert not objects.exists(input_key(task.id, "image"))


def test_equal_submissions_are_two_tasks(service: TaskService, submission: Submission) -> None:
    assert service.submit(submission).id != service.submit(submission).id


def test_a_database_that_refuses_leaves_no_objects(
    engine: Engine, service: TaskService, ready: list[Task], submission: Submission, objects: FolderStore
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
    with pytest.raises(StorageFailed):
        service.submit(submission)
    assert list(objects.groups("inputs")) == []
    assert ready == []


def test_the_task_of_an_earlier_try_is_the_one(
    service: TaskService, store: TaskStore, ready: list[Task], submission: Submission
) -> None:
    task_id = str(uuid.uuid4())
    first = service.submit(submission, task_id=task_id)
    assert first.id == task_id
    claim(store, task_id)
    assert service.submit(submission, task_id=task_id) == store.get(task_id)
    assert ready == [first]


@pytest.mark.parametrize("written", [True, False])
def test_a_row_that_may_be_there_keeps_its_files(
    service: TaskService,
    store: TaskStore,
    submission: Submission,
    objects: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
    *,
    written: bool,
) -> None:
    insert, task_id = store.insert_within, str(uuid.uuid4())

    def lost(task: Task, *limits: Any, **told: Any) -> Task:
        if written:
            insert(task, *limits, **told)
        raise ConnectionLost("the server's database is not available")

    with monkeypatch.context() as patch:
        patch.setattr(store, "insert_within", lost)
        with pytest.raises(ConnectionLost):
            service.submit(submission, task_id=task_id)
    assert objects.get(input_key(task_id, "mask")) == b"mask"
    assert service.submit(submission, task_id=task_id).id == task_id
    assert service.page(TaskFilter(), page_no=1, page_size=10).total == 1


def test_objects_that_cannot_be_stored_leave_no_row(
    service: TaskService, ready: list[Task], submission: Submission, tmp_path: Path
) -> None:
    (tmp_path / "objects").write_text("a file where the folder should be")
    with pytest.raises(StorageFailed):
        service.submit(submission)
    assert service.page(TaskFilter(), page_no=1, page_size=10).total == 0
    assert ready == []


def test_an_expired_task_is_unknown(service: TaskService, submission: Submission, clock: Clock) -> None:
    task = service.submit(submission)
    clock.now_ms += 10**12
    assert service.get(task.id) is not None
    assert service.cancel(task.id)
    clock.now_ms += 999
    assert service.get(task.id) is not None
    clock.now_ms += 1
    assert service.get(task.id) is None
    assert service.page(TaskFilter(), page_no=1, page_size=10).total == 0


def test_cancel_works_once_and_only_before_the_start(
    service: TaskService, store: TaskStore, submission: Submission
) -> None:
    first, second = service.submit(submission), service.submit(submission)
    assert [service.cancel(first.id), service.cancel(first.id)] == [True, False]
    claim(store, second.id)
    assert not service.cancel(second.id)


@pytest.mark.parametrize("no_id", [*NO_IDS, "12345678-1234-4234-8234-123456789abc"])
def test_no_task_has_such_an_id(service: TaskService, no_id: str) -> None:
    assert service.get(no_id) is None
    assert not service.cancel(no_id)
    assert service.page(TaskFilter(task_id=no_id), page_no=1, page_size=10).total == 0


@pytest.mark.parametrize("no_id", NO_IDS)
def test_what_is_no_id(no_id: str) -> None:
    assert not is_task_id(no_id)
    assert not is_task_id("12345678-1234-4234-8234-123456789abc\n")


def test_the_door_knows_no_pixels() -> None:
    script = (
        "import sys, cleanplate.tasks.service; print({'numpy', 'cv2', 'PIL', 'alembic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_try_that_fails_late_takes_no_files_from_the_one_that_took_over(
    service: TaskService,
    store: TaskStore,
    submission: Submission,
    objects: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    insert, task_id = store.insert_within, str(uuid.uuid4())

    def slow(*_limits: Any, **_told: Any) -> Task:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(store, "insert_within", insert)
            assert service.submit(submission, task_id=task_id).id == task_id
        raise StorageFailed("the server's database is not available")

    monkeypatch.setattr(store, "insert_within", slow)
    with pytest.raises(StorageFailed):
        service.submit(submission, task_id=task_id)
    assert objects.get(input_key(task_id, "mask")) == b"mask"
