"""A worker that claims tasks which are alike, and has them done in one run of their network."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from tests.new_tasks import new_task
from tests.unit.tasks.test_task_group import LIMITS, PLUGINS, RULES, mask, picture

from cleanplate.clock import unix_ms
from cleanplate.database import open_database
from cleanplate.settings import load
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.children import Children
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Stored, Task, TaskInput, input_key
from cleanplate.tasks.worker import Together, Worker, WorkerOptions

TIMEOUT_S = 120.0
AT_ONCE = 4


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "cleanplate.db", synchronous="OFF")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> TaskStore:
    return TaskStore(engine)


@pytest.fixture
def objects(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", durable=False)


@pytest.fixture
def add(store: TaskStore, objects: FolderStore) -> Callable[..., Task]:
    """Stores a task of the plug-in's edit, with its files."""

    def made(seed: int, *, canvas: str = "40x40", how: str = "", **fields: Any) -> Task:
        inputs = {role: TaskInput(Stored(), RULES) for role in ("image", "mask")}
        values = {"how": how, "calls": 1, "words": "", "seed": 0}
        task = new_task(
            unix_ms(), edit="meet", parameters=values, inputs=inputs, canvas=canvas, output="png", **fields
        )
        objects.put(input_key(task.id, "image"), picture(seed))
        objects.put(input_key(task.id, "mask"), mask())
        store.insert(task)
        return task

    return made


@pytest.fixture
def start(store: TaskStore, objects: FolderStore) -> Iterator[Callable[[], Worker]]:
    """Starts a worker with one process; it is stopped after the test."""
    workers: list[Worker] = []

    def started() -> Worker:
        children = Children(1, ChildSetup(load(plugins=PLUGINS, device="cpu"), LIMITS))
        together = Together(at_once=lambda _task: AT_ONCE, group=children.group)
        workers.append(Worker(store, objects, children, options=WorkerOptions(together=together)))
        workers[-1].start()
        return workers[-1]

    yield started
    for worker in workers:
        worker.stop(10.0)


def _ended(store: TaskStore, tasks: list[Task]) -> list[Task]:
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        found = [task for each in tasks if (task := store.get(each.id)) is not None]
        if all(task.standing.state.terminal for task in found):
            return found
        time.sleep(0.05)
    raise AssertionError("they do not end")


def _batches(task: Task) -> list[int]:
    assert task.standing.state is State.SUCCEEDED, task.outcome.failure
    return list(task.outcome.outputs[0].recipe["batches"])


def test_what_lies_in_line_is_done_in_full_runs(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    tasks = [add(seed) for seed in range(2 * AT_ONCE)]
    start()
    ended = _ended(store, tasks)
    assert [_batches(task) for task in ended] == [[AT_ONCE]] * len(tasks)
    assert {task.standing.attempt for task in ended} == {1}


def test_a_lone_task_does_not_wait_for_others(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    start()
    assert _batches(_ended(store, [add(1)])[0]) == [1]


def test_other_sizes_are_done_by_themselves(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    tasks = [add(1), add(2, canvas="41x41"), add(3), add(4, canvas="")]
    start()
    assert [_batches(task) for task in _ended(store, tasks)] == [[2], [1], [2], [1]]


def test_one_that_is_refused_takes_nobody_along(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    tasks = [add(1), add(2, how="words"), add(3)]
    start()
    first, refused, last = _ended(store, tasks)
    assert _batches(first) == _batches(last) == [2]
    assert refused.outcome.failure is not None
    assert refused.outcome.failure.message == "how: not in this way"


def test_one_that_ends_the_process_fails_alone(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    tasks = [add(1), add(2, how="exit"), add(3)]
    start()
    first, broken, last = _ended(store, tasks)
    assert _batches(first)
    assert _batches(last)
    assert broken.standing.state is State.FAILED
    assert broken.standing.deaths == 3
    assert (first.standing.deaths, last.standing.deaths) == (0, 0), "it was no fault of theirs"


def test_a_worker_that_stops_hands_all_of_a_run_back(
    store: TaskStore, add: Callable[..., Task], start: Callable[[], Worker]
) -> None:
    tasks = [add(seed, how="sleep") for seed in range(3)]
    worker = start()
    deadline_s = time.monotonic() + TIMEOUT_S
    while len(worker.running) < len(tasks) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    worker.stop(0.0)
    found = [store.get(task.id) for task in tasks]
    assert {task and task.standing.state for task in found} == {State.QUEUED}


def test_without_room_for_a_thread_tasks_are_done_one_by_one(
    store: TaskStore,
    add: Callable[..., Task],
    start: Callable[[], Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = threading.Thread.start

    def full(thread: threading.Thread) -> None:
        if getattr(getattr(thread, "_target", None), "__name__", "") == "_work_at":
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", full)
    tasks = [add(seed) for seed in range(AT_ONCE)]
    worker = start()
    assert [_batches(task) for task in _ended(store, tasks)] == [[1]] * len(tasks)
    assert worker.trouble() == "", "its own thread goes on"
    assert not worker.running
