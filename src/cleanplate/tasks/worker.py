"""Runs queued tasks in threads of this process, most urgent first; survives whatever an edit does."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from queue import PriorityQueue
from typing import TypeAlias, TypeVar

from cleanplate.edits.base import Edit
from cleanplate.errors import CleanplateError, EngineFailed, StorageFailed, out_of_memory
from cleanplate.runtime.runtime import Runtime
from cleanplate.storage.folder import FileStore
from cleanplate.tasks.moderation import Moderation
from cleanplate.tasks.perform import Picture, TaskCancelled, perform
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, Output, State, Task, input_key, output_group, output_key

LOG = logging.getLogger(__name__)
T = TypeVar("T")

_Entry: TypeAlias = tuple[float, int, int, str]
"""Priority, time of creation, place in line, task id. No id: the thread ends."""

_OFF = Moderation()
_REPORT_S = 0.25
"""How often the progress of a running task is written, and a wish to cancel it is looked for."""
_LONGEST_SILENCE_S = 1800.0
"""An edit that tells no progress for so long hangs; the first use of a large model takes minutes."""
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How an attempt ended: cancelled, with a failure, or with results of which at least one is a picture."""

    compute_ms: int | None
    results: tuple[Output | Failure, ...] = ()
    failure: Failure | None = None
    cancelled: bool = False

    @property
    def state(self) -> State:
        if self.cancelled:
            return State.CANCELLED
        return State.SUCCEEDED if self.failure is None else State.FAILED


class Worker:
    """A queue of task ids and the threads that work on it. The store alone knows what is true.

    Args:
        edits: the catalogue, by name.
        runtime: what they run by.
        moderation: looks at pictures; by default at none.
        threads: tasks that run at the same time; one for each device.
    """

    def __init__(
        self,
        store: TaskStore,
        objects: FileStore,
        edits: Mapping[str, Edit],
        runtime: Runtime,
        *,
        moderation: Moderation = _OFF,
        threads: int = 1,
    ) -> None:
        self._store = store
        self._objects = objects
        self._edits = edits
        self._runtime = runtime
        self._moderation = moderation
        self._queue: PriorityQueue[_Entry] = PriorityQueue()
        self._line = count()
        self._running: dict[str, int] = {}
        self._signs_s: dict[str, float] = {}
        self._stopping = threading.Event()
        self._given_up = threading.Event()
        # Daemons: an edit that hangs must not keep the process alive.
        self._threads = [
            threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to work. Once in the life of a worker."""
        for thread in self._threads:
            thread.start()

    def trouble(self, *, longest_silence_s: float = _LONGEST_SILENCE_S) -> str:
        """Why tasks are not done: a thread is not there, or hangs in an edit; "" when none of these."""
        if not all(thread.is_alive() for thread in self._threads):
            return "not running"
        now_s = time.monotonic()
        hangs = any(now_s - seen_s > longest_silence_s for seen_s in self._signs_s.copy().values())
        return "hangs in a task" if hangs else ""

    def enqueue(self, task: Task) -> None:
        """Put a queued task, whose inputs are stored, in line. From any thread; returns at once."""
        self._queue.put((task.priority, task.created_at_ms, next(self._line), task.id))

    def stop(self, grace_s: float) -> None:
        """Take no new task, wait at most `grace_s` for the running ones, and hand the rest back.

        What was handed back or never started is queued in the store: the next start-up runs it.
        """
        self._stopping.set()
        for _ in self._threads:
            self._queue.put((float("-inf"), 0, next(self._line), ""))
        deadline = time.monotonic() + grace_s
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._given_up.set()
        for task_id, attempt in self._running.copy().items():
            self._hand_back(task_id, attempt)

    def _serve(self) -> None:
        while task_id := self._queue.get()[-1]:
            try:
                self._work(task_id)
            except Exception:
                LOG.exception("task %s: the worker lost it", task_id, extra={"task_id": task_id})

    def _work(self, task_id: str) -> None:
        task = self._settle(lambda: self._claim(task_id))
        if task is None:
            return
        self._running[task_id] = task.attempt
        self._signs_s[task_id] = time.monotonic()
        try:
            self._finish(task, self._attempt(task))
        finally:
            del self._running[task_id], self._signs_s[task_id]

    def _claim(self, task_id: str) -> Task | None:
        return None if self._stopping.is_set() else self._store.claim(task_id)

    def _attempt(self, task: Task) -> _Outcome:
        compute_ms: int | None = None
        try:
            if task.attempt > 1:
                # A process that was killed between storing its picture and saying so left one behind.
                self._objects.delete_group(output_group(task.id))
            inputs = {role: self._objects.get(input_key(task.id, role)) for role in task.inputs}
            began_s = time.perf_counter()
            try:
                pictures = perform(
                    self._edits.get(task.edit),
                    task,
                    inputs,
                    self._checkpoint(task),
                    self._moderation,
                    self._runtime,
                )
                made = self._results(task, pictures)
            finally:
                compute_ms = round((time.perf_counter() - began_s) * 1000)
            failures = [result for result in made if isinstance(result, Failure)]
            return _Outcome(compute_ms, made, failures[0] if len(failures) == len(made) else None)
        except TaskCancelled:
            return _Outcome(compute_ms, cancelled=True)
        except BaseException as error:
            # Base: the panics of some native libraries are no Exception.
            return _Outcome(compute_ms, failure=_failure(task, error))

    def _results(self, task: Task, pictures: Iterator[Callable[[], Picture]]) -> tuple[Output | Failure, ...]:
        """Make each picture and store it. One that fails does not take the others along."""
        made: list[Output | Failure] = []
        for number, make in enumerate(pictures, start=1):
            try:
                made.append(self._keep(task, number, make()))
            except TaskCancelled:
                raise
            except BaseException as error:
                # Base: the panics of some native libraries are no Exception.
                made.append(_failure(task, error))
        return tuple(made)

    def _keep(self, task: Task, number: int, picture: Picture) -> Output:
        key = output_key(task.id, task.attempt, number, picture.extension)
        self._objects.put(key, picture.data)
        return Output(key, picture.width, picture.height, picture.media_type, picture.recipe)

    def _checkpoint(self, task: Task) -> Callable[[float], None]:
        """What an edit calls with its progress: writes it now and then, and raises when it shall stop."""
        last_s = time.monotonic()

        def report(done: float) -> None:
            nonlocal last_s
            self._signs_s[task.id] = time.monotonic()
            if time.monotonic() - last_s < _REPORT_S:
                return
            last_s = time.monotonic()
            if not self._store.report(task.id, task.attempt, done):
                raise TaskCancelled

        return report

    def _finish(self, task: Task, outcome: _Outcome) -> None:
        if self._settle(lambda: self._write(task, outcome)) or self._was_written(task):
            _log_end(task, outcome)
            return
        LOG.warning(
            "task %s: attempt %d is no longer wanted", task.id, task.attempt, extra={"task_id": task.id}
        )
        for result in outcome.results:
            if isinstance(result, Output):
                self._objects.delete(result.key)

    def _write(self, task: Task, outcome: _Outcome) -> bool:
        if outcome.cancelled:
            return self._store.cancel(task.id, attempt=task.attempt)
        if outcome.failure is not None:
            return self._store.fail(
                task.id, outcome.failure, attempt=task.attempt, compute_ms=outcome.compute_ms
            )
        return self._store.succeed(task.id, task.attempt, outcome.results, outcome.compute_ms or 0)

    def _was_written(self, task: Task) -> bool:
        # A commit that reported an error may have happened all the same; the retry then finds the row moved.
        now = self._settle(lambda: self._store.get(task.id))
        return now is not None and now.attempt == task.attempt and now.state.terminal

    def _settle(self, step: Callable[[], T]) -> T:
        """Do this step of the store, however long it refuses; give up only when the worker is stopped."""
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return step()
            except StorageFailed as error:
                if self._given_up.is_set():
                    raise
                LOG.warning("%s; trying again in %.1f s", error.log, pause_s)
                self._given_up.wait(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _hand_back(self, task_id: str, attempt: int) -> None:
        try:
            if self._store.hand_back(task_id, attempt):
                LOG.info("task %s handed back", task_id, extra={"task_id": task_id, "attempt": attempt})
        except StorageFailed as error:
            LOG.warning("task %s stays running until the next start: %s", task_id, error.log)


def _failure(task: Task, error: BaseException) -> Failure:
    if isinstance(error, CleanplateError):
        LOG.info("task %s: %s: %s", task.id, error.code, error.log, extra={"task_id": task.id})
        return Failure(error.code, error.public)
    LOG.error("task %s: %s failed", task.id, task.edit, exc_info=error, extra={"task_id": task.id})
    return Failure(EngineFailed.code, "out of memory" if out_of_memory(error) else "internal error")


def _log_end(task: Task, outcome: _Outcome) -> None:
    fields = {
        "task_id": task.id,
        "edit": task.edit,
        "state": outcome.state.value,
        "attempt": task.attempt,
        "queued_ms": (task.started_at_ms or task.created_at_ms) - task.created_at_ms,
        "compute_ms": outcome.compute_ms,
    }
    LOG.info("task ended", extra=fields)
