"""Limits that hold whoever submits how much at the same moment. Over every database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.new_tasks import claim

from cleanplate.errors import LimitReached
from cleanplate.intake.sources import Inline
from cleanplate.key_limits import Limits, Told
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, State, Submission, Task, TaskFilter, TaskInput

MakeTask = Callable[..., Task]
OUTPUT = Output("results/x/1-1.png", 1, 1, "image/png")


def refused(store: TaskStore, task: Task, limits: Limits) -> str | None:
    """Which limit refuses this task; None when it is accepted."""
    try:
        store.insert_within(task, limits)
    except LimitReached as error:
        return error.kind
    return None


def unfinished(store: TaskStore) -> tuple[Task, ...]:
    open_states = State.QUEUED, State.RUNNING
    return store.page(TaskFilter(states=open_states), page_no=1, page_size=100).tasks


@pytest.mark.parametrize(
    ("limits", "kind"), [(Limits(concurrent=5), "concurrency"), (Limits(images=10), "quota")]
)
def test_threads_cannot_pass_a_limit_together(
    store: TaskStore, make_task: MakeTask, limits: Limits, kind: str
) -> None:
    tasks = [make_task(count=2) for _ in range(60)]
    with ThreadPoolExecutor(20) as pool:
        ended = list(pool.map(lambda task: refused(store, task, limits), tasks))
    assert sorted(map(str, ended)) == sorted(["None"] * 5 + [kind] * 55)
    accepted = {task.id for task, how in zip(tasks, ended, strict=True) if how is None}
    assert {task.id for task in unfinished(store)} == accepted


def test_each_key_has_its_own_limits(store: TaskStore, make_task: MakeTask) -> None:
    one = Limits(concurrent=1)
    assert refused(store, make_task(key_id="a"), one) is None
    assert refused(store, make_task(key_id="a"), one) == "concurrency"
    assert refused(store, make_task(key_id="b"), one) is None
    assert refused(store, make_task(key_id="a"), Limits()) is None


def test_a_key_takes_its_limits_along(store: TaskStore, make_task: MakeTask) -> None:
    two = Limits(images=2)
    assert refused(store, make_task(key_id="a", account="old"), two) is None
    while (task := store.claim_next("w")) is not None:
        assert store.succeed(task.claim, [Output("results/x/1-1.png", 4, 3, "image/png")], 1)
    assert refused(store, make_task(key_id="a", account="new"), two) is None
    assert refused(store, make_task(key_id="a", account="new"), two) == "quota"
    assert refused(store, make_task(key_id="b", account="new"), two) is None


def test_a_limit_of_nothing_lets_nothing_in(store: TaskStore, make_task: MakeTask) -> None:
    assert refused(store, make_task(), Limits(concurrent=0)) == "concurrency"
    assert refused(store, make_task(), Limits(images=0)) == "quota"


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel"])
def test_an_ended_task_makes_room(store: TaskStore, make_task: MakeTask, end: str) -> None:
    one = Limits(concurrent=1)
    task = make_task()
    store.insert_within(task, one)
    started = claim(store, task.id)
    assert refused(store, make_task(), one) == "concurrency", "a running task counts too"
    match end:
        case "succeed":
            store.succeed(started, [OUTPUT], 5)
        case "fail":
            store.fail(started, Failure("engine-failed", "no"))
        case _:
            store.cancel_running(started)
    assert refused(store, make_task(), one) is None


def test_only_successful_pictures_use_up_the_quota(store: TaskStore, make_task: MakeTask) -> None:
    four = Limits(images=4)
    partly, failing = make_task(count=3), make_task(count=1)
    started = []
    for task in (partly, failing):
        assert refused(store, task, four) is None
        started.append(claim(store, task.id))
    assert refused(store, make_task(), four) == "quota", "what is on its way is reserved"
    store.succeed(started[0], [OUTPUT, Failure("engine-failed", "no"), OUTPUT], 5)
    store.fail(started[1], Failure("engine-failed", "no"))
    assert refused(store, make_task(count=3), four) == "quota"
    assert refused(store, make_task(count=2), four) is None


def test_used_pictures_count_for_ever(store: TaskStore, make_task: MakeTask, clock: Any) -> None:
    task = make_task()
    store.insert(task)
    started = claim(store, task.id)
    store.succeed(started, [OUTPUT], 5)
    clock.now_ms += 40 * 24 * 3600 * 1000
    store.delete(store.expired(clock(), 10))
    assert store.page(TaskFilter(), page_no=1, page_size=1).total == 0
    assert refused(store, make_task(), Limits(images=1)) == "quota"


def test_a_refused_submit_leaves_nothing(
    store: TaskStore,
    objects: FolderStore,
    make_task: MakeTask,
    plain: Submission,
) -> None:
    ready: list[Task] = []
    asked: list[str] = []

    def admit(given: Submission, _told: Told) -> Limits:
        asked.append(given.key_id)
        return Limits(concurrent=1)

    service = TaskService(store, objects, ready=ready.append, admit=admit)
    first = service.submit(plain)
    with pytest.raises(LimitReached):
        service.submit(plain)
    assert asked == ["static-1", "static-1"]
    assert ready == [first]
    assert [task.standing.state for task in unfinished(store)] == [State.QUEUED]
    assert [group.name for group in objects.groups("inputs")] == [first.id]


def test_too_many_submits_are_refused_before_anything_is_stored(
    store: TaskStore, objects: FolderStore, plain: Submission
) -> None:
    def admit(_asked: Submission, _told: Told) -> Limits:
        raise LimitReached("too many", kind="rate", retry_after_s=1)

    service = TaskService(store, objects, ready=lambda _task: None, admit=admit)
    with pytest.raises(LimitReached):
        service.submit(plain)
    assert unfinished(store) == ()
    assert list(objects.groups("inputs")) == []


@pytest.fixture
def plain(make_task: MakeTask) -> Submission:
    rules = make_task().submission.inputs["image"].rules
    return Submission(
        dialect="dashscope",
        model="m",
        edit="erase",
        parameters={},
        inputs={"image": TaskInput(Inline(b"picture"), rules)},
        key_id="static-1",
        account="static-1",
        request_id="r",
    )
