"""How long a task will wait, and when that is too long."""

from collections.abc import Callable

import pytest

from cleanplate.errors import LimitReached
from cleanplate.key_limits import Allowance
from cleanplate.storage.folder import FolderStore
from cleanplate.tasks.queue_wait import GUESS_MS, Outlook, QueueWait, WaitPolicy
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Output, Submission, Task
from cleanplate.tasks.turns import Ahead

MakeTask = Callable[..., Task]
PICTURE = Output("results/x/1-1.png", 4, 3, "image/png")


class Door:
    """Submits what takes a second by default, and says what it was told."""

    def __init__(
        self,
        store: TaskStore,
        objects: FolderStore,
        make_task: MakeTask,
        policy: WaitPolicy,
        clock: Callable[[], int],
    ) -> None:
        self._service = TaskService(store, objects, ready=lambda _task: None, waiting=policy, clock_ms=clock)
        self._make_task = make_task
        self.told: list[Allowance] = []

    def submit(self, **fields: object) -> Task:
        asked: Submission = self._make_task(**fields).submission
        return self._service.submit(asked, self.told.append)

    def refused(self, **fields: object) -> int | None:
        """The seconds after which to come again; None when the task was accepted."""
        try:
            self.submit(**fields)
        except LimitReached as error:
            assert error.kind == "queue"
            return error.retry_after_s
        return None


@pytest.fixture
def door(
    store: TaskStore, objects: FolderStore, make_task: MakeTask, clock: Callable[[], int]
) -> Callable[..., Door]:
    return lambda **policy: Door(store, objects, make_task, WaitPolicy(**policy), clock)


def done(store: TaskStore, compute_ms: int) -> None:
    task = store.claim_next("w")
    assert task is not None
    assert store.succeed(task.claim, [PICTURE], compute_ms)


def test_a_task_that_would_wait_too_long_is_refused(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=3)
    assert [here.refused() for _ in range(4)] == [None] * 4
    assert here.refused() == 1
    assert [one.left for one in here.told] == [3, 2, 1, 0, 0]
    assert {one.most for one in here.told} == {4}


def test_nothing_is_kept_of_what_is_refused(
    door: Callable[..., Door], store: TaskStore, unfinished: Callable[[], list[Task]]
) -> None:
    here = door(max_wait_s=0.5)
    here.submit()
    assert here.refused() is not None
    assert len(unfinished()) == 1


def test_one_keys_flood_is_its_own(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=10)
    while here.refused(key_id="flood") is None:
        pass
    assert [here.refused(key_id="other") for _ in range(5)] == [None] * 5


def test_who_has_nothing_here_gets_one_task_in(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=0.5)
    here.submit(key_id="slow")
    assert here.refused(key_id="other") is None
    assert here.refused(key_id="other") is not None


def test_a_second_key_of_an_account_is_nobody_new(door: Callable[..., Door], store: TaskStore) -> None:
    here = door(max_wait_s=0.5)
    task = here.submit(key_id="first", account="shop")
    assert here.refused(key_id="second", account="shop") is not None
    assert store.has_unfinished("shop")
    assert store.cancel(task.id)
    assert not store.has_unfinished("shop")
    assert not store.has_unfinished("first")


def test_more_workers_make_more_room(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=3, workers=lambda _queue: 3)
    assert [here.refused() for _ in range(11)] == [None] * 10 + [1]


def test_what_is_waited_for_is_refused_when_its_client_would_be_gone(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=1000, max_interactive_s=2)
    assert [here.refused(interactive=True) for _ in range(4)] == [None, None, None, 1]
    assert here.refused() is None


def test_what_work_takes_is_learnt(
    door: Callable[..., Door], store: TaskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleanplate.tasks.queue_wait._FRESH_S", 0)
    here = door(max_wait_s=60)
    assert here.submit().submission.cost_ms == GUESS_MS
    done(store, 20_000)
    assert here.submit(count=2).submission.cost_ms == 40_000
    # What was guessed is corrected by what the last one took: 20 times as long.
    assert here.refused(key_id="static-1") is not None


def test_what_is_far_from_too_long_is_counted_seldom(
    door: Callable[..., Door], store: TaskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, count = list[Submission](), store.ahead_of_new

    def counting(asked: Submission) -> Ahead:
        counted.append(asked)
        return count(asked)

    monkeypatch.setattr(store, "ahead_of_new", counting)
    monkeypatch.setattr("cleanplate.tasks.queue_wait._FRESH_S", 0)
    here = door(max_wait_s=100)
    for _ in range(6):  # each takes a second: five seconds are a twentieth
        here.submit()
    assert len(counted) == 1
    assert here.told[-1].left == 95, "what came here counts at once"
    for _ in range(3):
        here.submit()
    assert len(counted) == 4


def test_what_is_simulated_waits_for_nothing(door: Callable[..., Door]) -> None:
    here = door(max_wait_s=1)
    tasks = [here.submit(key_id="test-1") for _ in range(5)]
    assert {task.submission.cost_ms for task in tasks} == {0}
    assert here.refused() is None


def test_a_refusal_stands_for_a_second(
    door: Callable[..., Door], store: TaskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = door(max_wait_s=0.5)
    here.submit()
    assert here.refused() is not None
    done(store, 1)
    assert here.refused() is not None, "it was looked up again"
    assert here.refused(key_id="other") is None
    monkeypatch.setattr("cleanplate.tasks.queue_wait._FRESH_S", 0)
    assert here.refused() is None


def test_the_time_to_the_end_counts_the_line(store: TaskStore, make_task: MakeTask) -> None:
    def add(**fields: object) -> Task:
        task = make_task(**fields)
        store.insert(task)
        return task

    wait = QueueWait(store, WaitPolicy(workers=lambda _queue: 2))
    assert wait.outlook(add()).eta_ms is None
    done(store, 1000)
    wait = QueueWait(store, WaitPolicy(workers=lambda _queue: 2))
    add(cost_ms=3000)
    assert wait.outlook(add(count=2)) == Outlook(1, 3000 // 2 + 2 * 1000)
