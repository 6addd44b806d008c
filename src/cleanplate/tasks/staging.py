"""Fetches the inputs that are URLs, on the event loop: a slow server out there never blocks the device."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import TypeVar

from cleanplate.errors import BadInput, CleanplateError, StorageFailed
from cleanplate.intake.fair_places import FairPlaces
from cleanplate.intake.header_size import canvas_in_header
from cleanplate.intake.sources import Remote
from cleanplate.process_names import process_name
from cleanplate.storage.base import BlobStore
from cleanplate.tasks.simulation import waits
from cleanplate.tasks.store import LEASE_MS, TaskStore
from cleanplate.tasks.task import Failure, State, Submission, Task, input_key
from cleanplate.telemetry import request_id
from cleanplate.tracing.spans import NO_TRACES, Tracer, TraceSpan, server_of

LOG = logging.getLogger(__name__)
T = TypeVar("T")
_RETRY_S = 1.0
_HOLDS_PER_LEASE = 3
_STORAGE_WAIT_S = 600.0
_AT_ONCE = 64
"""Half of them may wait for dead hosts of one account, and a quarter for those of the next."""


class Stager:
    """Turns accepted tasks into tasks that can run.

    Args:
        fetch: (url, most bytes, account that asks) -> the bytes; raises `BadInput`.
        ready: called with each task that a worker may have now, from any thread; it must return at once.
        check_memory: (submission, its picture) -> nothing, or raises `BadInput`.
        at_once: inputs that are fetched at the same time; the accounts share them.
        storage_wait_s: how long a task waits for an object store that refuses, before it fails.
        tracer: told of each task that is staged, and of each download.

    Attributes:
        id: names it in the rows of tasks whose inputs it fetches.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that it asks or tells
        self,
        store: TaskStore,
        objects: BlobStore,
        fetch: Callable[[str, int, str], Awaitable[bytes]],
        ready: Callable[[Task], None],
        *,
        check_memory: Callable[[Submission, bytes], None] = lambda _asked, _picture: None,
        at_once: int = _AT_ONCE,
        storage_wait_s: float = _STORAGE_WAIT_S,
        tracer: Tracer = NO_TRACES,
    ) -> None:
        self.id = process_name()
        self._store = store
        self._objects = objects
        self._fetch = fetch
        self._ready = ready
        self._check_memory = check_memory
        self._places = FairPlaces(at_once)
        self._storage_wait_s = storage_wait_s
        self._tracer = tracer
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._canvases: dict[str, str] = {}
        self._jobs: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Take work from now on. Call it on the event loop that shall do it."""
        self._loop = asyncio.get_running_loop()

    def stage(self, task: Task) -> None:
        """Fetch what the task needs, write that it is here, and call `ready`. From any thread, at once.

        Before `start` and after `aclose` a task with URLs stays queued: another stager, or the next start-up,
        finds it.
        """
        if task.standing.staged:
            self._ready(task)
        elif waits(task.submission):
            return
        elif self._loop is not None and not self._closed:
            # A loop that has just been closed refuses: the server is going down.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._begin, task)

    async def stage_forever(self, *, owner: bool, lease_ms: int = LEASE_MS) -> None:
        """Hold what is being fetched, and fetch what another stager has left behind, until cancelled.

        Args:
            owner: nobody else stages: what is not staged now is this one's, whatever leases say.
        """
        while True:
            try:
                await asyncio.to_thread(self._store.hold_unstaged, self.id, lease_ms=lease_ms)
                take = partial(self._store.take_unstaged, self.id, lease_ms=lease_ms, owner=owner)
                for task in await asyncio.to_thread(take):
                    self.stage(task)
                owner = False
            except StorageFailed as error:
                LOG.warning("staging: %s", error.log)
            except Exception:
                LOG.exception("staging failed")
            await asyncio.sleep(lease_ms / 1000 / _HOLDS_PER_LEASE)

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
        job.add_done_callback(lambda _: self._canvases.pop(task.id, None))

    async def _stage(self, task: Task) -> None:
        request_id.set(task.submission.request_id)  # each is staged in a task of its own
        try:
            failure = await self._fetched(task)
        except Exception:
            LOG.exception("task %s could not be staged", task.id, extra={"task_id": task.id})
            failure = Failure(CleanplateError.code, "internal error")
        if failure is not None:
            fail = partial(self._store.fail_queued, task.id, failure, stager_id=self.id)
            await self._settle(task, fail)
        else:
            canvas = self._canvases.get(task.id, "")
            step = partial(self._store.set_staged, task.id, task.submission.queue, canvas)
            if await self._settle(task, step):
                self._ready(task)

    async def _fetched(self, task: Task) -> Failure | None:
        """Fetch what the task needs, when there is a place."""
        remote = sum(isinstance(given.source, Remote) for given in task.submission.inputs.values())
        with self._tracer.span("stage", task.submission.trace, attributes=task.attributes) as span:
            async with self._places.hold(task.submission.account, remote):
                failure = await self._fetch_all(task) if await self._is_wanted(task) else None
            if failure is not None:
                span.fail(failure.code)
            return failure

    async def _is_wanted(self, task: Task) -> bool:
        now = await asyncio.to_thread(self._store.get, task.id)
        return now is not None and now.standing.state is State.QUEUED

    async def _fetch_all(self, task: Task) -> Failure | None:
        """Fetch all inputs at once; the first failure ends the rest."""
        jobs = [asyncio.create_task(self._fetch_input(task, role)) for role in task.submission.inputs]
        try:
            for job in asyncio.as_completed(jobs):
                if (failure := await job) is not None:
                    return failure
            return None
        finally:
            for left in jobs:
                left.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def _fetch_input(self, task: Task, role: str) -> Failure | None:
        key, given = input_key(task.id, role), task.submission.inputs[role]
        try:
            if isinstance(given.source, Remote) and not await self._kept(partial(self._objects.exists, key)):
                with self._download(given.source.url, role):
                    data = await self._fetch(given.source.url, given.rules.max_bytes, task.submission.account)
                if role == "image":
                    self._check_memory(task.submission, data)
                    self._canvases[task.id] = canvas_in_header(data)
                await self._kept(partial(self._objects.put, key, data))
        except (BadInput, StorageFailed) as error:
            LOG.info("task %s: %s: %s", task.id, role, error.log, extra={"task_id": task.id})
            return Failure(error.code, f"{role}: {error.public}")
        return None

    def _download(self, url: str, role: str) -> AbstractContextManager[TraceSpan]:
        """A span within that of the staging. Of the URL it says the host: more could open something."""
        about = {"http.request.method": "GET", "cleanplate.input.role": role, **server_of(url)}
        return self._tracer.span("GET", self._tracer.current, kind="client", attributes=about)

    async def _kept(self, step: Callable[[], T]) -> T:
        """Do this step of the object store; one that refuses for a while is asked again and again."""
        until_s = time.monotonic() + self._storage_wait_s
        while True:
            try:
                return await asyncio.to_thread(step)
            except StorageFailed as error:
                if time.monotonic() > until_s:
                    raise
                LOG.warning("staging: %s", error.log)
                await asyncio.sleep(_RETRY_S)

    async def _settle(self, task: Task, step: Callable[[], bool]) -> bool:
        """Do this step of the store, however long it refuses. False: the task is no longer this stager's."""
        while True:
            try:
                return await asyncio.to_thread(step)
            except StorageFailed as error:
                LOG.warning("task %s: %s", task.id, error.log, extra={"task_id": task.id})
                await asyncio.sleep(_RETRY_S)
