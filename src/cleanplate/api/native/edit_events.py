"""Server-sent events: one edit, watched until it has ended."""

import logging
import threading
import time
from collections.abc import AsyncGenerator
from typing import Any, Final

import anyio
from starlette.concurrency import run_in_threadpool

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.event_stream import HEARTBEAT, HEARTBEAT_S, TOO_MANY, EventStream, event
from cleanplate.api.native.native_codes import ERRORS, refusal_error
from cleanplate.api.native.native_replies import Link, edit_progress, edit_resource
from cleanplate.errors import StorageFailed
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import State, Task

_log = logging.getLogger(__name__)

_LOOK_S: Final = 0.25
_TOO_MANY: Final = f"{TOO_MANY}; poll the edit instead"


def edit_events(call: ApiCall, task: Task) -> EventStream:
    """The events `state`, with the whole edit, and `progress`, with the part of it that moves in between.

    The first is the state as it is. It ends after the last state, and before that when the edit is removed
    or the server stops. Where too many are open it is a refusal instead.
    """
    events = _events(_EditWatch(call.services.tasks, task, call.link), call.services.closing)
    return EventStream(
        call, events, ERRORS.response(call.request, refusal_error("too-many-streams", _TOO_MANY).refusal)
    )


class _EditWatch:
    """Looks at one edit again and again, and says what is new."""

    def __init__(self, tasks: TaskService, task: Task, link: Link) -> None:
        self._tasks = tasks
        self._task: Task | None = task
        self._link = link
        self._state: State | None = None
        self._standing: dict[str, Any] = {}

    @property
    def ended(self) -> bool:
        return self._task is None or (
            self._task.standing.state.terminal and self._task.standing.state is self._state
        )

    def poll(self) -> bytes | None:
        """Read the edit again: the event for what has changed since the last look, if anything has."""
        try:
            if self._task is not None:
                self._task = self._tasks.get(self._task.id)
            return None if self._task is None else self._changes(self._task)
        except StorageFailed as error:
            _log.warning("events: %s; looking again", error.log)
            return None

    def _changes(self, task: Task) -> bytes | None:
        now = edit_progress(task, self._tasks)
        if task.standing.state is not self._state:
            self._state, self._standing = task.standing.state, now
            return event("state", edit_resource(task, self._tasks, self._link))
        if now != self._standing:
            self._standing = now
            return event("progress", now)
        return None


async def _events(watch: _EditWatch, closing: threading.Event) -> AsyncGenerator[bytes]:
    said_s = time.monotonic()
    while True:
        news = await run_in_threadpool(watch.poll)
        if news is None and time.monotonic() - said_s >= HEARTBEAT_S:
            news = HEARTBEAT
        if news is not None:
            said_s = time.monotonic()
            yield news
        if watch.ended or closing.is_set():
            return
        await anyio.sleep(_LOOK_S)
