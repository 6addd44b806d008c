"""Tasks side by side in one process: real ones, with a model that makes batches and what breaks a group."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.new_tasks import new_task

from cleanplate.errors import EngineFailed
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import load
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.child import ChildSetup
from cleanplate.tasks.child_limits import ChildLimits
from cleanplate.tasks.children import Children
from cleanplate.tasks.performer import EncodedPicture, Made, PerformerDied, Report, TaskCancelled, TaskFailed
from cleanplate.tasks.task import Failure, Stored, Task, TaskInput
from cleanplate.tasks.task_memory import MemoryGate
from cleanplate.tracing.spans import NoTracer

PLUGINS = Path(__file__).parents[2] / "side_by_side"
MEMORY = 2**30
LIMITS = ChildLimits(decode_s=60, task_s=60, memory_bytes=MEMORY)
TIMEOUT_S = 120
"""Only a deadlock takes that long."""
SIDE_PX = 40
RULES = PictureRules(formats=("png",), max_bytes=2**24, max_side_px=9000, max_pixels=81 * 10**6)
Make = Callable[..., Children]
Asked = tuple[Task, Mapping[str, bytes]]
Outcome = list[Made] | Exception


def silent(done: float) -> None:
    """For a task that nobody cancels."""


@pytest.fixture(scope="module")
def children() -> Iterator[Make]:
    """Makes performers of processes, and ends these after the tests."""
    made: list[Children] = []

    def make(count: int = 1, limits: ChildLimits = LIMITS, **told: Any) -> Children:
        made.append(Children(count, ChildSetup(load(plugins=PLUGINS, device="cpu"), limits), **told))
        return made[-1]

    yield make
    for each in made:
        each.close()


def picture(seed: int, width: int = SIDE_PX, height: int = SIDE_PX) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    return cv2.imencode(".png", noise)[1].tobytes()


def mask(width: int = SIDE_PX, height: int = SIDE_PX) -> bytes:
    flags = np.zeros((height, width), np.uint8)
    flags[10:20, 10:20] = 255
    return cv2.imencode(".png", flags)[1].tobytes()


def asked(
    seed: int = 0, *, edit: str = "meet", image: bytes | None = None, count: int = 1, **values: Any
) -> Asked:
    """A task of this edit, and its files."""
    inputs = {"image": picture(seed) if image is None else image}
    if edit == "erase":
        inputs["mask"] = mask()
    told = {role: TaskInput(Stored(), RULES) for role in inputs}
    task = new_task(int(1000 * time.time()), edit=edit, parameters=values, inputs=told, count=count)
    return task, inputs


def heard(perform: Any, one: Asked, report: Report = silent) -> Outcome:
    try:
        return list(perform(*one, report))
    except Exception as error:
        return error


def together(
    performer: Children, group: Sequence[Asked], reports: Mapping[int, Report] | None = None
) -> list[Outcome]:
    """What became of each, side by side."""
    members = performer.group(len(group))

    def run(number: int) -> Outcome:
        with members[number] as member:
            return heard(member.perform, group[number], (reports or {}).get(number, silent))

    with ThreadPoolExecutor(len(group)) as pool:
        futures = [pool.submit(run, number) for number in range(len(group))]
        return [future.result(TIMEOUT_S) for future in futures]


def pictures(outcome: Outcome) -> list[EncodedPicture]:
    assert isinstance(outcome, list), repr(outcome)
    made = [result for result in outcome if isinstance(result, EncodedPicture)]
    assert len(made) == len(outcome), outcome
    return made


def facts(outcome: Outcome) -> tuple[int, list[int]]:
    """The process of the first result, and how many were in each run of the model."""
    recipe = pictures(outcome)[0].recipe
    return recipe["pid"], recipe["batches"]


def same(first: Outcome, second: Outcome) -> bool:
    """The same pictures, or the same error."""
    if isinstance(first, list) and isinstance(second, list):
        return [_shown(one) for one in first] == [_shown(one) for one in second]
    return (type(first), str(first)) == (type(second), str(second))


def _shown(result: Made) -> object:
    return result if isinstance(result, Failure) else result.data


def test_calls_of_a_group_are_one_run(children: Make) -> None:
    performer = children()
    group = [asked(seed) for seed in range(4)]
    made = together(performer, group)
    (pid,) = {facts(outcome)[0] for outcome in made}
    assert [facts(outcome)[1] for outcome in made] == [[4]] * 4
    for one, outcome in zip(group, made, strict=True):
        alone = heard(performer.perform, one)
        assert facts(alone) == (pid, [1]), "the process is used on"
        assert same(outcome, alone)


def test_sizes_edits_and_numbers_of_results_may_differ(children: Make) -> None:
    performer = children()
    group = [
        asked(1),
        asked(2, image=picture(2, 30, 50)),
        asked(3, calls=3),
        asked(4, calls=0),
        asked(5, count=3),
        asked(6, edit="erase"),
        asked(7, edit="stylize", prompt="watercolour"),
        asked(8, words="other"),
    ]
    made = together(performer, group)
    for one, outcome in zip(group, made, strict=True):
        assert same(outcome, heard(performer.perform, one)), one[0].submission
    assert facts(made[0])[1] == [3], "with the first calls of the third and the fifth"
    assert len(pictures(made[4])) == 3
    assert performer.started == 1


def test_what_is_wrong_with_one_is_said_of_it_alone(children: Make) -> None:
    group = [asked(1), asked(2, image=b"no picture"), asked(3, how="words"), asked(4, words="alone")]
    first, second, third, fourth = together(children(), group)
    assert isinstance(second, TaskFailed)
    assert second.failure.code == "not-a-picture"
    assert third == [Failure("bad-parameter", "how: not in this way")]
    assert facts(first)[1] == facts(fourth)[1] == [1]


def test_a_batch_that_fails_is_run_one_by_one(children: Make) -> None:
    made = together(children(), [asked(seed, words="alone") for seed in range(3)])
    assert [facts(outcome)[1] for outcome in made] == [[1]] * 3


@pytest.mark.parametrize(("how", "words"), [("exit", "exit code 3"), ("segfault", "signal SIGSEGV")])
def test_what_ends_the_process_ends_one_task(children: Make, how: str, words: str) -> None:
    performer = children()
    first, second, third = together(performer, [asked(1), asked(2, how=how), asked(3, count=2)])
    assert isinstance(second, PerformerDied)
    assert words in str(second)
    assert facts(first)[1] == facts(third)[1] == [1], "alone, in another process"
    assert len(pictures(third)) == 2


def test_what_was_made_before_the_process_ended_is_not_made_again(children: Make) -> None:
    """The first results are given once, though the task is done again."""
    performer, told = children(), threading.Event()
    members = performer.group(2)
    one, two = asked(1, how="nap", calls=0, count=3), asked(2, how="nap", calls=0, count=3)

    def dies() -> Outcome:
        with members[1] as member:
            return heard(member.perform, two)

    with ThreadPoolExecutor(1) as pool, members[0] as member:
        second = pool.submit(dies)
        results = []
        for made in member.perform(*one, silent):
            results.append(made)
            if not told.is_set():
                told.set()
                for child in performer._living.copy():
                    child._process.kill()
        assert same(results, heard(performer.perform, one))
        assert len(pictures(second.result(TIMEOUT_S))) == 3


def test_memory_that_lacks_is_a_failure_only_alone(children: Make) -> None:
    performer = children()
    first, second, third = together(performer, [asked(1), asked(2, how="memory"), asked(3)])
    assert second == [Failure("engine-failed", "out of memory")]
    assert performer.started == 3, "neither the group's process nor the one that lacked it alone is used on"
    assert facts(first)[1] == facts(third)[1] == [2]


def test_a_group_has_the_time_of_one_task(children: Make) -> None:
    performer = children(limits=ChildLimits(decode_s=60, task_s=5, memory_bytes=MEMORY))
    first, second = together(performer, [asked(1), asked(2, how="sleep")])
    assert isinstance(second, EngineFailed)
    assert "it took longer than 5 s" in str(second)
    assert facts(first)[1] == [1]


def test_files_of_a_group_are_read_in_the_time_of_one(children: Make) -> None:
    """Who alone takes too long is told so."""
    performer = children(limits=ChildLimits(decode_s=0.05, task_s=60, memory_bytes=4 * MEMORY))
    slow = cv2.imencode(".png", np.zeros((8000, 8000, 3), np.uint8))[1].tobytes()
    first, second = together(performer, [asked(1), asked(2, image=slow)])
    said = "reading the files takes longer than 0.05 s"
    assert said in str(second)
    assert isinstance(first, list) or said in str(first), "a busy machine may take as long"


def cancelled_after(seconds: float) -> Report:
    until_s = time.monotonic() + seconds

    def report(_done: float) -> None:
        if time.monotonic() > until_s:
            raise TaskCancelled

    return report


def test_a_cancel_stops_one_and_no_other(children: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanplate.tasks.child_process._STOP_S", TIMEOUT_S)
    performer = children()
    group = [asked(1), asked(2, how="nap", calls=0, count=10**4), asked(3)]
    first, second, third = together(performer, group, {1: cancelled_after(1)})
    assert isinstance(second, TaskCancelled)
    assert facts(first) == facts(third)
    assert facts(heard(performer.perform, asked(4)))[0] == facts(first)[0]


def test_nobody_waits_for_one_that_is_cancelled_and_hangs(children: Make) -> None:
    performer = children()
    group = [asked(1), asked(2, how="sleep"), asked(3)]
    first, second, third = together(performer, group, {1: cancelled_after(1)})
    assert isinstance(second, TaskCancelled)
    assert facts(first) == facts(third)
    assert pictures(heard(performer.perform, asked(4)))


def test_all_are_cancelled(children: Make) -> None:
    performer = children()
    group = [asked(seed, how="sleep") for seed in range(3)]
    made = together(performer, group, dict.fromkeys(range(3), cancelled_after(0.5)))
    assert [type(outcome) for outcome in made] == [TaskCancelled] * 3
    assert pictures(heard(performer.perform, asked(4)))


def test_who_does_not_listen_to_the_end_costs_the_others_nothing(children: Make) -> None:
    performer = children()
    first, second = performer.group(2)
    with ThreadPoolExecutor(1) as pool, second:
        other = pool.submit(heard, first.perform, asked(1, calls=3))
        results = second.perform(*asked(2, count=50), silent)
        assert isinstance(next(results), EncodedPicture)
        results.close()  # type: ignore[attr-defined]
        assert pictures(other.result(TIMEOUT_S))


def test_places_that_are_left_keep_nobody_waiting(children: Make) -> None:
    performer = children()
    first, second, third = performer.group(3)
    with first, second, third, ThreadPoolExecutor(2) as pool:
        made = [pool.submit(heard, member.perform, asked(1)) for member in (first, second)]
        third.__exit__()
        assert [facts(one.result(TIMEOUT_S))[1] for one in made] == [[2], [2]]
    last, gone = performer.group(2)
    gone.__exit__()
    assert facts(heard(last.perform, asked(1)))[1] == [1]
    for member in performer.group(2):
        member.__exit__()


def test_one_that_is_cancelled_before_all_have_come_is_not_done(children: Make) -> None:
    performer = children()
    first, second, third = performer.group(3)
    assert isinstance(heard(second.perform, asked(2), cancelled_after(0)), TaskCancelled)
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(heard, member.perform, asked(1)) for member in (first, third)]
        assert [facts(one.result(TIMEOUT_S))[1] for one in made] == [[2], [2]]


def test_processes_that_are_closed_end_the_group(children: Make) -> None:
    performer = children()
    closing = threading.Timer(0.5, performer.close)
    closing.start()
    made = together(performer, [asked(seed, how="sleep") for seed in range(2)])
    assert [type(outcome) for outcome in made] == [PerformerDied] * 2
    closing.join()


def _card(least: int) -> EditCard:
    return EditCard(
        "meet",
        "",
        {},
        dict,
        str,
        str,
        str,
        str,
        lambda _: 1,
        lambda *_: None,
        lambda *_: least,
    )


def test_no_more_together_than_a_process_has_the_memory_for(children: Make) -> None:
    """Twice 20 each, its usual: two at a time of 100; a file of unknown size alone."""
    performer = children(gate=MemoryGate(None, {"meet": _card(20)}, 100))
    made = together(performer, [asked(seed) for seed in range(4)])
    assert [facts(outcome)[1] for outcome in made] == [[2]] * 4
    first, second, third = together(performer, [asked(1), asked(2, image=b"GIF89a"), asked(3)])
    assert isinstance(second, TaskFailed)
    assert facts(first)[1] and facts(third)[1]


@dataclass(frozen=True)
class Recorder(NoTracer):
    """Each thread has a trace of its own; keeps which stages belong to which."""

    told: list[tuple[str, str]] = field(default_factory=list)

    @property
    def current(self) -> Mapping[str, str]:
        return {"thread": threading.current_thread().name}

    def record(
        self, name: str, parent: Mapping[str, str], began_ns: int, ended_ns: int, attributes: object = None
    ) -> None:
        self.told.append((parent["thread"], name))


def test_stages_are_told_of_the_task_that_they_belong_to(children: Make) -> None:
    tracer = Recorder()
    together(children(tracer=tracer), [asked(1), asked(2, count=2)])
    by_task: dict[str, list[str]] = {}
    for thread, name in tracer.told:
        by_task.setdefault(thread, []).append(name)
    once = ["decode", "edit", "encode"]
    assert sorted(by_task.values()) == sorted([once, [*once, "edit", "encode"]])


HOWS = st.sampled_from(["", "", "", "words", "memory", "exit", "nap"])
MEMBERS = st.lists(
    st.tuples(HOWS, st.integers(0, 3), st.integers(1, 2), st.sampled_from(["", "a", "alone"]), st.booleans()),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def pair(children: Make) -> Children:
    return children(2)


@settings(max_examples=15)
@given(group=MEMBERS)
def test_in_any_group_each_has_what_it_has_alone(
    pair: Children, group: list[tuple[str, int, int, str, bool]]
) -> None:
    """Whatever the others do; one that is cancelled has that, or what it had before."""
    told = [
        asked(number, how=how, calls=calls, count=count, words=words)
        for number, (how, calls, count, words, _) in enumerate(group)
    ]
    stops = {number: cancelled_after(0.2) for number, (*_, stopped) in enumerate(group) if stopped}
    made = together(pair, told, stops)
    for number, (one, outcome) in enumerate(zip(told, made, strict=True)):
        if not (number in stops and isinstance(outcome, TaskCancelled)):
            assert same(outcome, heard(pair.perform, one)), (group, number)


def test_without_room_for_a_thread_each_is_done_alone(
    children: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start

    def full(thread: threading.Thread) -> None:
        if thread.name == "task-group":
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", full)
    made = together(children(), [asked(seed) for seed in range(3)])
    assert [facts(outcome)[1] for outcome in made] == [[1]] * 3
