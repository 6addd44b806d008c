"""What a worker does when it is stopped, and when the database or its claim on a task goes away."""

import threading
from collections.abc import Callable, Mapping, Sequence

import pytest
from sqlalchemy import Engine
from tests.runtimes import here

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import StorageFailed
from cleanplate.pixels.types import Pixels
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.perform import LocalPerformer
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, Failure, Output, State, Task, output_key
from cleanplate.tasks.worker import Worker, WorkerOptions

AddTask = Callable[..., Task]
Start = Callable[..., Worker]
End = Callable[[Task], Task]
WaitFor = Callable[[Callable[[], bool]], None]
LeftOver = Callable[[], list[threading.Thread]]
TIMEOUT_S = 20.0


def _edit(run: Callable[[EditRequest], Pixels]) -> Mapping[str, Edit]:
    return {"paint": Edit("paint", "a test's own", Parameters, lambda request: Edited(run(request), {}))}


@pytest.fixture
def left_over() -> LeftOver:
    """Threads of workers that there were none of before; those of other tests may still wait for an edit."""
    before = set(threading.enumerate())
    return lambda: [
        one for one in threading.enumerate() if one not in before and one.name.startswith("worker-")
    ]


class Hanging:
    """An edit that begins and then waits to be released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()

    def __call__(self, request: EditRequest) -> Pixels:
        self.begun.set()
        self.release.wait(TIMEOUT_S)
        return request.pixels


def test_stop_hands_back_what_hangs_and_its_late_result_leaves_no_trace(
    unfinished: Callable[[], list[Task]], store: TaskStore, objects: FolderStore, add_task: AddTask
) -> None:
    hanging, waiting = add_task(), add_task(priority=1)
    edit = Hanging()
    worker = Worker(store, objects, LocalPerformer(_edit(edit), here()))
    worker.start()
    assert edit.begun.wait(TIMEOUT_S)
    worker.stop(0.05)
    assert [(task.standing.state, task.standing.attempt) for task in unfinished()].count(
        (State.QUEUED, 1)
    ) == 1
    edit.release.set()
    worker.stop(TIMEOUT_S)
    assert {task.id: (task.standing.state, task.standing.attempt) for task in unfinished()} == {
        hanging.id: (State.QUEUED, 1),
        waiting.id: (State.QUEUED, 0),
    }
    assert not objects.exists(output_key(hanging.id, 1, 1, "png"))


def test_a_worker_says_what_keeps_it_from_working(store: TaskStore, objects: FolderStore) -> None:
    class Ill(LocalPerformer):
        def trouble(self) -> str:
            return "its processes do not start"

    for performer, trouble in (
        (LocalPerformer({}, here()), ""),
        (Ill({}, here()), "its processes do not start"),
    ):
        worker = Worker(store, objects, performer)
        assert worker.trouble() == "not running"
        worker.start()
        assert worker.trouble() == trouble
        worker.stop(TIMEOUT_S)
        assert worker.trouble() == "not running"


def test_stop_waits_for_what_ends_in_time(
    unfinished: Callable[[], list[Task]], store: TaskStore, objects: FolderStore, add_task: AddTask, end: End
) -> None:
    running, waiting = add_task(), add_task(priority=1)
    edit = Hanging()
    worker = Worker(store, objects, LocalPerformer(_edit(edit), here()))
    worker.start()
    assert edit.begun.wait(TIMEOUT_S)
    threading.Timer(0.05, edit.release.set).start()
    worker.stop(TIMEOUT_S)
    assert end(running).standing.state is State.SUCCEEDED
    assert [task.id for task in unfinished()] == [waiting.id]


def test_a_worker_without_work_stops_at_once(
    store: TaskStore, objects: FolderStore, left_over: LeftOver
) -> None:
    worker = Worker(store, objects, LocalPerformer({}, here()), options=WorkerOptions(threads=3))
    worker.start()
    worker.stop(TIMEOUT_S)
    assert not left_over()


def test_a_result_of_an_attempt_that_was_taken_away_is_removed(
    store: TaskStore, objects: FolderStore, add_task: AddTask, start: Start
) -> None:
    task, edit = add_task(), Hanging()
    worker = start(_edit(edit))
    assert edit.begun.wait(TIMEOUT_S)
    now = store.get(task.id)
    assert now is not None
    assert store.hand_back(now.claim)
    assert store.claim_next("another") is not None
    edit.release.set()
    worker.stop(TIMEOUT_S)
    now = store.get(task.id)
    assert now is not None
    assert (now.standing.state, now.standing.attempt, now.outcome.outputs) == (State.RUNNING, 2, ())
    assert not objects.exists(output_key(task.id, 1, 1, "png"))


def test_a_database_that_is_away_for_a_while_loses_nothing(
    add_task: AddTask,
    start: Start,
    end: End,
    wait_for: WaitFor,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = add_task(), add_task(priority=1)
    edit = Hanging()
    start(_edit(edit))
    assert edit.begun.wait(TIMEOUT_S)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks RENAME TO away")
    edit.release.set()
    wait_for(lambda: "trying again" in caplog.text)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO tasks")
    assert [(task.standing.state, task.standing.attempt) for task in map(end, (first, second))] == [
        (State.SUCCEEDED, 1)
    ] * 2


def test_a_database_that_stays_away_does_not_hold_up_the_stop(
    unfinished: Callable[[], list[Task]],
    store: TaskStore,
    objects: FolderStore,
    add_task: AddTask,
    engine: Engine,
    left_over: LeftOver,
) -> None:
    task, edit = add_task(), Hanging()
    worker = Worker(store, objects, LocalPerformer(_edit(edit), here()))
    worker.start()
    assert edit.begun.wait(TIMEOUT_S)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks RENAME TO away")
    edit.release.set()
    worker.stop(0.05)
    worker.stop(TIMEOUT_S)
    assert not left_over()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO tasks")
    assert store.reap(owner=True) == 1
    assert [found.id for found in unfinished()] == [task.id]


class LostReply(TaskStore):
    """A database that commits the first success and then reports an error, as a dying disk or network may."""

    lost = False

    def succeed(self, claim: Claim, results: Sequence[Output | Failure], compute_ms: int) -> bool:
        done = super().succeed(claim, results, compute_ms)
        if not self.lost:
            self.lost = True
            raise StorageFailed("the reply got lost")
        return done


def test_a_success_whose_reply_got_lost_keeps_its_result(
    engine: Engine, objects: FolderStore, add_task: AddTask, end: End
) -> None:
    task, edit = add_task(), Hanging()
    edit.release.set()
    worker = Worker(LostReply(engine), objects, LocalPerformer(_edit(edit), here()))
    worker.start()
    ended = end(task)
    worker.stop(TIMEOUT_S)
    assert ended.standing.state is State.SUCCEEDED
    assert objects.exists(ended.outcome.outputs[0].key)


def test_stop_before_the_start(store: TaskStore, objects: FolderStore, left_over: LeftOver) -> None:
    worker = Worker(store, objects, LocalPerformer({}, here()))
    worker.stop(TIMEOUT_S)
    worker.start()
    worker.stop(TIMEOUT_S)
    assert not left_over()
