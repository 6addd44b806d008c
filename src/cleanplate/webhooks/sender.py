"""Sends the callbacks that are due, until each was taken or tried often enough. Restarts lose none."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import aiohttp

from cleanplate.clock import unix_ms
from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.intake.guarded_connector import FAILURES, guarded_session, reason
from cleanplate.intake.sources import checked_url
from cleanplate.settings import Network
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task
from cleanplate.webhooks.outbox import Outbox

_log = logging.getLogger(__name__)

ANSWER_S: Final = 5.0
"""How long a receiver may take to answer. It is told to be quick by every vendor."""
_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One callback as it goes out: a POST of `body`. `tries`: how often in all, >= 1."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How a postman goes about.

    Attributes:
        allow: networks that may be reached besides public addresses.
        look_s: how often he looks for callbacks that are due.
        pause_s: before the second try; doubled before each further one.
        clock_ms: Unix milliseconds.
    """

    allow: Sequence[Network] = ()
    look_s: float = 0.5
    pause_s: float = 1.0
    clock_ms: Callable[[], int] = field(default=unix_ms)


class WebhookSender:
    """Delivers at least once: a receiver whose answer got lost hears twice.

    Args:
        letter: what to send for an ended task; None when nobody can say it any more.
    """

    def __init__(
        self,
        store: TaskStore,
        deliveries: Outbox,
        letter: Callable[[Task], WebhookRequest | None],
        round_: RetryPolicy | None = None,
    ) -> None:
        self._store = store
        self._deliveries = deliveries
        self._letter = letter
        self._round = round_ or RetryPolicy()
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Deliver until cancelled. What is on its way then stays due."""
        headers = {"Content-Type": "application/json"}
        async with guarded_session(self._round.allow, timeout_s=ANSWER_S, headers=headers) as session:
            try:
                while True:
                    await self._look(session)
                    await asyncio.sleep(self._round.look_s)
            finally:
                for job in self._jobs.values():
                    job.cancel()
                await asyncio.gather(*self._jobs.values(), return_exceptions=True)

    async def _look(self, session: aiohttp.ClientSession) -> None:
        """Start on what is due, as long as there are hands: a slow receiver must not stop the others."""
        # Taken before the query: one that ends meanwhile must not be sent again by what was read earlier.
        busy = set(self._jobs)
        try:
            due = await asyncio.to_thread(self._deliveries.due, self._round.clock_ms(), 2 * _AT_ONCE)
        except CleanplateError as error:
            _log.warning("callbacks: %s", error.log)
            return
        for task_id, tried in due:
            if task_id not in busy and len(self._jobs) < _AT_ONCE:
                job = asyncio.create_task(self._deliver(session, task_id, tried))
                self._jobs[task_id] = job
                job.add_done_callback(partial(self._done, task_id))

    def _done(self, task_id: str, job: asyncio.Task[None]) -> None:
        del self._jobs[task_id]
        # Nothing was noted then: it is still due, and the next look begins anew.
        if not job.cancelled() and (error := job.exception()) is not None:
            _log.error("callback of task %s", task_id, exc_info=error, extra={"task_id": task_id})

    async def _deliver(self, session: aiohttp.ClientSession, task_id: str, tried: int) -> None:
        letter, error = await self._written(task_id)
        if letter is not None:
            error = await _post(session, letter)
        await asyncio.to_thread(self._note, task_id, tried + 1, letter, error)

    async def _written(self, task_id: str) -> tuple[WebhookRequest | None, str]:
        task = await asyncio.to_thread(self._store.get, task_id)
        if task is None or task.callback_url is None:
            return None, ""
        try:
            letter = await asyncio.to_thread(self._letter, task)
        except Exception as error:
            _log.exception("callback of task %s", task_id, extra={"task_id": task_id})
            return None, error.public if isinstance(error, CleanplateError) else "internal error"
        return letter, "" if letter is not None else "this server no longer has the API that was used"

    def _note(self, task_id: str, tried: int, letter: WebhookRequest | None, error: str) -> None:
        about = {"task_id": task_id, "tried": tried}
        now_ms = self._round.clock_ms()
        if not error:
            self._deliveries.forget(task_id)
            _log.info("callback done", extra=about)
        elif letter is None or tried >= letter.tries:
            self._deliveries.give_up(task_id, tried, now_ms, error)
            _log.warning("callback given up: %s", error, extra=about)
        else:
            pause_ms = round(1000 * self._round.pause_s * 2 ** (tried - 1))
            self._deliveries.postpone(task_id, tried, now_ms + pause_ms, error)


async def _post(session: aiohttp.ClientSession, letter: WebhookRequest) -> str:
    """Send it once. "" when it was taken, else one public sentence why not. Redirects are not followed."""
    try:
        async with session.post(
            checked_url(letter.url), data=letter.body, headers=letter.headers, allow_redirects=False
        ) as response:
            taken = response.status // 100 == 2  # noqa: PLR2004 - the 2xx of HTTP
            return "" if taken else f"the server answered {response.status}"
    except BadParameter as error:
        return error.public
    except TimeoutError:
        return "the server did not answer in time"
    except FAILURES as error:
        return reason(error)
