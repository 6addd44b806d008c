"""Brings the inputs that are URLs, on the event loop: a slow server out there never blocks the device."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from cleanplate.errors import BadInput, CleanplateError, StorageFailed
from cleanplate.storage.folder import FileStore
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Failure, State, Task, input_key

LOG = logging.getLogger(__name__)
_RETRY_S = 1.0


class Stager:
    """Turns accepted tasks into tasks that can run.

    Args:
        fetch: (url, most bytes) -> the bytes; raises `BadInput`.
        ready: told of each task whose inputs are all stored, from any thread; it must return at once.
        at_once: tasks whose inputs are fetched at the same time.
    """

    def __init__(
        self,
        store: TaskStore,
        objects: FileStore,
        fetch: Callable[[str, int], Awaitable[bytes]],
        ready: Callable[[Task], None],
        *,
        at_once: int = 8,
    ) -> None:
        self._store = store
        self._objects = objects
        self._fetch = fetch
        self._ready = ready
        self._slots = asyncio.Semaphore(at_once)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._jobs: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Take work from now on. Call it on the event loop that shall do it."""
        self._loop = asyncio.get_running_loop()

    def stage(self, task: Task) -> None:
        """Fetch what the task needs, then tell `ready`. From any thread; returns at once.

        Before `start` and after `aclose` a task with URLs stays queued: the next start-up finds it.
        """
        if all(given.url is None for given in task.inputs.values()):
            self._ready(task)
        elif self._loop is not None and not self._closed:
            # A loop that has just been closed refuses: the server is going down.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._begin, task)

    async def aclose(self) -> None:
        """Drop what is being fetched. Those tasks stay queued: the next start-up finds them."""
        self._closed = True
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def _begin(self, task: Task) -> None:
        if self._closed:
            return
        job = asyncio.create_task(self._stage(task))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _stage(self, task: Task) -> None:
        try:
            async with self._slots:
                failure = await self._bring_all(task) if await self._wanted(task) else None
            if failure is None:
                # Cancelled meanwhile? Then the worker's claim finds nothing.
                self._ready(task)
            else:
                await self._fail(task, failure)
        except Exception:
            LOG.exception("task %s could not be staged", task.id, extra={"task_id": task.id})
            await self._fail(task, Failure(CleanplateError.code, "internal error"))

    async def _wanted(self, task: Task) -> bool:
        now = await asyncio.to_thread(self._store.get, task.id)
        return now is not None and now.state is State.QUEUED

    async def _bring_all(self, task: Task) -> Failure | None:
        """Fetch all inputs at once; the first failure ends the rest."""
        jobs = [asyncio.create_task(self._bring(task, role)) for role in task.inputs]
        try:
            for job in asyncio.as_completed(jobs):
                if (failure := await job) is not None:
                    return failure
            return None
        finally:
            for left in jobs:
                left.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def _bring(self, task: Task, role: str) -> Failure | None:
        key, given = input_key(task.id, role), task.inputs[role]
        try:
            if given.url is not None and not await asyncio.to_thread(self._objects.exists, key):
                data = await self._fetch(given.url, given.rules.max_bytes)
                await asyncio.to_thread(self._objects.put, key, data)
        except (BadInput, StorageFailed) as error:
            LOG.info("task %s: %s: %s", task.id, role, error.log, extra={"task_id": task.id})
            return Failure(error.code, f"{role}: {error.public}")
        return None

    async def _fail(self, task: Task, failure: Failure) -> None:
        while True:
            try:
                await asyncio.to_thread(self._store.fail, task.id, failure)
            except StorageFailed as error:
                LOG.warning("task %s: %s", task.id, error.log, extra={"task_id": task.id})
                await asyncio.sleep(_RETRY_S)
            else:
                return
