"""Who has a task: one worker at a time, for as long as it beats. Over every database, and over processes."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import update
from tests.contract.conftest import Database
from tests.new_tasks import Clock

from cleanplate.database import transaction
from cleanplate.database.tables import TASKS
from cleanplate.tasks.store import MOST_STARTS, TaskStore
from cleanplate.tasks.task import Claim, Failure, Output, State, Task

AddTask = Callable[..., Task]
PICTURE = Output("results/x/1-1.png", 4, 3, "image/png")
BROKEN = Failure("engine-failed", "no")
DIED = Failure("worker-died", "the worker died repeatedly")
LEASE_MS = 30_000
TIMEOUT_S = 60.0

# Waits for a line, then runs every task that it can get; says which.
WORKER = """
import sys
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Output
store = TaskStore(engine)
print("here", flush=True)
sys.stdin.readline()
while (task := store.claim_next(sys.argv[1])) is not None:
    assert store.succeed(task.claim, [Output("x", 1, 1, "image/png")], 1)
    print(task.id, flush=True)
"""

# Claims the next task for a second, and never ends.
DYING = """
import time
from cleanplate.tasks.store import TaskStore
print(TaskStore(engine).claim_next("dying", lease_ms=1000).id, flush=True)
time.sleep(3600)
"""


def claimed(store: TaskStore, worker_id: str = "w", **wanted: object) -> Task:
    task = store.claim_next(worker_id, **wanted)  # type: ignore[arg-type]
    assert task is not None
    return task


def now(store: TaskStore, task: Task) -> Task:
    found = store.get(task.id)
    assert found is not None
    return found


def test_the_next_is_the_most_urgent_then_the_first(store: TaskStore, add_task: AddTask) -> None:
    came = [add_task(priority=priority) for priority in (0, -1, 3, 0)]
    add_task(priority=-9, state=State.FAILED)
    assert [claimed(store).id for _ in came] == [came[number].id for number in (1, 0, 3, 2)]
    assert store.claim_next("w") is None


def test_a_claim_says_whose_and_until_when(store: TaskStore, add_task: AddTask, clock: Clock) -> None:
    task = add_task()
    clock.now_ms += 5
    got = claimed(store, lease_ms=700)
    assert got == now(store, task)
    assert got.claim == Claim(task.id, "w", 1)
    assert (got.standing.started_at_ms, got.standing.lease_until_ms) == (clock.now_ms, clock.now_ms + 700)


def test_a_task_waits_until_it_is_staged(store: TaskStore, other: TaskStore, add_task: AddTask) -> None:
    late, early = add_task(staged=False, priority=-1), add_task()
    assert [task.id for task in other.take_unstaged("s")] == [late.id]
    assert claimed(store).id == early.id
    assert store.claim_next("w") is None
    assert other.set_staged(late.id)
    assert store.take_unstaged("s") == []
    assert claimed(store).id == late.id


def test_what_was_cancelled_is_staged_no_more(store: TaskStore, add_task: AddTask) -> None:
    task = add_task(staged=False)
    assert store.cancel(task.id)
    assert not store.set_staged(task.id)
    assert store.claim_next("w") is None


def test_simulated_tasks_have_a_line_of_their_own(store: TaskStore, add_task: AddTask) -> None:
    simulated, real = add_task(scenario="ok", priority=-1), add_task()
    assert claimed(store).id == real.id
    assert store.claim_next("w") is None
    assert claimed(store, simulated=True).id == simulated.id
    assert store.claim_next("w", simulated=True) is None


def test_each_queue_is_a_line_of_its_own(store: TaskStore, add_task: AddTask) -> None:
    usual, drawn = add_task(priority=-1), add_task(queue="doodle")
    assert claimed(store, queue="doodle").id == drawn.id
    assert store.claim_next("w", queue="doodle") is None
    assert store.claim_next("w", queue="instruct") is None
    assert claimed(store).id == usual.id


def test_threads_of_two_machines_never_get_one_task(
    store: TaskStore, other: TaskStore, add_task: AddTask
) -> None:
    tasks = {add_task().id for _ in range(40)}
    together = threading.Barrier(4)

    def work(number: int) -> list[str]:
        mine, got = (store, other)[number % 2], list[str]()
        together.wait(TIMEOUT_S)
        while (task := mine.claim_next(f"w{number}")) is not None:
            got.append(task.id)
            assert task.standing.attempt == 1
        return got

    with ThreadPoolExecutor(4) as pool:
        got = [task_id for ids in pool.map(work, range(4)) for task_id in ids]
    assert len(got) == 40
    assert set(got) == tasks


def test_two_processes_never_run_one_task(database: Database, store: TaskStore, add_task: AddTask) -> None:
    tasks = sorted(add_task().id for _ in range(60))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", database.opening + WORKER, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "here\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    ran = [worker.communicate(timeout=TIMEOUT_S)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    assert sorted(ran[0] + ran[1]) == tasks
    for name, ids in zip(("a", "b"), ran, strict=True):
        ended = [store.get(task_id) for task_id in ids]
        assert [task and task.claim for task in ended] == [Claim(task_id, name, 1) for task_id in ids]


def test_a_killed_process_loses_its_task_when_its_lease_ends(
    database: Database, add_task: AddTask, store: TaskStore
) -> None:
    task, real_time = add_task(), TaskStore(database.here)
    with subprocess.Popen(
        [sys.executable, "-c", database.opening + DYING], stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == task.id
        worker.kill()
    assert worker.returncode == -signal.SIGKILL
    deadline = time.monotonic() + TIMEOUT_S
    while not real_time.reap():
        assert now(store, task).standing.state is State.RUNNING
        assert time.monotonic() < deadline, "the lease never ended"
        time.sleep(0.05)
    assert claimed(store, "next").claim == Claim(task.id, "next", 2)


def test_a_lease_that_has_ended_is_reaped_and_no_other(
    store: TaskStore, other: TaskStore, add_task: AddTask, clock: Clock
) -> None:
    task = add_task()
    lost = claimed(store, "lost", lease_ms=1000)
    clock.now_ms += 999
    assert other.reap() == 0
    clock.now_ms += 1
    assert other.reap() == 1
    back = now(store, task)
    assert (back.standing.state, back.standing.attempt) == (State.QUEUED, 1)
    assert (back.standing.worker_id, back.standing.lease_until_ms, back.standing.started_at_ms) == (None,) * 3
    # The first worker was only slow: nothing that it writes counts any more.
    assert not store.succeed(lost.claim, [PICTURE], 1)
    assert not store.report(lost.claim, 0.5)
    again = claimed(other, "again")
    assert again.claim == Claim(task.id, "again", 2)
    assert not store.fail(lost.claim, BROKEN)
    assert other.succeed(again.claim, [PICTURE], 1)


def test_a_heartbeat_keeps_a_task(
    store: TaskStore, other: TaskStore, add_task: AddTask, clock: Clock
) -> None:
    kept, lost = add_task(priority=-1), add_task()
    mine = claimed(store, "alive", lease_ms=1000).claim
    claimed(store, "dead", lease_ms=1000)
    for _ in range(4):
        clock.now_ms += 600
        store.heartbeat([mine], lease_ms=1000)
        other.reap()
    assert now(store, kept).standing.state is State.RUNNING
    assert now(store, lost).standing.state is State.QUEUED
    clock.now_ms += 1000
    assert other.reap() == 1


@pytest.mark.parametrize("claim", [Claim("", "other", 1), Claim("", "w", 2), Claim("", "w", 0)])
def test_nobody_else_keeps_or_moves_a_running_task(
    store: TaskStore, add_task: AddTask, clock: Clock, claim: Claim
) -> None:
    task = add_task()
    before = claimed(store)
    wrong = Claim(task.id, claim.worker_id, claim.attempt)
    clock.now_ms += 10
    store.heartbeat([wrong], lease_ms=10 * LEASE_MS)
    assert not store.report(wrong, 0.5)
    assert not store.succeed(wrong, [PICTURE], 1)
    assert not store.fail(wrong, BROKEN)
    assert not store.fail_queued(task.id, BROKEN)
    assert not store.hand_back(wrong)
    assert not store.retry(wrong, BROKEN, most_deaths=1)
    assert not store.retry(wrong, BROKEN, most_deaths=9)
    assert not store.cancel_running(wrong)
    assert not store.cancel(task.id)
    assert now(store, task) == before


def test_what_this_process_works_on_is_spared(store: TaskStore, add_task: AddTask, clock: Clock) -> None:
    mine, lost = add_task(priority=-1), add_task()
    claimed(store), claimed(store)
    clock.now_ms += 10 * LEASE_MS  # the machine was asleep
    assert store.reap(spared=[mine.id]) == 1
    assert now(store, mine).standing.state is State.RUNNING
    assert now(store, lost).standing.state is State.QUEUED


def test_the_only_owner_reaps_whatever_the_leases_say(store: TaskStore, add_task: AddTask) -> None:
    running, queued, ended = (add_task(priority=number) for number in (-2, 0, -1))
    claimed(store)
    assert store.succeed(claimed(store).claim, [PICTURE], 1)
    assert store.reap(owner=True) == 1
    states = [now(store, task).standing.state for task in (running, queued, ended)]
    assert states == [State.QUEUED, State.QUEUED, State.SUCCEEDED]


@pytest.mark.parametrize("owner", [False, True])
def test_a_task_that_no_worker_survives_fails_in_the_end(
    store: TaskStore, add_task: AddTask, clock: Clock, *, owner: bool
) -> None:
    poison, starts = add_task(callback_url="https://example.com/"), 0
    while store.claim_next("w") is not None:
        starts += 1
        clock.now_ms += LEASE_MS
        assert store.reap(owner=owner) == 1
    ended = now(store, poison)
    assert starts == MOST_STARTS
    assert (ended.standing.state, ended.outcome.failure) == (State.FAILED, DIED)
    assert ended.standing.expires_at_ms == clock.now_ms + 1000


def test_a_task_that_ends_its_process_again_and_again_fails(store: TaskStore, add_task: AddTask) -> None:
    poison = add_task(callback_url="https://example.com/")
    for death in range(1, 3):
        assert store.retry(claimed(store).claim, DIED, most_deaths=3)
        assert (now(store, poison).standing.state, now(store, poison).standing.deaths) == (
            State.QUEUED,
            death,
        )
    assert store.reap(owner=True) == 0
    claimed(store)
    assert store.reap(owner=True) == 1, "the server's own end is no death of the task"
    assert store.retry(claimed(store).claim, DIED, most_deaths=3)
    ended = now(store, poison)
    assert (ended.standing.state, ended.outcome.failure) == (State.FAILED, DIED)
    assert (ended.standing.attempt, ended.standing.deaths) == (4, 3)


def test_a_death_counts_though_somebody_else_moves_the_task_at_this_moment(
    database: Database, store: TaskStore, add_task: AddTask
) -> None:
    """A heartbeat, or a wish to cancel it."""
    add_task()
    claim = claimed(store).claim
    with ThreadPoolExecutor(1) as pool:
        with transaction(database.there) as connection:
            connection.execute(update(TASKS).where(TASKS.c.id == claim.task_id).values(lease_until_ms=1))
            retried = pool.submit(store.retry, claim, DIED, most_deaths=3)
            with pytest.raises(TimeoutError):
                retried.result(0.3)
        assert retried.result(TIMEOUT_S)
    again = claimed(store)
    assert (again.claim, again.standing.deaths) == (Claim(claim.task_id, "w", 2), 1)


def test_handing_back_is_no_death(store: TaskStore, add_task: AddTask) -> None:
    add_task()
    for attempt in range(1, 6):
        got = claimed(store)
        assert got.standing.attempt == attempt
        assert store.hand_back(got.claim)
        assert store.reap(owner=True) == 0
    assert claimed(store).standing.attempt == 6


def test_machines_that_reap_at_once_reap_once(
    store: TaskStore, other: TaskStore, add_task: AddTask, clock: Clock
) -> None:
    for number in range(20):
        add_task(attempt=2 * (number % 2))
        claimed(store)
    clock.now_ms += LEASE_MS
    together = threading.Barrier(4)

    def reap(mine: TaskStore) -> int:
        together.wait(TIMEOUT_S)
        return mine.reap()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(reap, [store, other] * 2)) == 20


def test_cancel_and_claim_race_for_one_task(store: TaskStore, other: TaskStore, add_task: AddTask) -> None:
    together = threading.Barrier(2)

    def cancel(task_id: str) -> bool:
        together.wait(TIMEOUT_S)
        return store.cancel(task_id)

    def claim() -> bool:
        together.wait(TIMEOUT_S)
        return other.claim_next("w") is not None

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            task = add_task()
            client, worker = pool.submit(cancel, task.id), pool.submit(claim)
            assert client.result() is not worker.result()
            state = State.CANCELLED if client.result() else State.RUNNING
            assert now(store, task).standing.state is state


def test_cancel_and_success_race_for_one_task(store: TaskStore, other: TaskStore, add_task: AddTask) -> None:
    together = threading.Barrier(2)

    def move(step: Callable[[], bool]) -> bool:
        together.wait(TIMEOUT_S)
        return step()

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            task = add_task()
            claim = claimed(store).claim
            worker = pool.submit(move, partial(store.succeed, claim, [PICTURE], 1))
            client = pool.submit(move, partial(other.want_cancel, task.id))
            assert worker.result(), "a wish does not undo what is done"
            ended = now(store, task)
            assert ended.standing.state is State.SUCCEEDED
            assert ended.standing.cancel_wanted is client.result()


def test_a_wish_to_cancel_reaches_the_worker(store: TaskStore, other: TaskStore, add_task: AddTask) -> None:
    task = add_task()
    claim = claimed(store).claim
    assert store.report(claim, 0.25)
    assert now(other, task).standing.progress == 0.25
    assert other.want_cancel(task.id)
    assert not store.report(claim, 0.5)
    assert store.cancel_running(claim)
    assert now(other, task).standing.state is State.CANCELLED


def test_a_failure_to_fetch_counts_for_who_still_fetches(
    store: TaskStore, other: TaskStore, add_task: AddTask
) -> None:
    task = add_task(staged=False)
    assert [taken.id for taken in store.take_unstaged("first", lease_ms=0)] == [task.id]
    assert [taken.id for taken in other.take_unstaged("second")] == [task.id]
    assert not store.fail_queued(task.id, BROKEN, stager_id="first"), "another fetches"
    assert other.set_staged(task.id)
    assert not other.fail_queued(task.id, BROKEN, stager_id="second"), "all is here"
    assert claimed(store).id == task.id
    late = add_task(staged=False)
    assert [taken.id for taken in store.take_unstaged("first")] == [late.id]
    assert store.fail_queued(late.id, BROKEN, stager_id="first")
