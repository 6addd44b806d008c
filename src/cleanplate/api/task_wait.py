"""Waiting for a task within the request that asked for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import anyio

from cleanplate.api.services import Services
from cleanplate.errors import StorageFailed
from cleanplate.tasks.task import Task

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 0.5


async def never() -> bool:
    """The `gone` of a client whose task is to go on whatever becomes of it."""
    return False


async def wait_for_end(
    services: Services,
    task_id: str,
    timeout_s: float,
    gone: Callable[[], Awaitable[bool]] = never,
    *,
    watch: Callable[[Task], Awaitable[None]] | None = None,
) -> Task | None:
    """The task once it has ended. None: it has not within the time, and is now cancelled; or it is gone.

    A server that is to stop ends the wait at once, and leaves the task to the next start. When the wait is
    cancelled, so is the task. A database that is away for a while ends no wait: the task goes on.

    Args:
        gone: whether the client has gone away: nobody will have the result, and the task is cancelled.
        watch: awaited with the task as it is at each look, at the last one too.

    Raises:
        StorageFailed: the database refused for all the rest of the time.
    """
    deadline_s = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    try:
        while True:
            try:
                task = await services.threads.read(partial(services.tasks.get, task_id))
                if task is not None and watch is not None:
                    await watch(task)
                if task is None or task.standing.state.terminal:
                    return task
            except StorageFailed:
                if services.closing.is_set() or time.monotonic() >= deadline_s:
                    raise
            if services.closing.is_set():
                return None
            if time.monotonic() >= deadline_s or await gone():
                await _cancel(services, task_id)
                return None
            await asyncio.sleep(min(pause_s, max(deadline_s - time.monotonic(), 0)))
            pause_s = min(1.5 * pause_s, _LONGEST_PAUSE_S)
    except asyncio.CancelledError:
        if not services.closing.is_set():
            with anyio.CancelScope(shield=True):
                await _cancel(services, task_id)
        raise


async def _cancel(services: Services, task_id: str) -> None:
    await services.threads.write(partial(services.tasks.cancel, task_id, running=True))
