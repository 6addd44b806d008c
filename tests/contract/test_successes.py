"""What is written along with a success: the callback that is due, and what its key has used."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, Select, event, select
from tests.new_tasks import Clock

from cleanplate.database import changes_together, reading
from cleanplate.database.tables import DELIVERIES, USAGE
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Claim, Failure, Output, State, Task

PICTURE = Output("results/x/1-1.png", 4, 3, "image/png", {"engine": "lama"})
BROKEN = Failure("engine-failed", "the fill failed")
USED = select(USAGE.c.key_id, USAGE.c.account, USAGE.c.day, USAGE.c.tasks, USAGE.c.images, USAGE.c.compute_ms)
DUE = select(DELIVERIES.c.task_id, DELIVERIES.c.attempt, DELIVERIES.c.next_at_ms, DELIVERIES.c.account)


def rows(engine: Engine, wanted: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(wanted)]


def started(store: TaskStore, task: Task) -> Claim:
    store.insert(task)
    claimed = store.claim_next("w")
    assert claimed is not None
    return claimed.claim


def test_successes_of_a_key_add_up_by_day(
    store: TaskStore, engine: Engine, clock: Clock, make_task: Callable[..., Task]
) -> None:
    for compute_ms in (5, 7):
        claim = started(store, make_task(key_id="k", account="a", count=3))
        assert store.succeed(claim, [PICTURE, BROKEN, PICTURE], compute_ms)
    clock.now_ms += 24 * 3600 * 1000
    assert store.succeed(started(store, make_task(key_id="k", account="a")), [PICTURE], 1)
    assert rows(engine, USED.order_by(USAGE.c.day)) == [
        ("k", "a", "2023-11-14", 2, 4, 12),
        ("k", "a", "2023-11-15", 1, 1, 1),
    ]
    assert rows(engine, DUE) == []


def test_who_asked_to_be_told_is_told(
    store: TaskStore, engine: Engine, clock: Clock, make_task: Callable[..., Task]
) -> None:
    task = make_task(key_id="k", account="a", callback_url="https://a.example/told")
    claim = started(store, task)
    clock.now_ms += 10
    assert store.succeed(claim, [PICTURE], 5)
    assert rows(engine, DUE) == [(task.id, 0, clock.now_ms, "a")]
    ended = store.get(task.id)
    assert ended is not None
    assert ended.standing.state is State.SUCCEEDED
    assert ended.outcome.results == (PICTURE,)
    assert (ended.standing.finished_at_ms, ended.standing.expires_at_ms) == (clock(), clock() + 1000)


def test_an_attempt_that_no_longer_counts_writes_nothing(
    store: TaskStore, engine: Engine, make_task: Callable[..., Task]
) -> None:
    task = make_task(callback_url="https://a.example/told")
    lost = started(store, task)
    store.hand_back(lost)
    store.claim_next("another")
    assert not store.succeed(lost, [PICTURE], 5)
    assert rows(engine, USED) == rows(engine, DUE) == []


def test_a_success_is_one_message_where_the_database_knows_how(
    store: TaskStore, engine: Engine, make_task: Callable[..., Task]
) -> None:
    claim, sent = started(store, make_task()), list[str]()

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    assert store.succeed(claim, [PICTURE], 5)
    if changes_together(engine):
        assert len(sent) == 1
        assert sent[0].startswith("WITH ended AS")
