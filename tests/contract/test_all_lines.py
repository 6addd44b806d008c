"""The line of all tasks by account and queue, and the workers that live. Over every database."""

from collections.abc import Callable

from sqlalchemy import Engine, insert
from tests.new_tasks import Clock

from cleanplate.admin.all_lines import TaskLine, WorkerSeen, live_workers, task_lines
from cleanplate.database import transaction
from cleanplate.database.tables import WORKER_QUEUES, WORKERS
from cleanplate.tasks.task import State, Task


def test_lines_are_by_account_and_queue(engine: Engine, add_task: Callable[..., Task], clock: Clock) -> None:
    assert task_lines(engine, 10) == []
    began_ms = clock.now_ms
    for state in (State.RUNNING, State.QUEUED):
        add_task(key_id="ann", state=state)
        clock.now_ms += 1000
    add_task(key_id="ann", staged=False)
    add_task(key_id="bob", queue="select")
    add_task(key_id="test-ci", scenario="slow")
    add_task(key_id="cid", state=State.SUCCEEDED)
    later_ms = clock.now_ms
    assert task_lines(engine, 10) == [
        TaskLine("ann", "general", False, 1, 1, 1, began_ms),
        TaskLine("bob", "select", False, 1, 0, 0, later_ms),
        TaskLine("test-ci", "general", True, 1, 0, 0, later_ms),
    ]
    assert [line.account for line in task_lines(engine, 1)] == ["ann"]


def test_the_workers_that_live(engine: Engine, clock: Clock) -> None:
    assert list(live_workers(engine, clock.now_ms)) == []
    common = {"device": "cuda", "version": "1.1", "concurrency": 2, "warm": ""}
    rows = [
        {"id": name, "started_at_ms": at, "lease_until_ms": clock.now_ms + left_ms, "idle": idle, **common}
        for name, at, left_ms, idle in (("two", 2, 900, True), ("one", 1, 500, False), ("gone", 0, 0, True))
    ]
    served = [("one", "general"), ("one", "select"), ("two", "general"), ("gone", "general")]
    with transaction(engine) as connection:
        connection.execute(insert(WORKERS), rows)
        connection.execute(
            insert(WORKER_QUEUES), [{"worker_id": name, "queue": queue} for name, queue in served]
        )
    seen = list(live_workers(engine, clock.now_ms))
    assert [(one.id, sorted(one.queues), one.idle) for one in seen] == [
        ("one", ["general", "select"], False),
        ("two", ["general"], True),
    ]
    assert seen[1] == WorkerSeen("two", "cuda", "1.1", 2, ("general",), idle=True)
    assert [one.id for one in live_workers(engine, clock.now_ms + 600)] == ["two"]
