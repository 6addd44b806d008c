"""Server-sent events: one edit, watched until it has ended."""

import logging
import threading
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import anyio
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.native.native_codes import ERRORS, refusal_error
from cleanplate.api.native.native_replies import Link, edit_progress, edit_resource
from cleanplate.errors import StorageFailed
from cleanplate.tasks.service import TaskService
from cleanplate.tasks.task import State, Task

_log = logging.getLogger(__name__)

_LOOK_S: Final = 0.25
_HEARTBEAT_S: Final = 15.0
_HEARTBEAT: Final = b": still here\n\n"
_TOO_MANY: Final = "too many event streams are open; poll the edit instead"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """The events `state`, with the whole edit, and `progress`, with the part of it that moves in between.

    The first is the state as it is. It ends after the last state, and before that when the edit is removed
    or the server stops. Where too many are open it is a refusal instead.
    """

    media_type = "text/event-stream"

    def __init__(self, call: ApiCall, task: Task) -> None:
        events = _events(_EditWatch(call.services.tasks, task, call.link), call.services.closing)
        super().__init__(events, headers={**_HEADERS, "x-request-id": call.request.state.request_id})
        self._streams = call.services.streams
        self._account = call.caller.account
        self._refused = ERRORS.response(call.request, refusal_error("too-many-streams", _TOO_MANY).refusal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.hold(self._account) as has_place:
            answer = super().__call__ if has_place else self._refused
            await answer(scope, receive, send)


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
            event = _event("state", edit_resource(task, self._tasks, self._link))
            self._state, self._standing = task.standing.state, now
            return event
        if now != self._standing:
            self._standing = now
            return _event("progress", now)
        return None


async def _events(watch: _EditWatch, closing: threading.Event) -> AsyncIterator[bytes]:
    said_s = time.monotonic()
    while True:
        news = await run_in_threadpool(watch.poll)
        if news is None and time.monotonic() - said_s >= _HEARTBEAT_S:
            news = _HEARTBEAT
        if news is not None:
            said_s = time.monotonic()
            yield news
        if watch.ended or closing.is_set():
            return
        await anyio.sleep(_LOOK_S)


def _event(name: str, content: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"
