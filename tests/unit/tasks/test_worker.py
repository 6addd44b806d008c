"""The worker runs real pictures through small edits, and outlives whatever they do."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import Engine

from cleanplate.edits.base import Edit, EditRequest, Parameters
from cleanplate.errors import BadInput, EngineFailed
from cleanplate.imaging.types import Pixels
from cleanplate.storage.filesystem import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, State, Task, input_key, output_key
from cleanplate.tasks.worker import Worker

MakeTask = Callable[..., Task]
AddTask = Callable[..., Task]
TIMEOUT_S = 20.0


class Paint(Parameters):
    red: int = 200


def _paint(request: EditRequest) -> Pixels:
    """Everything under the mask and outside `keep` gets the red that was asked for."""
    assert isinstance(request.parameters, Paint)
    assert request.mask is not None
    where = request.mask.alpha > 0.5
    if request.keep is not None:
        where &= request.keep.alpha <= 0.5
    rgb = request.pixels.rgb.copy()
    rgb[where] = (request.parameters.red, 0, 0)
    return replace(request.pixels, rgb=rgb)


def _edit(run: Callable[[EditRequest], Pixels], name: str = "paint") -> Mapping[str, Edit]:
    return {name: Edit(name, "a test's own", Paint, run)}


def _raising(error: BaseException) -> Callable[[EditRequest], Pixels]:
    def run(_request: EditRequest) -> Pixels:
        raise error

    return run


def _png(value: int | tuple[int, int, int], box: tuple[slice, slice] | None = None) -> bytes:
    """A PNG of 12 x 8 pixels: `value` (blue, green, red) everywhere, or in `box` on black."""
    array = np.zeros((8, 12, 3), np.uint8)
    array[box or (slice(None), slice(None))] = value
    return cv2.imencode(".png", array)[1].tobytes()


@pytest.fixture
def add_task(store: TaskStore, objects: FileStore, make_task: MakeTask) -> AddTask:
    """A queued task with a green picture and a mask over its left half."""

    def add(**fields: object) -> Task:
        task = make_task(**fields)
        objects.put(input_key(task.id, "image"), _png((0, 255, 0)))
        objects.put(input_key(task.id, "mask"), _png(255, (slice(None), slice(0, 6))))
        store.insert(task)
        return task

    return add


@pytest.fixture
def start(store: TaskStore, objects: FileStore) -> Iterator[Callable[..., Worker]]:
    """Starts workers and stops them after the test."""
    workers: list[Worker] = []

    def begin(edits: Mapping[str, Edit], *, threads: int = 1) -> Worker:
        worker = Worker(store, objects, edits, threads=threads)
        workers.append(worker)
        worker.start()
        return worker

    yield begin
    for worker in workers:
        worker.stop(TIMEOUT_S)


Start = Callable[..., Worker]


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.005)


def _end(store: TaskStore, task: Task) -> Task:
    def current() -> Task:
        now = store.get(task.id)
        assert now is not None
        return now

    _wait_for(lambda: current().state.terminal)
    return current()


def _result(objects: FileStore, task: Task) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The pixels of the first output, (H, W, BGR)."""
    array = cv2.imdecode(np.frombuffer(objects.get(task.outputs[0].key), np.uint8), cv2.IMREAD_UNCHANGED)
    assert array is not None
    return array.astype(np.uint8)


def test_a_task_from_queue_to_picture(
    store: TaskStore, objects: FileStore, add_task: AddTask, start: Start
) -> None:
    task = add_task(parameters={"red": 123})
    start(_edit(_paint)).enqueue(task)
    ended = _end(store, task)
    assert ended.failure is None
    assert (ended.state, ended.attempt) == (State.SUCCEEDED, 1)
    assert ended.compute_ms is not None
    assert [(output.key, output.width, output.height, output.media_type) for output in ended.outputs] == [
        (output_key(task.id, 1, 1, "png"), 12, 8, "image/png")
    ]
    result = _result(objects, ended)
    assert result.shape == (8, 12, 3)
    assert (result[:, :6] == (0, 0, 123)).all()
    assert (result[:, 6:] == (0, 255, 0)).all()


def test_the_keep_mask_arrives(
    store: TaskStore, objects: FileStore, add_task: AddTask, start: Start, make_task: MakeTask
) -> None:
    given = make_task().inputs["image"]
    task = make_task(inputs={"image": given, "mask": given, "keep": given})
    objects.put(input_key(task.id, "image"), _png((0, 255, 0)))
    objects.put(input_key(task.id, "mask"), _png(255))
    objects.put(input_key(task.id, "keep"), _png(255, (slice(0, 2), slice(None))))
    store.insert(task)
    start(_edit(_paint)).enqueue(task)
    result = _result(objects, _end(store, task))
    assert (result[:2] == (0, 255, 0)).all()
    assert (result[2:] == (0, 0, 200)).all()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadInput("the mask is empty", log="detail"), Failure("bad-input", "the mask is empty")),
        (EngineFailed("the fill failed", log="at 0x7f"), Failure("engine-failed", "the fill failed")),
        (ValueError("secret"), Failure("engine-failed", "internal error")),
        (MemoryError(), Failure("engine-failed", "out of memory")),
        (RecursionError(), Failure("engine-failed", "internal error")),
        (SystemExit(3), Failure("engine-failed", "internal error")),
    ],
)
def test_an_edit_that_fails_does_not_take_the_worker_along(
    store: TaskStore,
    objects: FileStore,
    add_task: AddTask,
    start: Start,
    error: BaseException,
    expected: Failure,
) -> None:
    bad, good = add_task(edit="bad"), add_task()
    worker = start(dict(_edit(_raising(error), "bad")) | dict(_edit(_paint)))
    worker.enqueue(bad)
    worker.enqueue(good)
    ended = _end(store, bad)
    assert (ended.state, ended.failure, ended.outputs) == (State.FAILED, expected, ())
    assert _end(store, good).state is State.SUCCEEDED
    assert [name for name, _ in objects.groups("results")] == [good.id]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"edit": "gone"}, Failure("engine-failed", "internal error")),
        ({"parameters": {"unknown": 1}}, Failure("engine-failed", "internal error")),
    ],
)
def test_a_task_that_this_version_cannot_run_fails(
    store: TaskStore, add_task: AddTask, start: Start, fields: dict[str, object], expected: Failure
) -> None:
    task = add_task(**fields)
    start(_edit(_paint)).enqueue(task)
    assert _end(store, task).failure == expected


def test_an_input_that_is_no_picture_names_its_role(
    store: TaskStore, objects: FileStore, add_task: AddTask, start: Start
) -> None:
    task = add_task()
    objects.put(input_key(task.id, "mask"), b"hello")
    start(_edit(_paint)).enqueue(task)
    failure = _end(store, task).failure
    assert failure is not None
    assert failure.code == "not-a-picture"
    assert "mask" in failure.message


def test_an_input_that_got_lost_fails(
    store: TaskStore, objects: FileStore, add_task: AddTask, start: Start
) -> None:
    task = add_task()
    objects.delete(input_key(task.id, "image"))
    start(_edit(_paint)).enqueue(task)
    failure = _end(store, task).failure
    assert failure is not None
    assert failure.code == "storage-failed"


def test_a_result_that_cannot_be_stored_fails(
    store: TaskStore, add_task: AddTask, start: Start, tmp_path: Path
) -> None:
    task = add_task()
    (tmp_path / "objects" / "results").write_text("a file where the folder should be")
    start(_edit(_paint)).enqueue(task)
    failure = _end(store, task).failure
    assert failure is not None
    assert failure.code == "storage-failed"


def test_the_most_urgent_runs_first_then_the_oldest(
    store: TaskStore, add_task: AddTask, start: Start
) -> None:
    ran: list[int] = []

    def note(request: EditRequest) -> Pixels:
        assert isinstance(request.parameters, Paint)
        ran.append(request.parameters.red)
        return request.pixels

    order = [(5, 1, 4), (0, 9, 3), (0, 2, 2), (-1, 50, 1)]
    tasks = [add_task(priority=p, created_at_ms=t, parameters={"red": red}) for p, t, red in order]
    gate, hold = threading.Event(), add_task(edit="hold")

    def wait(request: EditRequest) -> Pixels:
        gate.wait(TIMEOUT_S)
        return request.pixels

    worker = start(dict(_edit(note)) | dict(_edit(wait, "hold")))
    worker.enqueue(hold)
    for task in tasks:
        worker.enqueue(task)
    gate.set()
    for task in tasks:
        _end(store, task)
    assert ran == [1, 2, 3, 4]


def test_cancelled_or_twice_enqueued_tasks_run_once_at_most(
    store: TaskStore, add_task: AddTask, start: Start
) -> None:
    ran: list[int] = []

    def note(request: EditRequest) -> Pixels:
        ran.append(1)
        return request.pixels

    cancelled, twice, last = add_task(), add_task(), add_task()
    store.cancel(cancelled.id)
    worker = start(_edit(note))
    for task in (cancelled, twice, twice, last):
        worker.enqueue(task)
    _end(store, last)
    assert len(ran) == 2
    assert _end(store, cancelled).state is State.CANCELLED


def test_threads_work_side_by_side(store: TaskStore, add_task: AddTask, start: Start) -> None:
    together = threading.Barrier(2)

    def meet(request: EditRequest) -> Pixels:
        together.wait(TIMEOUT_S)
        return request.pixels

    tasks = [add_task(), add_task()]
    worker = start(_edit(meet), threads=2)
    for task in tasks:
        worker.enqueue(task)
    assert [_end(store, task).state for task in tasks] == [State.SUCCEEDED] * 2


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
    store: TaskStore, objects: FileStore, add_task: AddTask
) -> None:
    hanging, waiting = add_task(), add_task()
    edit = Hanging()
    worker = Worker(store, objects, _edit(edit))
    worker.start()
    worker.enqueue(hanging)
    assert edit.begun.wait(TIMEOUT_S)
    worker.enqueue(waiting)
    worker.stop(0.05)
    assert [(task.state, task.attempt) for task in store.unfinished()].count((State.QUEUED, 1)) == 1
    edit.release.set()
    worker.stop(TIMEOUT_S)
    assert {task.id: (task.state, task.attempt) for task in store.unfinished()} == {
        hanging.id: (State.QUEUED, 1),
        waiting.id: (State.QUEUED, 0),
    }
    assert not objects.exists(output_key(hanging.id, 1, 1, "png"))


def test_stop_waits_for_what_ends_in_time(store: TaskStore, objects: FileStore, add_task: AddTask) -> None:
    running, waiting = add_task(), add_task()
    edit = Hanging()
    worker = Worker(store, objects, _edit(edit))
    worker.start()
    worker.enqueue(running)
    assert edit.begun.wait(TIMEOUT_S)
    worker.enqueue(waiting)
    threading.Timer(0.05, edit.release.set).start()
    worker.stop(TIMEOUT_S)
    assert _end(store, running).state is State.SUCCEEDED
    assert [task.id for task in store.unfinished()] == [waiting.id]


def test_a_worker_without_work_stops_at_once(store: TaskStore, objects: FileStore) -> None:
    worker = Worker(store, objects, {}, threads=3)
    worker.start()
    worker.stop(TIMEOUT_S)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


def test_a_result_of_an_attempt_that_was_taken_away_is_removed(
    store: TaskStore, objects: FileStore, add_task: AddTask, start: Start
) -> None:
    task, edit = add_task(), Hanging()
    worker = start(_edit(edit))
    worker.enqueue(task)
    assert edit.begun.wait(TIMEOUT_S)
    assert store.hand_back(task.id, 1)
    assert store.claim(task.id) is not None
    edit.release.set()
    worker.stop(TIMEOUT_S)
    now = store.get(task.id)
    assert now is not None
    assert (now.state, now.attempt, now.outputs) == (State.RUNNING, 2, ())
    assert not objects.exists(output_key(task.id, 1, 1, "png"))


def test_a_database_that_is_away_for_a_while_loses_nothing(
    engine: Engine,
    store: TaskStore,
    objects: FileStore,
    add_task: AddTask,
    start: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = add_task(), add_task()
    edit = Hanging()
    worker = start(_edit(edit))
    worker.enqueue(first)
    worker.enqueue(second)
    assert edit.begun.wait(TIMEOUT_S)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks RENAME TO away")
    edit.release.set()
    _wait_for(lambda: "trying again" in caplog.text)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO tasks")
    assert [_end(store, task).state for task in (first, second)] == [State.SUCCEEDED] * 2
    assert objects.exists(output_key(first.id, 1, 1, "png"))


def test_a_database_that_stays_away_does_not_hold_up_the_stop(
    engine: Engine, store: TaskStore, objects: FileStore, add_task: AddTask
) -> None:
    task, edit = add_task(), Hanging()
    worker = Worker(store, objects, _edit(edit))
    worker.start()
    worker.enqueue(task)
    assert edit.begun.wait(TIMEOUT_S)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks RENAME TO away")
    edit.release.set()
    worker.stop(0.05)
    worker.stop(TIMEOUT_S)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO tasks")
    assert [found.id for found in store.recover(3)] == [task.id]


def test_one_line_for_each_end(
    store: TaskStore, add_task: AddTask, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = add_task(), add_task(edit="bad")
    worker = start(dict(_edit(_paint)) | dict(_edit(_raising(BadInput("no")), "bad")))
    with caplog.at_level(logging.INFO, "cleanplate.tasks"):
        worker.enqueue(good)
        worker.enqueue(bad)
        _wait_for(lambda: len([r for r in caplog.records if r.message == "task ended"]) == 2)
    lines = [vars(record) for record in caplog.records if record.message == "task ended"]
    assert [(line["task_id"], line["edit"], line["state"], line["attempt"]) for line in lines] == [
        (good.id, "paint", "succeeded", 1),
        (bad.id, "bad", "failed", 1),
    ]
    assert all(line["queued_ms"] == 0 and line["compute_ms"] >= 0 for line in lines)
