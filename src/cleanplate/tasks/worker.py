"""Claims the next task, runs it, and says how it ended; survives whatever an edit does."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from cleanplate.database.tables import GENERAL
from cleanplate.errors import StorageFailed
from cleanplate.process_names import process_name
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.attempt import Attempts
from cleanplate.tasks.attempt_ends import AttemptEnds
from cleanplate.tasks.attempt_span import attempt_span, tell_end
from cleanplate.tasks.patience import Patience
from cleanplate.tasks.performer import Report, TaskCancelled, TaskPerformer
from cleanplate.tasks.queue_order import QueueOrder
from cleanplate.tasks.store import LEASE_MS, TaskStore
from cleanplate.tasks.task import Claim, Task
from cleanplate.tasks.task_group import GroupMember
from cleanplate.tasks.wakeup import Wakeup
from cleanplate.telemetry import working_for
from cleanplate.tracing.spans import NO_TRACES, Tracer

LOG = logging.getLogger(__name__)

_BEATS_PER_LEASE = 3


def _unseen(_worker_id: str, _warm: str) -> None:
    """For a worker that nobody else calls."""


def _always() -> bool:
    """For a worker whose files are its own."""
    return True


@dataclass(frozen=True, slots=True)
class Together:
    """How tasks that are alike are done in one run of their network.

    Attributes:
        at_once: (task) -> how many like it one run takes, >= 1.
        group: places for so many, in one process: `Children.group`.
    """

    at_once: Callable[[Task], int]
    group: Callable[[int], Sequence[GroupMember]]


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """How a worker goes about it.

    Attributes:
        threads: tasks that run at the same time.
        queues: it takes tasks of these.
        simulated: runs simulated tasks, and only those.
        lease_ms: how long a task waits for another worker when this one has died.
        poll_s: how often an idle worker looks without having been woken.
        report_s: how often the progress of a running task is written, and a wish to cancel it looked for.
        most_deaths: a task fails when the process that did it has died, or its files were missing, so often.
        may_claim: asked before each claim: False while no task can be done here, whatever it is.
        storage_wait_s: how long a task waits for an object store that refuses, before it fails.
        together: does several tasks as one; None does each alone.
        rest: (id of the worker, queue of its last task) -> told each time that it finds nothing, before it
            looks once more and sleeps: it wants to be called then.
    """

    threads: int = 1
    queues: tuple[str, ...] = (GENERAL,)
    simulated: bool = False
    lease_ms: int = LEASE_MS
    poll_s: float = 1.0
    report_s: float = 0.25
    most_deaths: int = 3
    may_claim: Callable[[], bool] = _always
    storage_wait_s: float = 600.0
    together: Together | None = None
    rest: Callable[[str, str], None] = _unseen


_DEFAULTS = WorkerOptions()


class Worker:
    """Threads that ask the store for the next task, and one that beats for those that run.

    Args:
        performer: does them; the worker starts and closes it.
        tracer: told of each attempt, and how long its task was in line.

    Attributes:
        id: names this worker in the rows of its tasks; no other has it, not even after a restart.
    """

    def __init__(
        self,
        store: TaskStore,
        objects: BlobStore,
        performer: TaskPerformer,
        *,
        options: WorkerOptions = _DEFAULTS,
        tracer: Tracer = NO_TRACES,
    ) -> None:
        self.id = process_name()
        self._store = store
        self._objects = objects
        self._performer = performer
        self._options = options
        self._tracer = tracer
        self._together = options.together
        self._rest = options.rest
        self._order = QueueOrder(options.queues)
        self._wakeup = Wakeup()
        self._running: dict[str, Claim] = {}
        self._stopping = threading.Event()
        self._given_up = threading.Event()
        self._patience = Patience(self._given_up)
        self._ends = AttemptEnds(store, objects, self._patience, options.most_deaths)
        self._attempts = Attempts(objects, performer.perform, self._patience, options.storage_wait_s)
        # Daemons: what hangs must not keep the process alive.
        self._threads = [
            threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True)
            for number in range(options.threads)
        ]
        self._threads.append(threading.Thread(target=self._beat_on, name="worker-heartbeat", daemon=True))

    def start(self) -> None:
        """Begin to work. Once in the life of a worker."""
        self._performer.start()
        for thread in self._threads:
            thread.start()

    def trouble(self) -> str:
        """Why tasks are not done: a thread is not there, or the performer has trouble; "" for neither."""
        alive = all(thread.is_alive() for thread in self._threads)
        return self._performer.trouble() if alive else "not running"

    @property
    def running(self) -> frozenset[str]:
        """The ids of the tasks that it is working on."""
        return frozenset(self._running.copy())

    def wake(self) -> None:
        """There is a task more that can run. From any thread; returns at once."""
        self._wakeup.one()

    def wake_all(self) -> None:
        """There may be several tasks more that can run."""
        self._wakeup.all()

    def stop(self, grace_s: float) -> None:
        """Take no new task, wait at most `grace_s` for the running ones, and hand the rest back.

        What was handed back or never started is queued in the store: the next start-up runs it.
        """
        self._stopping.set()
        self._wakeup.all()
        *workers, heart = self._threads
        deadline = time.monotonic() + grace_s
        for thread in filter(threading.Thread.is_alive, workers):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._given_up.set()
        if heart.is_alive():
            heart.join()
        for claim in self._running.copy().values():
            self._hand_back(claim)
        self._performer.close()

    def _serve(self) -> None:
        # One thread or another looks every `poll_s`.
        poll_s, woken = self._options.poll_s * self._options.threads, True
        while True:
            calls = self._wakeup.count
            if self._stopping.is_set():
                return
            task = self._next() or self._next_after_rest()
            if task is None:
                woken = self._wakeup.wait(calls, poll_s)
                continue
            if not woken or self._rest is not _unseen:
                # There may be more that woke nobody: submitted to another process, or handed back by it.
                # And who was called counts as busy though others of its threads sleep: they say so again.
                self._wakeup.one()
            self._do(task)

    def _next(self, *, busy: bool = True) -> Task | None:
        """What is next. Who is not busy has found nothing just now, and expects nothing: one look for all."""
        try:
            if not self._options.may_claim():
                return None
            queues = self._order.now()
            if not busy:
                return self._first_of(queues)
            return self._claim(queues[0]) or self._first_of(queues[1:])
        except StorageFailed as error:
            LOG.warning("no task can be claimed: %s", error.log)
            return None

    def _first_of(self, queues: Sequence[str]) -> Task | None:
        """A task of the first of these that has one; most often none has, which is one look for all."""
        waiting = self._store.waiting(queues)
        claims = (self._claim(queue) for queue in queues if queue in waiting)
        return next(filter(None, claims), None)

    def _claim(self, queue: str) -> Task | None:
        options = self._options
        task = self._store.claim_next(
            self.id, queue=queue, simulated=options.simulated, lease_ms=options.lease_ms
        )
        if task is not None:
            self._order.took(queue)
        return task

    def _next_after_rest(self) -> Task | None:
        """What came between the last look and the word that it sleeps, which called nobody."""
        if self._rest is _unseen:
            return None
        try:
            self._rest(self.id, self._order.warm)
        except StorageFailed as error:
            LOG.warning("nobody can call this worker: %s", error.log)
        return self._next(busy=False)

    def _do(self, task: Task) -> None:
        """Do a task, and those that one run of its network does along with it, each in a thread."""
        along = self._claim_along(task)
        if self._together is None or not along:
            self._work(task, self._attempts)
            return
        own, *places = self._together.group(1 + len(along))
        threads = [self._begun(one, place) for one, place in zip(along, places, strict=True)]
        self._work_at(task, own)
        for thread in filter(None, threads):
            thread.join()

    def _begun(self, task: Task, place: GroupMember) -> threading.Thread | None:
        """A thread that does the task. None: there is no room for one; the task goes back into line."""
        thread = threading.Thread(target=self._work_at, args=(task, place), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            LOG.warning("task %s: %s", task.id, error, extra={"task_id": task.id})
            with place:
                self._hand_back(task.claim)
                del self._running[task.id]
            return None
        return thread

    def _claim_along(self, task: Task) -> Sequence[Task]:
        most = 1 if self._together is None else self._together.at_once(task)
        if most == 1:
            return ()
        try:
            along = self._store.claim_alike(task, most - 1, lease_ms=self._options.lease_ms)
        except StorageFailed as error:
            LOG.warning("no tasks can be claimed: %s", error.log)
            return ()
        self._running.update({one.id: one.claim for one in along})
        return along

    def _work_at(self, task: Task, place: GroupMember) -> None:
        with place:
            self._work(task, replace(self._attempts, perform=place.perform))

    def _work(self, task: Task, attempts: Attempts) -> None:
        """Nothing that becomes of a task ends its thread."""
        self._running[task.id] = task.claim
        try:
            with working_for(task.submission.request_id), attempt_span(self._tracer, task) as span:
                end = attempts.run(task, self._checkpoint(task))
                tell_end(span, end)
                self._ends.write(task, end)
        except Exception:
            LOG.exception("task %s: the worker lost it", task.id, extra={"task_id": task.id})
        finally:
            del self._running[task.id]

    def _beat_on(self) -> None:
        lease_ms = self._options.lease_ms
        while not self._given_up.wait(lease_ms / 1000 / _BEATS_PER_LEASE):
            try:
                if claims := self._running.copy().values():
                    self._store.heartbeat(claims, lease_ms=lease_ms)
            except StorageFailed as error:
                LOG.warning("heartbeat: %s", error.log)
            except Exception:
                LOG.exception("heartbeat failed")

    def _checkpoint(self, task: Task) -> Report:
        """Writes the progress now and then, and raises when the task shall stop."""
        last_s = time.monotonic()

        def report(done: float) -> None:
            nonlocal last_s
            if time.monotonic() - last_s < self._options.report_s:
                return
            last_s = time.monotonic()
            # The progress may be lost, the task not.
            with suppress(StorageFailed):
                if not self._store.report(task.claim, done):
                    raise TaskCancelled

        return report

    def _hand_back(self, claim: Claim) -> None:
        about = {"task_id": claim.task_id, "attempt": claim.attempt}
        try:
            if self._store.hand_back(claim):
                LOG.info("task %s handed back", claim.task_id, extra=about)
        except StorageFailed as error:
            LOG.warning("task %s stays running until its lease ends: %s", claim.task_id, error.log)
