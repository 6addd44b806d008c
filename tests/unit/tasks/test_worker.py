"""The worker runs real pictures through small edits, and outlives whatever they do."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.errors import BadInput, EngineFailed, StoreForeign
from cleanplate.pixels.types import Pixels
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.attempt import Attempts
from cleanplate.tasks.patience import Patience
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, Standing, State, Task, input_key, output_key
from cleanplate.tasks.worker import Worker

AddTask = Callable[..., Task]
Start = Callable[..., Worker]
End = Callable[[Task], Task]
WaitFor = Callable[[Callable[[], bool]], None]
TIMEOUT_S = 20.0


def opencv_out_of_memory() -> cv2.error:
    error = cv2.error("Failed to allocate 12345 bytes")
    error.code = -4  # cv2.Error.StsNoMem
    return error


class Paint(Parameters):
    red: int = 200


def _paint(request: EditRequest) -> Pixels:
    """Everything under the mask and outside `keep` gets the red that was asked for."""
    assert isinstance(request.parameters, Paint)
    assert request.mask is not None
    where = request.mask.flags.copy()
    if request.keep is not None:
        where &= ~request.keep.flags
    rgb = request.pixels.rgb.copy()
    rgb[where] = (request.parameters.red, 0, 0)
    return replace(request.pixels, rgb=rgb)


def _edit(run: Callable[[EditRequest], Pixels], name: str = "paint") -> Mapping[str, Edit]:
    return {name: Edit(name, "a test's own", Paint, lambda request: Edited(run(request), {}))}


def _standing(store: TaskStore, task: Task) -> Standing:
    now = store.get(task.id)
    assert now is not None
    return now.standing


def _raising(error: BaseException) -> Callable[[EditRequest], Pixels]:
    def run(_request: EditRequest) -> Pixels:
        raise error

    return run


def _result(objects: FolderStore, task: Task) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The pixels of the first output, (H, W, BGR)."""
    array = cv2.imdecode(
        np.frombuffer(objects.get(task.outcome.outputs[0].key), np.uint8), cv2.IMREAD_UNCHANGED
    )
    assert array is not None
    return array.astype(np.uint8)


def test_a_task_from_queue_to_picture(
    objects: FolderStore, add_task: AddTask, start: Start, end: End
) -> None:
    task = add_task(parameters={"red": 123})
    start(_edit(_paint))
    ended = end(task)
    assert ended.outcome.failure is None
    assert (ended.standing.state, ended.standing.attempt) == (State.SUCCEEDED, 1)
    assert ended.outcome.compute_ms is not None
    assert [
        (output.key, output.width, output.height, output.media_type) for output in ended.outcome.outputs
    ] == [(output_key(task.id, 1, 1, "png"), 12, 8, "image/png")]
    result = _result(objects, ended)
    assert result.shape == (8, 12, 3)
    assert (result[:, :6] == (0, 0, 123)).all()
    assert (result[:, 6:] == (0, 255, 0)).all()


def test_the_keep_mask_arrives(
    store: TaskStore,
    objects: FolderStore,
    start: Start,
    end: End,
    png: Callable[..., bytes],
    make_task: AddTask,
) -> None:
    given = make_task().submission.inputs["image"]
    task = make_task(inputs={"image": given, "mask": given, "keep": given})
    objects.put(input_key(task.id, "image"), png((0, 255, 0)))
    objects.put(input_key(task.id, "mask"), png((255, 255, 255)))
    objects.put(input_key(task.id, "keep"), png((255, 255, 255), rows=slice(0, 2)))
    store.insert(task)
    start(_edit(_paint))
    result = _result(objects, end(task))
    assert (result[:2] == (0, 255, 0)).all()
    assert (result[2:] == (0, 0, 200)).all()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadInput("the mask is empty", log="detail"), Failure("bad-input", "the mask is empty")),
        (EngineFailed("the fill failed", log="at 0x7f"), Failure("engine-failed", "the fill failed")),
        (ValueError("secret"), Failure("engine-failed", "internal error")),
        (MemoryError(), Failure("engine-failed", "out of memory")),
        (RuntimeError("can't start new thread"), Failure("engine-failed", "out of memory")),
        (opencv_out_of_memory(), Failure("engine-failed", "out of memory")),
        (RecursionError(), Failure("engine-failed", "internal error")),
        (SystemExit(3), Failure("engine-failed", "internal error")),
    ],
)
def test_an_edit_that_fails_does_not_take_the_worker_along(
    objects: FolderStore, add_task: AddTask, start: Start, end: End, error: BaseException, expected: Failure
) -> None:
    bad, good = add_task(edit="bad"), add_task()
    start(dict(_edit(_raising(error), "bad")) | dict(_edit(_paint)))
    ended = end(bad)
    assert (ended.standing.state, ended.outcome.failure, ended.outcome.outputs) == (
        State.FAILED,
        expected,
        (),
    )
    assert end(good).standing.state is State.SUCCEEDED
    assert [group.name for group in objects.groups("results")] == [good.id]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"edit": "gone"}, Failure("engine-failed", "this server no longer has the edit that was asked for")),
        ({"parameters": {"unknown": 1}}, Failure("bad-parameter", "unknown: there is no such field")),
    ],
)
def test_a_task_that_this_version_cannot_run_fails(
    add_task: AddTask, start: Start, end: End, expected: Failure, fields: dict[str, object]
) -> None:
    task = add_task(**fields)
    start(_edit(_paint))
    assert end(task).outcome.failure == expected


def test_an_input_that_is_no_picture_names_its_role(
    objects: FolderStore, add_task: AddTask, start: Start, end: End
) -> None:
    task = add_task()
    objects.put(input_key(task.id, "mask"), b"hello")
    start(_edit(_paint))
    failure = end(task).outcome.failure
    assert failure is not None
    assert failure.code == "not-a-picture"
    assert "mask" in failure.message


def test_an_input_that_got_lost_fails(
    objects: FolderStore, add_task: AddTask, start: Start, end: End
) -> None:
    task = add_task()
    objects.delete(input_key(task.id, "image"))
    start(_edit(_paint))
    failure = end(task).outcome.failure
    assert failure is not None
    assert failure.code == "storage-failed"


def test_an_input_that_is_late_is_waited_for_by_another_try(
    objects: FolderStore, add_task: AddTask, start: Start, end: End
) -> None:
    task = add_task()
    held = objects.get(input_key(task.id, "image"))
    looks = 0
    get = objects.get

    def late(key: str) -> bytes:
        nonlocal looks
        looks += key.endswith("/image")
        if looks == 2:
            objects.put(input_key(task.id, "image"), held)
        return get(key)

    objects.delete(input_key(task.id, "image"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "get", late)
        start(_edit(_paint))
        ended = end(task)
    assert ended.standing.state is State.SUCCEEDED
    assert (ended.standing.attempt, ended.standing.deaths) == (2, 1)


def test_a_store_that_is_anothers_hands_the_task_back_and_no_try_is_counted(
    objects: FolderStore,
    add_task: AddTask,
    start: Start,
    store: TaskStore,
    wait_for: WaitFor,
) -> None:
    task, ours = add_task(), True

    def foreign(_key: str) -> bytes:
        nonlocal ours
        ours = False
        raise StoreForeign("a stored file could not be read")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "get", foreign)
        start(_edit(_paint), may_claim=lambda: ours)
        wait_for(lambda: not ours and _standing(store, task).state is State.QUEUED)
        assert _standing(store, task).deaths == 0
    ours = True
    wait_for(lambda: _standing(store, task).state is State.SUCCEEDED)
    assert _standing(store, task).attempt == 2


def test_a_result_that_cannot_be_stored_for_long_fails(
    add_task: AddTask, start: Start, end: End, tmp_path: Path
) -> None:
    task = add_task()
    (tmp_path / "objects" / "results").write_text("a file where the folder should be")
    start(_edit(_paint), storage_wait_s=0.2)
    failure = end(task).outcome.failure
    assert failure is not None
    assert failure.code == "storage-failed"


def test_a_result_that_cannot_be_stored_for_a_while_is_kept(
    add_task: AddTask,
    start: Start,
    end: End,
    wait_for: Callable[[Callable[[], bool]], None],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    task, blocked = add_task(), tmp_path / "objects" / "results"
    blocked.write_text("a file where the folder should be")
    start(_edit(_paint))
    wait_for(lambda: "trying again" in caplog.text)
    blocked.unlink()
    assert end(task).standing.state is State.SUCCEEDED


def test_the_most_urgent_runs_first_then_in_order(add_task: AddTask, start: Start, end: End) -> None:
    ran: list[int] = []

    def note(request: EditRequest) -> Pixels:
        assert isinstance(request.parameters, Paint)
        ran.append(request.parameters.red)
        return request.pixels

    order = [(5, 4), (0, 2), (0, 3), (-1, 1)]
    tasks = [add_task(priority=p, parameters={"red": red}) for p, red in order]
    start(_edit(note))
    for task in tasks:
        end(task)
    assert ran == [1, 2, 3, 4]


def test_however_often_it_is_woken_each_task_runs_once_and_a_cancelled_one_never(
    store: TaskStore, add_task: AddTask, start: Start, end: End
) -> None:
    ran: list[int] = []

    def note(request: EditRequest) -> Pixels:
        ran.append(1)
        return request.pixels

    cancelled, first, last = add_task(), add_task(), add_task(priority=1)
    store.cancel(cancelled.id)
    worker = start(_edit(note), threads=2)
    for _ in range(5):
        worker.wake()
    end(first)
    end(last)
    assert len(ran) == 2
    assert end(cancelled).standing.state is State.CANCELLED


def test_threads_work_side_by_side(add_task: AddTask, start: Start, end: End) -> None:
    together = threading.Barrier(2)

    def meet(request: EditRequest) -> Pixels:
        together.wait(TIMEOUT_S)
        return request.pixels

    tasks = [add_task(), add_task()]
    start(_edit(meet), threads=2)
    assert [end(task).standing.state for task in tasks] == [State.SUCCEEDED] * 2


def test_one_line_for_each_end(
    add_task: AddTask, start: Start, wait_for: WaitFor, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = add_task(), add_task(edit="bad", priority=1)
    with caplog.at_level(logging.INFO, "cleanplate.tasks"):
        start(dict(_edit(_paint)) | dict(_edit(_raising(BadInput("no")), "bad")))
        wait_for(lambda: len([r for r in caplog.records if r.message == "task ended"]) == 2)
    lines = [vars(record) for record in caplog.records if record.message == "task ended"]
    assert [(line["task_id"], line["edit"], line["state"], line["attempt"]) for line in lines] == [
        (good.id, "paint", "succeeded", 1),
        (bad.id, "bad", "failed", 1),
    ]
    assert all(line["queued_ms"] == 0 and line["compute_ms"] >= 0 for line in lines)


def test_a_later_attempt_removes_what_a_killed_one_left(
    store: TaskStore, objects: FolderStore, add_task: AddTask, start: Start, end: End
) -> None:
    task = add_task()
    first = store.claim_next("a worker that dies")
    assert first is not None
    objects.put(output_key(task.id, first.standing.attempt, 1, "png"), b"stored, but the process died here")
    assert store.reap(owner=True) == 1
    start(_edit(_paint))
    done = end(task)
    assert done.standing.attempt == 2
    assert objects.exists(done.outcome.outputs[0].key)
    assert not objects.exists(output_key(task.id, 1, 1, "png"))


def test_an_earlier_attempt_that_stood_still_removes_nothing_of_a_later_one(
    store: TaskStore, objects: FolderStore, add_task: AddTask
) -> None:
    task = add_task()
    attempts = []
    for worker in ("dies", "stands still", "ends it"):
        attempts.append(store.claim_next(worker))
        assert worker == "ends it" or store.reap(owner=True) == 1
    slow, last = attempts[1:]
    assert slow is not None
    assert last is not None
    mine, result = (output_key(task.id, attempt, 1, "png") for attempt in (1, 3))
    objects.put(mine, b"what the first left")
    objects.put(result, b"the picture")
    assert store.succeed(last.claim, [Output(result, 12, 8, "image/png", {})], 1)
    Attempts(objects, lambda *_: iter(()), Patience(threading.Event()), 0.0).run(slow, lambda _done: None)
    assert objects.get(result) == b"the picture"
    assert not objects.exists(mine)
