"""Who is next: each key has its share, however much it asks for. Over every database."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from tests.new_tasks import Clock

from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, Task
from cleanplate.tasks.turns import Ahead

AddTask = Callable[..., Task]
MakeTask = Callable[..., Task]
PICTURE = Output("results/x/1-1.png", 4, 3, "image/png")
BROKEN = Failure("download-failed", "no")


@pytest.fixture
def run_next(store: TaskStore, clock: Clock) -> Callable[[], Task]:
    """Claims the next task, and has it done."""

    def run() -> Task:
        clock.now_ms += 1
        task = store.claim_next("w")
        assert task is not None
        assert store.succeed(task.claim, [PICTURE], 1)
        return task

    return run


RunNext = Callable[[], Task]


def accounts_of(run_next: RunNext, count: int) -> list[str]:
    return [run_next().submission.account for _ in range(count)]


def test_one_keys_flood_does_not_keep_the_next_key_waiting(add_task: AddTask, run_next: RunNext) -> None:
    for _ in range(50):
        add_task(account="flood")
    accounts_of(run_next, 3)
    add_task(account="other")
    assert accounts_of(run_next, 1) == ["other"]


def test_keys_that_flood_take_turns(add_task: AddTask, run_next: RunNext) -> None:
    for account in ("a", "b", "c"):
        for _ in range(20):
            add_task(account=account)
    assert Counter(accounts_of(run_next, 30)) == {"a": 10, "b": 10, "c": 10}


def test_more_keys_are_no_more_turns(add_task: AddTask, run_next: RunNext) -> None:
    for number in range(30):
        add_task(key_id=f"key-{number}", account="many")
        add_task(key_id="one", account="single")
    assert Counter(accounts_of(run_next, 30)) == {"many": 15, "single": 15}


def test_what_takes_longer_comes_less_often(add_task: AddTask, run_next: RunNext) -> None:
    for _ in range(40):
        add_task(account="heavy", cost_ms=3000)
        add_task(account="light", cost_ms=1000)
    assert Counter(accounts_of(run_next, 40)) == {"heavy": 10, "light": 30}


def test_two_who_ask_one_by_one_leave_a_third_his_share(add_task: AddTask, run_next: RunNext) -> None:
    for _ in range(30):
        add_task(account="flood")
    for account in ("a", "b"):
        add_task(account=account)
    ran = Counter[str]()
    for _ in range(30):
        account = run_next().submission.account
        ran[account] += 1
        if account != "flood":
            add_task(account=account)
    assert ran["flood"] == pytest.approx(10, abs=1)


def test_idle_times_save_nothing_up(add_task: AddTask, run_next: RunNext) -> None:
    add_task(account="late")
    for _ in range(40):
        add_task(account="steady")
    accounts_of(run_next, 31)
    for _ in range(20):
        add_task(account="late")
    assert Counter(accounts_of(run_next, 10)) == {"late": 5, "steady": 5}


def test_waiting_for_a_download_saves_nothing_up(
    add_task: AddTask, run_next: RunNext, store: TaskStore
) -> None:
    late = [add_task(account="late", staged=False) for _ in range(10)]
    for _ in range(40):
        add_task(account="steady")
    accounts_of(run_next, 20)
    for task in late:
        assert store.set_staged(task.id)
    keys = accounts_of(run_next, 15)
    assert keys.count("steady") >= 5


def test_what_was_never_started_does_not_count_against_its_key(
    add_task: AddTask, run_next: RunNext, store: TaskStore
) -> None:
    for number in range(20):
        task = add_task(account="undecided", staged=False)
        assert store.cancel(task.id) if number % 2 else store.fail_queued(task.id, BROKEN)
    for _ in range(10):
        add_task(account="steady")
        add_task(account="undecided")
    assert Counter(accounts_of(run_next, 10)) == {"steady": 5, "undecided": 5}


def test_what_somebody_waits_for_goes_before_what_nobody_does(add_task: AddTask, run_next: RunNext) -> None:
    for _ in range(10):
        add_task(account="mine")
        add_task(account="other")
    accounts_of(run_next, 2)
    waited_for = [add_task(account=account, interactive=True) for account in ("mine", "flood", "flood")]
    add_task(account="new")
    assert {run_next().id for _ in range(3)} == {task.id for task in waited_for}
    assert accounts_of(run_next, 1) == ["new"]


@pytest.mark.parametrize("impatient", [1, 10])
def test_a_flood_of_what_is_waited_for_leaves_the_rest_one_in_five(
    add_task: AddTask, run_next: RunNext, impatient: int
) -> None:
    for number in range(40):
        add_task(account=f"impatient-{number % impatient}", interactive=True)
        add_task(account="patient")
    assert [run_next().submission.interactive for _ in range(40)] == [True, True, True, True, False] * 8
    assert [run_next().submission.interactive for _ in range(40)][-30:] == [False] * 30


def test_accounts_take_turns_in_what_is_waited_for_and_in_the_rest(
    add_task: AddTask, run_next: RunNext
) -> None:
    for _ in range(30):
        add_task(account="impatient", interactive=True)
        add_task(account="patient")
    accounts_of(run_next, 10)
    for _ in range(10):
        add_task(account="late", interactive=True)
        add_task(account="later")
    ran = Counter(accounts_of(run_next, 20))
    assert ran == {"impatient": 8, "late": 8, "patient": 2, "later": 2}


def test_what_is_simulated_keeps_no_place_of_what_is_not(
    add_task: AddTask, run_next: RunNext, store: TaskStore, clock: Clock
) -> None:
    for _ in range(10):
        add_task(account="impatient", interactive=True)
    patient = add_task(account="patient")
    accounts_of(run_next, 4)
    add_task(scenario="ok", account="test-a")
    clock.now_ms += 1
    assert store.claim_next("w", simulated=True) is not None
    assert store.ahead_of(patient.id).tasks == 0, "four in a row are done, and the simulated one is none"
    assert run_next().id == patient.id


def test_the_wait_behind_what_goes_first_is_told(
    add_task: AddTask, store: TaskStore, run_next: RunNext
) -> None:
    patient = [add_task(account="patient", cost_ms=100) for _ in range(3)]
    impatient = [add_task(account="impatient", cost_ms=1000, interactive=True) for _ in range(9)]
    told = [store.ahead_of(task.id) for task in patient]
    assert told == [Ahead(4, 4000.0), Ahead(9, 8100.0), Ahead(11, 9200.0)]
    assert store.ahead_of(impatient[3].id) == Ahead(3, 3000.0)
    assert store.ahead_of(impatient[8].id) == Ahead(10, 8200.0)
    accounts_of(run_next, 3)
    assert store.ahead_of(patient[0].id) == Ahead(1, 1000.0), "three of the four in a row are done"


def test_a_task_that_is_handed_back_is_next_again(
    add_task: AddTask, run_next: RunNext, store: TaskStore, clock: Clock
) -> None:
    for _ in range(5):
        add_task(account="a")
    task = store.claim_next("w")
    assert task is not None
    clock.now_ms += 1
    add_task(account="b")
    assert store.hand_back(task.claim)
    assert run_next().id == task.id


def _crowd(add_task: AddTask, count: int, seed: int) -> list[Task]:
    draw = random.Random(seed)
    return [
        add_task(
            account=draw.choice("aaaabc"),
            cost_ms=draw.choice((300, 1000, 5000)),
            interactive=draw.random() < 0.2,
            priority=draw.choice((0, 0, 0, 1)),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_position_is_how_many_are_started_before(
    add_task: AddTask, store: TaskStore, run_next: RunNext, seed: int
) -> None:
    _crowd(add_task, 10, seed)
    running = store.claim_next("w")
    assert running is not None
    store.report(running.claim, 0.25)
    tasks = {task.id: task for task in _crowd(add_task, 30, seed + 100)}
    add_task(scenario="ok", account="test-a")
    told = {task_id: store.ahead_of(task_id) for task_id in tasks}
    before, work_ms = 1, 0.75 * running.submission.cost_ms
    while tasks:
        task = run_next()
        if tasks.pop(task.id, None):
            assert told[task.id].tasks == before
            assert told[task.id].work_ms == pytest.approx(work_ms)
        before, work_ms = before + 1, work_ms + task.submission.cost_ms


@pytest.mark.parametrize("account", ["a", "b", "new"])
@pytest.mark.parametrize("interactive", [False, True])
def test_what_is_told_beforehand_comes_true(
    add_task: AddTask, store: TaskStore, make_task: MakeTask, clock: Clock, account: str, *, interactive: bool
) -> None:
    _crowd(add_task, 30, 7)
    store.claim_next("w")
    clock.now_ms += 1
    task = make_task(account=account, interactive=interactive)
    told = store.ahead_of_new(task.submission)
    store.insert(task)
    assert told == store.ahead_of(task.id)
    assert told.tasks >= 1


def test_what_is_still_being_fetched_counts(add_task: AddTask, store: TaskStore) -> None:
    for _ in range(3):
        add_task(account="a", staged=False)
    assert store.ahead_of(add_task(account="a").id).tasks == 3


def test_a_task_that_is_gone_has_nothing_before_it(store: TaskStore) -> None:
    assert store.ahead_of("00000000-0000-0000-0000-000000000000").tasks == 0


def test_the_pace_is_what_tasks_took_for_what_was_predicted(
    store: TaskStore, add_task: AddTask, clock: Clock
) -> None:
    assert store.pace() == 1
    for compute_ms in (9000, 500, 1500):
        add_task(cost_ms=500)
        clock.now_ms += 1
        task = store.claim_next("w")
        assert task is not None
        assert store.succeed(task.claim, [PICTURE], compute_ms)
    assert store.pace(of=2) == 2
