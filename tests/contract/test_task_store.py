"""The table of tasks: every move, what is stored, lists and expiry."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from tests.new_tasks import Clock

from cleanplate.errors import StorageFailed
from cleanplate.tasks.moves import move
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import MOVES, Claim, Failure, Output, State, Task, TaskFilter

PICTURE = Output("results/x/1-1.png", 4, 3, "image/png")
BROKEN = Failure("not-a-picture", "image: this is not a picture")

MakeTask = Callable[..., Task]


def _bring_to(store: TaskStore, task_id: str, state: State) -> Claim:
    """Move the only queued task into `state` by legal moves; the claim that it then has, or would have."""
    if state is State.CANCELLED:
        store.cancel(task_id)
    elif state is not State.QUEUED:
        store.claim_next("w")
    claim = Claim(task_id, "w", 1)
    if state is State.SUCCEEDED:
        store.succeed(claim, [PICTURE], 5)
    elif state is State.FAILED:
        store.fail(claim, BROKEN)
    return claim


def _tries(store: TaskStore, claim: Claim, target: State) -> Iterator[bool]:
    """Every method that leads to `target`."""
    if target is State.QUEUED:
        yield store.hand_back(claim)
        yield store.retry(claim, BROKEN, most_deaths=2)
        yield store.reap(owner=True) == 1
    elif target is State.RUNNING:
        yield store.claim_next("another") is not None
    elif target is State.SUCCEEDED:
        yield store.succeed(claim, [PICTURE], 5)
    elif target is State.FAILED:
        yield store.fail(claim, BROKEN)
        yield store.fail_queued(claim.task_id, BROKEN)
        yield store.retry(claim, BROKEN, most_deaths=1)
    else:
        yield store.cancel(claim.task_id)
        yield store.cancel_running(claim)


@pytest.mark.parametrize("target", State)
@pytest.mark.parametrize("source", State)
def test_every_move_of_the_table_and_no_other(
    store: TaskStore, make_task: MakeTask, source: State, target: State
) -> None:
    task = make_task()
    store.insert(task)
    claim = _bring_to(store, task.id, source)
    before = store.get(task.id)
    assert before is not None
    assert before.standing.state is source
    moved = True in list(_tries(store, claim, target))
    after = store.get(task.id)
    assert after is not None
    assert moved is (target in MOVES[source])
    assert after.standing.state is (target if moved else source)
    assert moved or after == before
    assert after.standing.state.terminal is (after.standing.expires_at_ms is not None)


@pytest.mark.parametrize("target", State)
@pytest.mark.parametrize("source", State)
def test_a_move_outside_the_table_is_a_bug(source: State, target: State) -> None:
    if target in MOVES[source]:
        assert str(move(source, target)).startswith("UPDATE tasks")
    else:
        with pytest.raises(ValueError, match=f"no task goes from {source} to {target}"):
            move(source, target)


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
    claimed = store.claim_next("w")
    assert claimed == store.get(task.id)
    assert claimed is not None
    assert (claimed.standing.state, claimed.standing.attempt, claimed.standing.started_at_ms) == (
        State.RUNNING,
        1,
        clock.now_ms,
    )
    clock.now_ms += 10
    assert store.succeed(claimed.claim, [PICTURE], 9)
    done = store.get(task.id)
    assert done is not None
    assert done.outcome.outputs == (PICTURE,)
    assert (done.outcome.compute_ms, done.standing.finished_at_ms, done.standing.expires_at_ms) == (
        9,
        clock.now_ms,
        clock.now_ms + 1000,
    )


def test_a_failure_keeps_its_reason(store: TaskStore, make_task: MakeTask) -> None:
    task = make_task()
    store.insert(task)
    assert store.fail_queued(task.id, BROKEN)
    failed = store.get(task.id)
    assert failed is not None
    assert (failed.outcome.failure, failed.standing.attempt, failed.outcome.outputs) == (BROKEN, 0, ())


def test_what_an_edit_takes_is_learnt_from_work_alone(
    store: TaskStore, make_task: MakeTask, clock: Clock
) -> None:
    def end(compute_ms: int, **fields: object) -> None:
        store.insert(make_task(**fields))
        task = store.claim_next("w", simulated="scenario" in fields)
        assert task is not None
        store.succeed(task.claim, [PICTURE], compute_ms)
        clock.now_ms += 1

    assert store.typical_compute_ms("paint") is None
    end(5, scenario="ok")
    assert store.typical_compute_ms("paint") is None, "a task of a test key does no work"
    end(9000)
    end(400)
    end(200)
    end(7, edit="expand")
    end(5, scenario="ok")
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
        (TaskFilter(account="static-1"), [3, 1]),
        (TaskFilter(account="shop"), [2]),
        (TaskFilter(account="shop", dialect="native"), []),
        (TaskFilter(account=""), []),
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
    store.insert(make_task(created_at_ms=2, model="other", account="shop"))
    store.insert(make_task(created_at_ms=3))
    page = store.page(wanted, page_no=1, page_size=10)
    assert [task.standing.created_at_ms for task in page.tasks] == ages
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
    assert "tasks" in caught.value.log
    assert "s3cr3t" not in caught.value.log
    assert caught.value.public == "the server's database is not available"
    with pytest.raises(StorageFailed):
        store.get("x")
