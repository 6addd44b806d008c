"""The one door to the tasks: what a dialect may do. Synchronous, thread-safe, and it knows no pixels."""

import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

from cleanplate.clock import unix_ms
from cleanplate.database.tables import GENERAL
from cleanplate.errors import ConnectionLost, StorageFailed
from cleanplate.intake.header_size import canvas_in_header
from cleanplate.intake.sources import Inline, Remote
from cleanplate.key_limits import UNLIMITED, Limits, Told, ignore
from cleanplate.storage.base import BlobStore
from cleanplate.storage.put_all import put_all
from cleanplate.tasks import simulation
from cleanplate.tasks.queue_wait import Outlook, QueueWait, WaitPolicy
from cleanplate.tasks.store import LEASE_MS, TaskStore
from cleanplate.tasks.task import (
    Standing,
    Stored,
    Submission,
    Task,
    TaskFilter,
    TaskInput,
    TaskPage,
    input_key,
    is_task_id,
)

_ANY_WAIT = WaitPolicy()


class TaskService:
    """Submit, look up, list and cancel.

    Every method raises `StorageFailed` when the database or the object store refuses.

    Args:
        admit: counts one submit of a key and gives the limits that its task must respect, and tells what
            is left of them; raises `LimitReached` when there were too many in this second, and what else
            speaks against the task.
        waiting: how long tasks may wait.
        queue_of: (submission) -> its queue.
        stager_id: who fetches what the tasks that come here need.
        ready: called with each accepted task, in the thread that submits it; it must return at once.
        clock_ms: Unix milliseconds.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that it asks or tells
        self,
        store: TaskStore,
        objects: BlobStore,
        *,
        ready: Callable[[Task], None],
        admit: Callable[[Submission, Told], Limits] = lambda _asked, _told: UNLIMITED,
        waiting: WaitPolicy = _ANY_WAIT,
        queue_of: Callable[[Submission], str] = lambda _asked: GENERAL,
        stager_id: str = "",
        clock_ms: Callable[[], int] = unix_ms,
    ) -> None:
        self._store = store
        self._objects = objects
        self._ready = ready
        self._admit = admit
        self._queue_of = queue_of
        self._stager_id = stager_id
        self._wait = QueueWait(store, waiting)
        self._clock_ms = clock_ms

    def submit(self, submission: Submission, told: Told = ignore, *, task_id: str | None = None) -> Task:
        """Accept a task: when this returns, no crash can lose it.

        A key for tests gets a simulation instead; `tasks.simulation` says which there are.

        Args:
            told: given each limit that was looked at, and what is left of it.
            task_id: the task's, where an earlier try of the same may have made it: that task is returned.

        Raises:
            LimitReached: the key has used up what it may, or the task would wait too long; there is no task.
            PictureSize: no task of this server has the memory for the picture.
            Unauthorized, BadParameter, CleanplateError: a simulation ends with that, or is unknown.
        """
        if task_id is not None and (made := self._store.get(task_id)) is not None:
            return made
        submission = simulation.apply(submission)
        # Any server plays what is simulated, whatever it stands for
        queue = GENERAL if submission.scenario is not None else self._queue_of(submission)
        submission = replace(submission, queue=queue, canvas=_canvas(submission))
        submission = self._wait.priced(submission)
        limits = self._admit(submission, told)
        self._wait.check(submission, told)
        task = self._queued(submission, task_id or str(uuid.uuid4()))
        if submission.scenario == simulation.NOT_FOUND:
            return task
        insert = partial(self._store.insert_within, task, limits, told, again=task_id is not None)
        stored = self._stored(task, _inline_files(task.id, submission), insert, again=task_id is not None)
        if stored is task:
            self._ready(task)
        return stored

    def _stored(
        self, task: Task, files: Mapping[str, bytes], insert: Callable[[], Task], *, again: bool
    ) -> Task:
        """What `insert` returns once the files are written.

        Args:
            again: another try of the same may be making the task at this moment.
        """
        try:
            put_all(self._objects, files)
            return insert()
        except ConnectionLost:
            # The row may be there, and then the task needs its files
            raise
        except BaseException as error:
            if again and isinstance(error, StorageFailed):
                # It may have taken so long that another server has taken over. A sweep takes what is nobody's
                raise
            with suppress(StorageFailed):
                self._objects.delete_group(f"inputs/{task.id}")
            raise

    def get(self, task_id: str) -> Task | None:
        """The task; None when the id is no id, unknown or expired."""
        if not is_task_id(task_id):
            return None
        task = self._store.get(task_id)
        if task is None or (
            task.standing.expires_at_ms is not None and task.standing.expires_at_ms <= self._clock_ms()
        ):
            return None
        return task

    def page(self, wanted: TaskFilter, *, page_no: int, page_size: int) -> TaskPage:
        """One page of the tasks that fit, newest first, without expired ones; `page_no` counts from 1."""
        if wanted.task_id is not None and not is_task_id(wanted.task_id):
            return TaskPage((), 0)
        return self._store.page(wanted, page_no=page_no, page_size=page_size)

    def cancel(self, task_id: str, *, running: bool = False) -> bool:
        """Cancel a queued task; with `running` also ask one that runs to stop at its next checkpoint.

        False: it has ended or is unknown, or it runs and was not to be disturbed.
        """
        if not is_task_id(task_id):
            return False
        return self._store.cancel(task_id) or (running and self._store.want_cancel(task_id))

    def outlook(self, task: Task) -> Outlook:
        """How many tasks end before this one starts, and about how long it will still take."""
        return Outlook(0, 0) if task.standing.state.terminal else self._wait.outlook(task)

    def _queued(self, submission: Submission, task_id: str) -> Task:
        now_ms = self._clock_ms()
        gone_after_ms = simulation.gone_after_ms(submission.scenario)
        inputs = {role: _accepted(given) for role, given in submission.inputs.items()}
        here = all(isinstance(given.source, Stored) for given in inputs.values())
        staged = here and not simulation.waits(submission)
        standing = Standing(
            created_at_ms=now_ms,
            staged=staged,
            worker_id=None if staged else self._stager_id,
            lease_until_ms=None if staged else now_ms + LEASE_MS,
            expires_at_ms=None if gone_after_ms is None else now_ms + gone_after_ms,
        )
        return Task(task_id, replace(submission, inputs=inputs), standing)


def _canvas(submission: Submission) -> str:
    source = submission.inputs["image"].source
    return canvas_in_header(source.data) if isinstance(source, Inline) else ""


def _inline_files(task_id: str, submission: Submission) -> dict[str, bytes]:
    """What came inside the request, by the key under which it is kept."""
    return {
        input_key(task_id, role): given.source.data
        for role, given in submission.inputs.items()
        if isinstance(given.source, Inline)
    }


def _accepted(given: TaskInput) -> TaskInput:
    return given if isinstance(given.source, Remote) else replace(given, source=Stored())
