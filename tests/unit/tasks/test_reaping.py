"""The loop that takes back the tasks of dead workers, and a worker that shows that it is alive."""

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from tests.new_tasks import Clock

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.tasks.reaping import reap_forever
from cleanplate.tasks.store import LEASE_MS, TaskStore
from cleanplate.tasks.task import State, Task
from cleanplate.tasks.worker import Worker

TIMEOUT_S = 20.0
AddTask = Callable[..., Task]
WaitFor = Callable[[Callable[[], bool]], None]


def test_what_is_lost_comes_back_again_and_again(store: TaskStore, add_task: AddTask, clock: Clock) -> None:
    spared = add_task(priority=-1)
    add_task()
    for _ in range(2):
        assert store.claim_next("dead") is not None
    found: list[Task | None] = []

    async def run() -> None:
        loop = reap_forever(
            store,
            spared=lambda: {spared.id},
            found=lambda: found.append(store.claim_next("next")),
            interval_s=0.01,
        )
        reaping = asyncio.create_task(loop)
        async with asyncio.timeout(TIMEOUT_S):
            while len(found) < 3:
                assert not reaping.done()
                clock.now_ms += LEASE_MS
                await asyncio.sleep(0.01)
        reaping.cancel()
        await asyncio.gather(reaping, return_exceptions=True)

    asyncio.run(run())
    assert [task and task.standing.attempt for task in found] == [2, 3, 4]


def test_who_has_not_its_turn_does_not_look(store: TaskStore, add_task: AddTask, clock: Clock) -> None:
    task = add_task()
    assert store.claim_next("dead") is not None
    clock.now_ms += LEASE_MS
    asked, found = list[int](), list[bool]()

    def turn() -> bool:
        asked.append(1)
        if len(asked) == 3:
            found.append(store.get(task.id).standing.state is State.QUEUED)  # type: ignore[union-attr]
        return len(asked) >= 3

    async def run() -> None:
        done = asyncio.Event()
        reaping = asyncio.create_task(
            reap_forever(store, spared=frozenset, found=done.set, interval_s=0.01, turn=turn)
        )
        async with asyncio.timeout(TIMEOUT_S):
            await done.wait()
        reaping.cancel()
        await asyncio.gather(reaping, return_exceptions=True)

    asyncio.run(run())
    assert found == [False], "nothing was taken back before"
    assert [one and one.standing.state for one in [store.get(task.id)]] == [State.QUEUED]


def test_a_database_that_is_away_for_a_while_does_not_end_the_loop(
    store: TaskStore, add_task: AddTask, clock: Clock, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    add_task()
    assert store.claim_next("dead") is not None
    clock.now_ms += LEASE_MS
    done = asyncio.Event()

    async def run() -> None:
        reaping = asyncio.create_task(reap_forever(store, spared=frozenset, found=done.set, interval_s=0.01))
        async with asyncio.timeout(TIMEOUT_S):
            while "reaping: " not in caplog.text:
                await asyncio.sleep(0.01)
            with engine.begin() as connection:
                connection.exec_driver_sql("ALTER TABLE away RENAME TO tasks")
            await done.wait()
        reaping.cancel()
        await asyncio.gather(reaping, return_exceptions=True)

    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE tasks RENAME TO away")
    with caplog.at_level(logging.WARNING):
        asyncio.run(run())


@pytest.fixture
def hanging() -> "Hanging":
    return Hanging()


class Hanging:
    """An edit that begins and then waits to be released."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()
        self.edits = {"paint": Edit("paint", "", Parameters, self)}

    def __call__(self, request: EditRequest) -> Edited:
        self.begun.set()
        self.release.wait(TIMEOUT_S)
        return Edited(request.pixels, {})


def test_a_worker_beats_while_an_edit_is_silent(
    store: TaskStore,
    add_task: AddTask,
    start: Callable[..., Worker],
    clock: Clock,
    hanging: Hanging,
    wait_for: WaitFor,
) -> None:
    task = add_task()
    worker = start(hanging.edits, lease_ms=60)
    assert hanging.begun.wait(TIMEOUT_S)
    assert worker.running == {task.id}

    def lease() -> int | None:
        now = store.get(task.id)
        return None if now is None else now.standing.lease_until_ms

    for _ in range(3):
        clock.now_ms += 1000
        wait_for(lambda: lease() == clock.now_ms + 60)
        assert store.reap() == 0
    hanging.release.set()
    wait_for(lambda: lease() is None)
    wait_for(lambda: not worker.running)


def test_a_worker_finds_what_nobody_told_it_of(
    add_task: AddTask,
    start: Callable[..., Worker],
    hanging: Hanging,
    end: Callable[[Task], Task],
) -> None:
    hanging.release.set()
    start(hanging.edits, poll_s=0.02)
    assert end(add_task()).standing.worker_id is not None
    assert end(add_task()).standing.state is State.SUCCEEDED


def test_workers_leave_each_others_kind_alone(
    add_task: AddTask, start: Callable[..., Worker], hanging: Hanging, end: Callable[[Task], Task]
) -> None:
    hanging.release.set()
    simulated, real = add_task(scenario="engine-failed"), add_task()
    simulating = start({}, simulated=True)
    worker = start(hanging.edits)
    assert end(simulated).standing.worker_id == simulating.id
    assert end(real).standing.worker_id == worker.id
    assert simulating.id != worker.id
