"""The table of tasks: every move, who wins a race, what a crash leaves, lists and expiry."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from cleanplate.database import open_database
from cleanplate.errors import StorageFailed
from cleanplate.tasks.store import TaskStore, _move
from cleanplate.tasks.task import MOVES, Failure, Output, State, Task, TaskFilter

PICTURE = Output("results/x/1-1.png", 4, 3, "image/png")
BROKEN = Failure("not-a-picture", "image: this is not a picture")

MakeTask = Callable[..., Task]


class Clock(Protocol):
    now_ms: int


def _bring_to(store: TaskStore, task_id: str, state: State) -> None:
    """Move a queued task into `state` by legal moves."""
    if state is State.CANCELLED:
        store.cancel(task_id)
    elif state is not State.QUEUED:
        store.claim(task_id)
    if state is State.SUCCEEDED:
        store.succeed(task_id, 1, [PICTURE], 5)
    elif state is State.FAILED:
        store.fail(task_id, BROKEN, attempt=1)


def _tries(store: TaskStore, task_id: str, target: State) -> Iterator[bool]:
    """Every method that leads to `target`, each told the attempt that a running task would have."""
    if target is State.QUEUED:
        yield store.hand_back(task_id, 1)
    elif target is State.RUNNING:
        yield store.claim(task_id) is not None
    elif target is State.SUCCEEDED:
        yield store.succeed(task_id, 1, [PICTURE], 5)
    elif target is State.FAILED:
        yield store.fail(task_id, BROKEN, attempt=1)
        yield store.fail(task_id, BROKEN)
    else:
        yield store.cancel(task_id)
        yield store.cancel(task_id, attempt=1)


@pytest.mark.parametrize("target", State)
@pytest.mark.parametrize("source", State)
def test_every_move_of_the_table_and_no_other(
    store: TaskStore, make_task: MakeTask, source: State, target: State
) -> None:
    task = make_task()
    store.insert(task)
    _bring_to(store, task.id, source)
    before = store.get(task.id)
    assert before is not None
    assert before.state is source
    moved = True in list(_tries(store, task.id, target))
    after = store.get(task.id)
    assert after is not None
    assert moved is (target in MOVES[source])
    assert after.state is (target if moved else source)
    assert moved or after == before
    assert after.state.terminal is (after.expires_at_ms is not None)


@pytest.mark.parametrize("target", State)
@pytest.mark.parametrize("source", State)
def test_a_move_outside_the_table_is_a_bug(source: State, target: State) -> None:
    if target in MOVES[source]:
        assert str(_move(source, target)).startswith("UPDATE tasks")
    else:
        with pytest.raises(ValueError, match=f"no task goes from {source} to {target}"):
            _move(source, target)


def test_a_task_comes_back_as_it_went(store: TaskStore, make_task: MakeTask) -> None:
    task = make_task(
        parameters={"seed": 10**30, "words": ["é", "\ud800", None], "deep": {"a": 0.1}},
        results=(PICTURE, PICTURE),
        failure=BROKEN,
        compute_ms=7,
        priority=-3,
    )
    store.insert(task)
    assert store.get(task.id) == task
    assert store.get("unknown") is None


def test_a_life_with_its_times(store: TaskStore, make_task: MakeTask, clock: Clock) -> None:
    task = make_task()
    store.insert(task)
    clock.now_ms += 10
    claimed = store.claim(task.id)
    assert claimed == store.get(task.id)
    assert claimed is not None
    assert (claimed.state, claimed.attempt, claimed.started_at_ms) == (State.RUNNING, 1, clock.now_ms)
    clock.now_ms += 10
    assert store.succeed(task.id, 1, [PICTURE], 9)
    done = store.get(task.id)
    assert done is not None
    assert done.outputs == (PICTURE,)
    assert (done.compute_ms, done.finished_at_ms, done.expires_at_ms) == (
        9,
        clock.now_ms,
        clock.now_ms + 1000,
    )


def test_a_failure_keeps_its_reason(store: TaskStore, make_task: MakeTask) -> None:
    task = make_task()
    store.insert(task)
    assert store.fail(task.id, BROKEN)
    failed = store.get(task.id)
    assert failed is not None
    assert (failed.failure, failed.attempt, failed.outputs) == (BROKEN, 0, ())


@pytest.mark.parametrize("stale", [0, 1, 3])
def test_a_finish_of_another_attempt_writes_nothing(
    store: TaskStore, make_task: MakeTask, stale: int
) -> None:
    task = make_task()
    store.insert(task)
    store.claim(task.id)
    store.hand_back(task.id, 1)
    second = store.claim(task.id)
    assert not store.succeed(task.id, stale, [PICTURE], 1)
    assert not store.fail(task.id, BROKEN, attempt=stale)
    assert not store.fail(task.id, BROKEN)
    assert not store.hand_back(task.id, stale)
    assert store.get(task.id) == second
    assert store.succeed(task.id, 2, [PICTURE], 1)


def test_one_of_many_threads_claims_a_task(store: TaskStore, make_task: MakeTask) -> None:
    tasks = [make_task() for _ in range(10)]
    start = threading.Barrier(4)

    def claim(task_id: str) -> Task | None:
        start.wait(10)
        return store.claim(task_id)

    with ThreadPoolExecutor(4) as pool:
        for task in tasks:
            store.insert(task)
            won = [found for found in pool.map(claim, [task.id] * 4) if found is not None]
            assert [found.attempt for found in won] == [1]


def test_cancel_and_claim_race_for_one_task(store: TaskStore, make_task: MakeTask) -> None:
    start = threading.Barrier(2)

    def move(task_id: str, *, by_client: bool) -> bool:
        start.wait(10)
        return store.cancel(task_id) if by_client else store.claim(task_id) is not None

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            task = make_task()
            store.insert(task)
            cancel = pool.submit(move, task.id, by_client=True)
            claim = pool.submit(move, task.id, by_client=False)
            assert cancel.result() is not claim.result()
            after = store.get(task.id)
            assert after is not None
            assert after.state is (State.CANCELLED if cancel.result() else State.RUNNING)


def test_recover_after_a_crash(engine: Engine, store: TaskStore, make_task: MakeTask, tmp_path: Path) -> None:
    running, queued, done, gone = (make_task() for _ in range(4))
    for task in (running, queued, done, gone):
        store.insert(task)
    _bring_to(store, running.id, State.RUNNING)
    _bring_to(store, done.id, State.SUCCEEDED)
    _bring_to(store, gone.id, State.CANCELLED)
    engine.dispose()
    again_engine = open_database(tmp_path / "cleanplate.db", synchronous="OFF")
    again = TaskStore(again_engine)
    found = again.recover(3)
    assert {task.id: (task.state, task.attempt, task.started_at_ms) for task in found} == {
        running.id: (State.QUEUED, 1, None),
        queued.id: (State.QUEUED, 0, None),
    }
    # The thread of the first life is still there: it may not finish what was given away.
    assert not store.succeed(running.id, 1, [PICTURE], 1)
    retry = again.claim(running.id)
    assert retry is not None
    assert retry.attempt == 2
    assert not store.succeed(running.id, 1, [PICTURE], 1)
    again_engine.dispose()


def test_a_task_that_kills_its_worker_is_buried(store: TaskStore, make_task: MakeTask) -> None:
    poison = make_task()
    store.insert(poison)
    starts = 0
    while store.recover(3):
        assert store.claim(poison.id) is not None
        starts += 1
    ended = store.get(poison.id)
    assert ended is not None
    assert starts == 3
    assert ended.failure == Failure("worker-died", "the worker died repeatedly")
    assert ended.expires_at_ms is not None


def test_what_is_unfinished_comes_by_priority_then_age(store: TaskStore, make_task: MakeTask) -> None:
    wanted = [(-1, 5), (0, 1), (0, 2), (3, 0)]
    for priority, age in [wanted[2], wanted[0], wanted[3], wanted[1]]:
        store.insert(make_task(priority=priority, created_at_ms=age))
    store.insert(make_task(state=State.FAILED))
    assert [(task.priority, task.created_at_ms) for task in store.unfinished()] == wanted
    assert [(task.priority, task.created_at_ms) for task in store.recover(3)] == wanted


def test_what_an_edit_takes_is_learnt_from_work_alone(
    store: TaskStore, make_task: MakeTask, clock: Clock
) -> None:
    def ended(compute_ms: int, **fields: object) -> None:
        task = make_task(**fields)
        store.insert(task)
        store.claim(task.id)
        store.succeed(task.id, 1, [PICTURE], compute_ms)
        clock.now_ms += 1

    assert store.typical_compute_ms("paint") is None
    ended(5, scenario="ok")
    assert store.typical_compute_ms("paint") is None, "a task of a test key does no work"
    ended(9000)
    ended(400)
    ended(200)
    ended(7, edit="expand")
    ended(5, scenario="ok")
    assert store.typical_compute_ms("paint") == 3200
    assert store.typical_compute_ms("paint", of=2) == 300


def test_pages_are_newest_first(store: TaskStore, make_task: MakeTask) -> None:
    tasks = [make_task(created_at_ms=age) for age in range(5)]
    for task in tasks:
        store.insert(task)
    first, second, third = (store.page(TaskFilter(), page_no=number, page_size=2) for number in (1, 2, 3))
    assert [task for page in (first, second, third) for task in page.tasks] == tasks[::-1]
    assert {first.total, second.total, third.total} == {5}
    assert store.page(TaskFilter(), page_no=10**30, page_size=100).tasks == ()


@pytest.mark.parametrize(
    ("wanted", "ages"),
    [
        (TaskFilter(), [3, 2, 1]),
        (TaskFilter(dialect="dashscope"), [3, 2]),
        (TaskFilter(dialect="' OR 1=1 --"), []),
        (TaskFilter(model="other"), [2]),
        (TaskFilter(states=(State.QUEUED,)), [3, 2]),
        (TaskFilter(states=(State.QUEUED, State.FAILED)), [3, 2, 1]),
        (TaskFilter(states=()), []),
        (TaskFilter(created_from_ms=2), [3, 2]),
        (TaskFilter(created_to_ms=2), [2, 1]),
        (TaskFilter(created_from_ms=2, created_to_ms=2), [2]),
        (TaskFilter(created_from_ms=-(10**30), created_to_ms=10**30), [3, 2, 1]),
        (TaskFilter(dialect="dashscope", model="other", created_to_ms=1), []),
    ],
)
def test_filters(store: TaskStore, make_task: MakeTask, wanted: TaskFilter, ages: list[int]) -> None:
    store.insert(make_task(created_at_ms=1, dialect="native", state=State.FAILED))
    store.insert(make_task(created_at_ms=2, model="other"))
    store.insert(make_task(created_at_ms=3))
    page = store.page(wanted, page_no=1, page_size=10)
    assert [task.created_at_ms for task in page.tasks] == ages
    assert page.total == len(ages)


def test_a_page_leaves_out_what_has_expired(store: TaskStore, make_task: MakeTask, clock: Clock) -> None:
    task = make_task()
    store.insert(task)
    store.cancel(task.id)
    clock.now_ms += 999
    assert store.page(TaskFilter(task_id=task.id), page_no=1, page_size=10).total == 1
    clock.now_ms += 1
    assert store.page(TaskFilter(task_id=task.id), page_no=1, page_size=10).total == 0


def test_expired_known_and_delete(store: TaskStore, make_task: MakeTask) -> None:
    tasks = [make_task(expires_at_ms=at) for at in (30, 10, 20, None)]
    ids = [task.id for task in tasks]
    for task in tasks:
        store.insert(task)
    assert store.expired(9, 10) == []
    assert store.expired(20, 10) == [ids[1], ids[2]]
    assert store.expired(100, 2) == [ids[1], ids[2]]
    assert store.known([*ids, "stranger"]) == set(ids)
    store.delete([ids[0], ids[1], "stranger"])
    assert store.known(ids) == {ids[2], ids[3]}


def test_sets_of_ids_have_no_limit(store: TaskStore, make_task: MakeTask) -> None:
    task = make_task()
    store.insert(task)
    many = [task.id, *(str(number) for number in range(40_000))]
    assert store.known(many) == {task.id}
    store.delete(many)
    assert store.known([]) == set()
    assert store.get(task.id) is None


def test_a_database_that_refuses_is_a_storage_failure(
    engine: Engine, store: TaskStore, make_task: MakeTask
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tasks")
    with pytest.raises(StorageFailed) as caught:
        store.insert(make_task(parameters={"secret": "s3cr3t"}))
    assert "no such table" in caught.value.log
    assert "s3cr3t" not in caught.value.log
    assert caught.value.public == "the server's database is not available"
    with pytest.raises(StorageFailed):
        store.get("x")
