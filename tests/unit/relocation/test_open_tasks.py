"""What has not ended goes on in its new place: in a queue that is served there, as far behind, and free."""

from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import insert
from tests.new_tasks import new_task
from tests.unit.relocation.conftest import moved, serving

from cleanplate.clock import unix_ms
from cleanplate.database import transaction
from cleanplate.database.tables import DELIVERIES
from cleanplate.errors import SetupError
from cleanplate.settings import Settings
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Task
from cleanplate.webhooks.outbox import Outbox

GENERAL = "general"
LAMA = {"edit": "erase", "parameters": {"engine": "lama"}, "queue": "erase:lama"}
WORDS = {"edit": "instruct", "parameters": {"prompt": "a cat"}, "queue": "instruct"}
PLAIN = {"edit": "erase", "parameters": {}, "queue": GENERAL}
HOUR_MS = 3_600_000


class Line:
    """The tasks of one place."""

    def __init__(self, settings: Settings, opening: ExitStack) -> None:
        self.engine = serving(settings, opening).engine
        self.store = TaskStore(self.engine)

    def add(self, **fields: Any) -> str:
        task = new_task(unix_ms(), **fields)
        self.store.insert(task)
        return task.id

    def claimed(self, queue: str = GENERAL, *, simulated: bool = False) -> Task | None:
        return self.store.claim_next("worker", queue=queue, simulated=simulated, lease_ms=HOUR_MS)

    def done(self, task: Task | None) -> None:
        assert task is not None
        assert self.store.fail(task.claim, Failure("x", "x"))

    def order(self, queue: str) -> list[str]:
        """The ids that are claimed one after the other."""
        found = []
        while (task := self.claimed(queue)) is not None:
            found.append(task.id)
        return found


def in_folder(fields: dict[str, Any]) -> dict[str, Any]:
    """As a data folder has such a task: in its one queue."""
    return fields | {"queue": GENERAL}


def test_each_task_lies_in_its_queue(here: Settings, there: Settings) -> None:
    with ExitStack() as opening:
        line = Line(here, opening)
        ids = [line.add(**in_folder(fields)) for fields in (LAMA, WORDS, PLAIN, WORDS)]
        tested = line.add(**in_folder(WORDS), scenario="fail=x")
        ended = line.add(**in_folder(WORDS))
        line.store.cancel(ended)
    moved(here, there)
    with ExitStack() as opening:
        line = Line(there, opening)
        assert line.order("instruct") == [ids[1], ids[3]]
        assert line.order("erase:lama") == [ids[0]]
        assert line.order(GENERAL) == [ids[2]]
        found = line.claimed(simulated=True)
        assert found is not None, "what is simulated needs no model"
        assert found.id == tested
        old = line.store.get(ended)
        assert old is not None
        assert old.submission.queue == GENERAL, "what has ended is as it was"


def test_back_in_one_queue(here: Settings, there: Settings) -> None:
    with ExitStack() as opening:
        line = Line(there, opening)
        ids = {line.add(**fields) for fields in (LAMA, WORDS, PLAIN)}
    moved(there, here)
    with ExitStack() as opening:
        assert set(Line(here, opening).order(GENERAL)) == ids


def test_turns_of_two_lines_are_one(here: Settings, there: Settings) -> None:
    """A queue in which much was done is not behind one in which little was: its time is only another."""
    with ExitStack() as opening:
        line = Line(there, opening)
        for _ in range(20):
            line.add(**PLAIN, key_id="busy", cost_ms=100_000)
            line.done(line.claimed())
        waits = [line.add(**PLAIN, key_id="busy", cost_ms=100_000) for _ in range(2)]
        words = [line.add(**WORDS, key_id="new", cost_ms=100_000) for _ in range(2)]
    moved(there, here)
    with ExitStack() as opening:
        line = Line(here, opening)
        last = line.add(**PLAIN, key_id="third", cost_ms=100_000)
        order = line.order(GENERAL)
    assert order.index(last) < order.index(words[1]), "each of three accounts has its turn"
    assert order.index(waits[0]) < order.index(words[1])
    assert sorted(order) == sorted([*waits, *words, last])


def test_what_a_dead_server_held_is_free_at_once(here: Settings, there: Settings) -> None:
    with ExitStack() as opening:
        line = Line(here, opening)
        running, fetched = line.add(**PLAIN), line.add(**PLAIN, staged=False)
        assert line.claimed() is not None
        line.store.take_unstaged("stager", lease_ms=HOUR_MS)
        with transaction(line.engine) as connection:
            due = {"task_id": running, "attempt": 1, "next_at_ms": 0, "account": "a"}
            held = {"sender_id": "gone", "lease_until_ms": unix_ms() + HOUR_MS}
            connection.execute(insert(DELIVERIES), due | held)
    moved(here, there)
    with ExitStack() as opening:
        line = Line(there, opening)
        assert [task.id for task in line.store.take_unstaged("other")] == [fetched]
        assert line.store.reap() == 1
        again = line.claimed()
        assert again is not None
        assert (again.id, again.standing.attempt) == (running, 2)
        sent = Outbox(line.engine).claim("s", unix_ms(), limit=5, lease_ms=1000)
        assert [(one.task_id, one.tried) for one in sent] == [(running, 1)]


def test_an_edit_that_is_not_installed(here: Settings, there: Settings) -> None:
    with ExitStack() as opening:
        line = Line(here, opening)
        task = line.add(edit="of a plug-in")
    with pytest.raises(SetupError, match="the edit 'of a plug-in', which is not installed here"):
        moved(here, there)
    with ExitStack() as opening:
        Line(here, opening).store.cancel(task)
    moved(here, there)


def test_parameters_that_are_none_any_more(here: Settings, there: Settings) -> None:
    """Of an earlier version: whoever does the task says so."""
    with ExitStack() as opening:
        task = Line(here, opening).add(edit="erase", parameters={"seed": "none"})
    moved(here, there)
    with ExitStack() as opening:
        assert Line(there, opening).order(GENERAL) == [task]


def test_a_queue_that_is_new_has_a_time_of_its_own(here: Settings, there: Settings) -> None:
    """Its tasks do not wait until it has come to that of the queue they came from."""
    with ExitStack() as opening:
        line = Line(here, opening)
        for _ in range(20):
            line.add(**PLAIN, key_id="old", cost_ms=100_000)
            line.done(line.claimed())
        waits = [line.add(**in_folder(WORDS), key_id="old", cost_ms=100_000) for _ in range(2)]
    moved(here, there)
    with ExitStack() as opening:
        line = Line(there, opening)
        new = [line.add(**WORDS, key_id="new", cost_ms=100_000) for _ in range(9)]
        order = line.order("instruct")
    assert order.index(waits[1]) < order.index(new[4])
    assert sorted(order) == sorted([*waits, *new])
