"""Tasks that are claimed together, to be done in one run of a network."""

from collections.abc import Callable

from tests.new_tasks import Clock

from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import State, Task

AddTask = Callable[..., Task]
SAME = {"edit": "instruct", "queue": "instruct", "canvas": "64x48"}


def _first(store: TaskStore) -> Task:
    task = store.claim_next("w", queue="instruct")
    assert task is not None
    return task


def test_what_is_alike_comes_along(store: TaskStore, add_task: AddTask, clock: Clock) -> None:
    ids = [add_task(**SAME).id for _ in range(4)]
    others = [
        add_task(**SAME | {"edit": "stylize"}),
        add_task(**SAME | {"queue": "general"}),
        add_task(**SAME | {"canvas": "48x64"}),
        add_task(**SAME | {"canvas": ""}),
        add_task(**SAME | {"staged": False}),
        add_task(**SAME | {"scenario": "ok"}),
        add_task(**SAME | {"deaths": 1}),
    ]
    first = _first(store)
    assert first.id == ids[0]
    along = store.claim_alike(first, 7)
    assert {task.id for task in along} == set(ids[1:])
    for task in along:
        assert (task.standing.state, task.standing.attempt, task.standing.worker_id) == (
            State.RUNNING,
            1,
            "w",
        )
        assert store.succeed(task.claim, [], 1)
    left = [store.get(task.id) for task in others]
    assert {task and task.standing.state for task in left} == {State.QUEUED}


def test_no_more_than_are_wanted(store: TaskStore, add_task: AddTask) -> None:
    for _ in range(5):
        add_task(**SAME)
    first = _first(store)
    assert len(store.claim_alike(first, 3)) == 3
    assert store.claim_alike(first, 0) == []
    assert len(store.claim_alike(first, 3)) == 1
    assert store.claim_alike(first, 3) == []


def test_what_may_have_ended_its_process_is_done_alone(store: TaskStore, add_task: AddTask) -> None:
    add_task(**SAME, deaths=1, priority=-1)
    add_task(**SAME)
    assert store.claim_alike(_first(store), 3) == []


def test_what_comes_along_puts_nobody_else_back(store: TaskStore, add_task: AddTask) -> None:
    """A newcomer stands behind what was started last: were that the turn of the last in line, behind all."""
    for _ in range(8):
        add_task(**SAME, key_id="many")
    add_task(**SAME | {"canvas": "9x9"}, key_id="many")
    first = _first(store)
    assert len(store.claim_alike(first, 7)) == 7
    newcomer = add_task(**SAME | {"canvas": "9x9"}, key_id="new")
    assert _first(store).id == newcomer.id


def test_two_machines_never_get_one_task(store: TaskStore, other: TaskStore, add_task: AddTask) -> None:
    for _ in range(12):
        add_task(**SAME)
    here, there = _first(store), other.claim_next("v", queue="instruct")
    assert there is not None
    mine, theirs = store.claim_alike(here, 5), other.claim_alike(there, 5)
    ids = [task.id for task in (here, there, *mine, *theirs)]
    assert len(ids) == len(set(ids)) == 12
    assert {task.standing.worker_id for task in theirs} == {"v"}
