"""What memory a task needs at least, and what becomes of one that cannot have it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from tests.new_tasks import new_task

from cleanplate.edits.catalogue import edits
from cleanplate.errors import PictureSize
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import load
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.child_messages import Job
from cleanplate.tasks.children import Children
from cleanplate.tasks.performer import TaskCancelled, TaskFailed
from cleanplate.tasks.task import Failure, Stored, Task, TaskInput
from cleanplate.tasks.task_memory import (
    PROCESS_BYTES,
    MemoryGate,
    SharedMemory,
    check_memory,
    least_bytes,
    refuse_oversized,
)

MIB = 2**20


def _refusal(width: int, height: int, **fields: Any) -> str:
    with pytest.raises(PictureSize) as refused:
        refuse_oversized(width, height, **fields)
    return refused.value.public


def test_what_cannot_fit_is_refused_and_what_would_fit_is_said() -> None:
    memory_bytes = PROCESS_BYTES + 1000 * 1000 * 10
    edit: dict[str, Any] = {"bytes_per_pixel": 10.0, "memory_bytes": memory_bytes}
    refuse_oversized(1000, 1000, pixels=10**6, **edit)
    said = _refusal(2000, 1000, pixels=2 * 10**6, **edit)
    assert said.startswith("it is 2000x1000 px; ")
    assert said.endswith("memory for pictures of at most 1.0 million pixels")
    assert "at most 0.5 million" in _refusal(1000, 1000, pixels=2 * 10**6, **edit)


def test_without_a_limit_nothing_is_refused() -> None:
    refuse_oversized(10**6, 10**6, bytes_per_pixel=100.0, pixels=1e12, memory_bytes=None)


def test_a_process_that_could_hold_nothing_says_so() -> None:
    assert "at most 0.0 million" in _refusal(9, 9, bytes_per_pixel=1.0, pixels=81, memory_bytes=1)


@pytest.mark.parametrize(
    ("name", "values", "times"),
    [
        ("erase", {}, 1),
        ("expand", {"left": 1.5, "top": 2}, 3),
        ("upscale", {"factor": 4}, 16),
        ("upscale", {"factor": 1}, 1),
        ("stylize", {"prompt": "ice"}, 1),
    ],
)
def test_what_is_made_counts(name: str, values: dict[str, Any], times: float) -> None:
    edit = edits(Runtime.from_settings(load()))[name]
    assert edit.makes_pixels(edit.parse(values), 100, 50) == 5000 * times


def _task(edit: str, side: int, **fields: Any) -> tuple[Task, dict[str, bytes]]:
    """A grey PNG with a small hole."""
    rules = PictureRules(formats=("png",), max_bytes=2**24, max_side_px=side, max_pixels=side**2)
    mask = np.zeros((side, side), np.uint8)
    mask[8:16, 8:16] = 255
    files = {"image": np.full((side, side), 90, np.uint8), "mask": mask}
    inputs = {role: TaskInput(Stored(), rules) for role in files}
    data = {role: cv2.imencode(".png", values)[1].tobytes() for role, values in files.items()}
    return new_task(int(1000 * time.time()), edit=edit, inputs=inputs, **fields), data


@pytest.fixture
def children() -> Iterator[Callable[[int], Children]]:
    """Makes performers whose process may have so many bytes, and ends them."""
    made: list[Children] = []

    def make(memory_bytes: int) -> Children:
        made.append(Children(1, ChildSetup(load(), ChildLimits(300, 300, memory_bytes))))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(("edit", "side", "values"), [("erase", 6000, {}), ("expand", 4000, {"right": 1.05})])
def test_what_is_refused_could_not_be_done(
    children: Callable[[int], Children], edit: str, side: int, values: dict[str, Any]
) -> None:
    """With just as much memory as is asked for at least, it is tried, and runs out of it."""
    known = edits(Runtime.from_settings(load()))[edit]
    pixels = known.makes_pixels(known.parse(values), side, side)
    enough = least_bytes(known.bytes_per_pixel, pixels)
    task, files = _task(edit, side, parameters=values)
    with pytest.raises(TaskFailed, match=f"image: it is {side}x{side} px; for what is asked") as refused:
        list(children(enough - 1).perform(task, files, lambda done: None))
    assert refused.value.failure.code == "picture-size"
    try:
        (made,) = children(enough).perform(task, files, lambda done: None)
    except TaskFailed as failed:
        made = failed.failure
    assert isinstance(made, Failure)
    assert made.code in ("engine-failed", "input-too-large"), made
    assert "memory" in made.message


def _card(least: Callable[..., int], check: Callable[..., None] = lambda *asked: None) -> EditCard:
    return EditCard(
        "erase", "", {}, dict, lambda: "", lambda: "", lambda _: "", lambda _: "", lambda _: 1, check, least
    )


def test_the_header_is_looked_at_where_the_rules_allow_its_size() -> None:
    asked: list[tuple[int, int]] = []
    card = _card(lambda *_: 0, lambda _values, width, height: asked.append((width, height)))
    task, files = _task("erase", 40)
    check_memory({"erase": card}, task.submission, files["image"])
    check_memory({}, task.submission, files["image"])
    check_memory({"erase": card}, task.submission, b"GIF89a")
    check_memory({"erase": card}, _task("erase", 39)[0].submission, files["image"])
    check_memory({"erase": card}, _task("erase", 40, scenario="ok")[0].submission, files["image"])
    assert asked == [(40, 40)]


def _waits(shared: SharedMemory, wanted: int) -> bool:
    """Whether it would wait."""

    class WaitedError(Exception):
        pass

    def waiting() -> None:
        raise WaitedError

    try:
        with shared.hold(wanted, waiting):
            return False
    except WaitedError:
        return True


def test_those_that_run_share_the_memory() -> None:
    shared = SharedMemory(10)
    with shared.hold(6, lambda: None):
        assert _waits(shared, 5)
        assert not _waits(shared, 4)
    assert not _waits(shared, 10)
    assert not _waits(shared, 1000), "whoever wants more than there is gets it all"


def test_who_waits_longest_is_next() -> None:
    shared, waits, entered = SharedMemory(10), threading.Event(), threading.Event()

    def large() -> None:
        with shared.hold(10, waits.set):
            entered.set()

    thread = threading.Thread(target=large)
    with shared.hold(1, lambda: None):
        thread.start()
        assert waits.wait(60)
        assert _waits(shared, 1), "a small one overtook"
        assert not entered.is_set()
    assert entered.wait(60)
    thread.join()


def test_a_task_begins_when_there_is_memory_for_it() -> None:
    task, files = _task("erase", 40)
    gate = MemoryGate(SharedMemory(100), {"erase": _card(lambda *_: 30)}, most_bytes=80)
    unknown = {"image": b"GIF89a"}

    def cancelled(_done: float) -> None:
        raise TaskCancelled

    for inputs in files, unknown:  # 2 x 30, its usual; 80, the most
        first, second = (gate.hold([Job(task, given)], cancelled) for given in (inputs, files))
        with first, pytest.raises(TaskCancelled), second:
            pass
