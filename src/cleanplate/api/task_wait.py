"""Waiting for a task within the request that asked for it."""

import asyncio
import time
from functools import partial
from typing import Final

from cleanplate.api.services import Services
from cleanplate.tasks.task import Task

_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 0.5


async def wait_for_end(services: Services, task_id: str, timeout_s: float) -> Task | None:
    """The task once it has ended. None: it has not within the time, and is now cancelled; or it is gone.

    A server that is to stop ends the wait at once, and leaves the task to the next start.

    Raises:
        StorageFailed: the database refused.
    """
    deadline_s = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    while True:
        task = await services.threads.read(partial(services.tasks.get, task_id))
        if task is None or task.standing.state.terminal:
            return task
        if services.closing.is_set():
            return None
        if time.monotonic() >= deadline_s:
            await services.threads.write(partial(services.tasks.cancel, task_id, running=True))
            return None
        await asyncio.sleep(min(pause_s, max(deadline_s - time.monotonic(), 0)))
        pause_s = min(1.5 * pause_s, _LONGEST_PAUSE_S)
