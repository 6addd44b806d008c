"""The workers of a database that several machines share: which there are, what each serves, and who sleeps.

A worker that has found nothing says so, looks once more, and sleeps until it is called. Whoever makes a task
ready calls one of those that sleep, and no other. A call that is lost costs a poll and nothing else.

Postgres wakes everybody who listens to anything for each call (24 microseconds of a core each, measured by
`benchmarks.fleet_costs`), so of very many that sleep nobody is called: one of them looks at once anyway.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import BigInteger, Engine, String, Update, bindparam, delete, func, select, update

from cleanplate.database import insert_or_update, reading, transaction
from cleanplate.database.locked_rows import locked_rows
from cleanplate.database.postgres import NOT_DURABLE
from cleanplate.database.postgres_calls import notified
from cleanplate.database.tables import WORKER_QUEUES, WORKERS
from cleanplate.errors import StorageFailed
from cleanplate.tasks.rounds import Rounds

_log = logging.getLogger(__name__)

_ROW = WORKERS.c
_QUEUE = WORKER_QUEUES.c
_FRESH_S: Final = 5.0
"""All workers are counted for it."""
_LOOK_MS: Final = 500
"""Somebody looks for tasks of dead workers so often at most."""
_ENOUGH: Final = 500
"""So many that sleep are not called: with a look of each in five seconds there is one every 10 ms."""
_REMEMBERED_MS: Final = 7 * 24 * 3600 * 1000
"""What only workers served that are gone is accepted for so long: a fleet may shrink to nobody."""


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """One process that does tasks.

    Attributes:
        queues: it takes tasks of these.
        device: "cpu" or "cuda".
        version: of the program.
        concurrency: tasks that it does at the same time.
    """

    id: str
    queues: Sequence[str]
    device: str
    version: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class _Served:
    """How a queue is served now.

    Attributes:
        tasks: of it that are done at the same time; 0 where all who served it are gone.
        asleep: workers that could take one at once.
    """

    tasks: int = 0
    asleep: int = 0


_NOT_SERVED: Final = _Served()


class Fleet:
    """All workers of one database. Thread-safe. Every method raises `StorageFailed` when that refuses.

    Args:
        lease_ms: how long a worker is taken to live without a word.
        clock_ms: Unix milliseconds.
    """

    def __init__(self, engine: Engine, *, lease_ms: int, clock_ms: Callable[[], int]) -> None:
        self._engine = engine
        self._lease_ms = lease_ms
        self._clock_ms = clock_ms
        self._known: dict[str, _Served] = {}
        self._known_until_s = 0.0
        self._looks = Rounds(engine, "tasks of dead workers", every_ms=_LOOK_MS, clock_ms=clock_ms)

    def register(self, card: WorkerCard) -> None:
        """It is there. Saying so again, where it is not known whether it was heard, changes nothing."""
        now_ms = self._clock_ms()
        row = {
            "id": card.id,
            "device": card.device,
            "version": card.version,
            "concurrency": card.concurrency,
            "started_at_ms": now_ms,
            "lease_until_ms": now_ms + self._lease_ms,
            "idle": False,
            "warm": "",
        }
        queues = [{"queue": queue, "worker_id": card.id} for queue in card.queues]
        with transaction(self._engine) as connection:
            connection.execute(insert_or_update(connection, WORKERS).values(row).on_conflict_do_nothing())
            connection.execute(
                insert_or_update(connection, WORKER_QUEUES).values(queues).on_conflict_do_nothing()
            )

    def beat(self, worker_id: str) -> None:
        """It lives."""
        self._tell(_BEAT, worker_id, self._lease_ms)

    def rest(self, worker_id: str, warm: str) -> None:
        """It sleeps. It has to look once more after this: what came before called nobody.

        Args:
            warm: the queue whose models it has in memory; "" for none.
        """
        self._tell(_REST, worker_id, self._lease_ms, now_warm=warm)

    def leave(self, worker_id: str) -> None:
        """It takes no more tasks."""
        self._tell(_LEAVE, worker_id, 0)

    def capacity(self, queue: str) -> int:
        """How many tasks of a queue are done at the same time, as it was a moment ago; at least 1."""
        return max(1, self._served().get(queue, _NOT_SERVED).tasks)

    def serves(self, queue: str) -> bool:
        """Whether anybody does, or did within a week."""
        return queue in self._served()

    def call_one(self, queue: str) -> None:
        """A `Call`: wake one that serves the queue and sleeps, best one that has its models."""
        try:
            if self._served().get(queue, _NOT_SERVED).asleep >= _ENOUGH:
                return
            with transaction(self._engine, single=True) as connection:
                connection.execute(_CALL, {"wanted": queue, "now_ms": self._clock_ms()})
        except StorageFailed as error:
            _log.warning("nobody is called, a worker will look by itself: %s", error.log)

    def is_to_look(self) -> bool:
        """Whether this process is to look for tasks of dead workers now: of all one does, twice a second."""
        return self._looks.begins()

    def sweep(self, now_ms: int) -> int:
        """Forget those that have been gone for a week; how many."""
        gone = locked_rows(select(_ROW.id).where(_ROW.lease_until_ms <= now_ms - _REMEMBERED_MS))
        dead = locked_rows(select(_ROW.id).where(_ROW.idle, _ROW.lease_until_ms <= now_ms))
        with transaction(self._engine) as connection:
            # They would be looked at by each call
            connection.execute(update(WORKERS).where(_ROW.id.in_(dead)).values(idle=False))
            removed = delete(WORKERS).where(_ROW.id.in_(gone)).returning(_ROW.id)
            ids = connection.execute(removed).scalars().all()
            connection.execute(delete(WORKER_QUEUES).where(_QUEUE.worker_id.in_(ids)))
        return len(ids)

    def _served(self) -> dict[str, _Served]:
        """By queue, as it was a moment ago."""
        if time.monotonic() >= self._known_until_s:
            lives = _ROW.lease_until_ms > self._clock_ms()
            tasks = func.coalesce(func.sum(_ROW.concurrency).filter(lives), 0)
            asleep = func.count().filter(lives, _ROW.idle)
            rows = select(_QUEUE.queue, tasks, asleep).join(WORKERS, _ROW.id == _QUEUE.worker_id)
            with reading(self._engine) as connection:
                counted = connection.execute(rows.group_by(_QUEUE.queue))
                found = {queue: _Served(int(tasks), int(asleep)) for queue, tasks, asleep in counted}
            self._known, self._known_until_s = found, time.monotonic() + _FRESH_S
        return self._known

    def _tell(self, word: Update, worker_id: str, lease_ms: int, **more: object) -> None:
        values = {"of_worker": worker_id, "until_ms": self._clock_ms() + lease_ms, **more}
        with transaction(self._engine, single=True) as connection:
            connection.execute(word, values)


def _word(**values: object) -> Update:
    """What the parameter `of_worker` says of itself: these values, and that it lives until `until_ms`."""
    own = update(WORKERS).where(_ROW.id == bindparam("of_worker"), NOT_DURABLE)
    return own.values(lease_until_ms=bindparam("until_ms"), **values)


# Made once: a worker that finds nothing says so each time
_BEAT: Final = _word()
_REST: Final = _word(idle=True, warm=bindparam("now_warm"))
_LEAVE: Final = _word(idle=False)


def _one_that_sleeps() -> Update:
    """Takes one for the parameter `wanted`, a queue, at the time `now_ms`; returns its id.

    First of those that have the queue's models, as an index has them. Of the others each that sleeps is asked
    whether it serves the queue, and none that works: a fleet that has its hands full costs nothing.
    """
    wanted = bindparam("wanted", type_=String)
    sleeps = _ROW.idle, _ROW.lease_until_ms > bindparam("now_ms", type_=BigInteger)
    serves = select(1).where(_QUEUE.queue == wanted, _QUEUE.worker_id == _ROW.id).scalar_subquery()
    best, other = (
        select(_ROW.id).where(*sleeps, fits).limit(1).with_for_update(skip_locked=True).scalar_subquery()
        for fits in (_ROW.warm == wanted, serves.is_not(None))
    )
    return update(WORKERS).where(_ROW.id == func.coalesce(best, other), NOT_DURABLE).values(idle=False)


# Not durable: a server-wide lock of NOTIFY is then held without a wait for the disk
_CALL: Final = notified(_one_that_sleeps(), _ROW.id)
