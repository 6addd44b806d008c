"""Sends the callbacks that are due, until each was received or tried often enough. Restarts lose none."""

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

import aiohttp

from cleanplate.clock import unix_ms
from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.intake.guarded_connector import FAILURES, failure_reason, guarded_session
from cleanplate.intake.sources import check_url
from cleanplate.settings import Network
from cleanplate.tasks.store import TaskStore
from cleanplate.tasks.task import Task
from cleanplate.telemetry import request_id
from cleanplate.tracing.spans import NO_TRACES, TraceContext, Tracer, TraceSpan, server_of
from cleanplate.webhooks.outbox import Delivery, Outbox

_log = logging.getLogger(__name__)

ANSWER_S: Final = 5.0
"""How long a receiver may take to answer. Every vendor asks its customers to be quick."""
_AT_ONCE: Final = 64
_CAUTION: Final = 4
_LEASE_MS: Final = 30_000
"""Longer than one try can take; a dead sender's callbacks wait so long for another one."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One callback as it goes out: a POST of `body`.

    Attributes:
        tries: how often in all, >= 1.
        trace: what it belongs to.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    tries: int
    trace: TraceContext = field(default_factory=dict, repr=False)


RequestOf: TypeAlias = Callable[[Task], WebhookRequest | None]
"""Makes the callback of an ended task; None when this server no longer has the API that it is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When callbacks are sent, and where to.

    Attributes:
        allow: networks that may be reached besides public addresses.
        poll_s: how often a sender looks for callbacks that are due.
        pause_s: before the second try; doubled before each further one.
        clock_ms: Unix milliseconds.
        tracer: told of each try; the receiver is told what it belongs to.
        tell: called with what became of each try: "delivered", "postponed" or "given up".
    """

    allow: Sequence[Network] = ()
    poll_s: float = 0.5
    pause_s: float = 1.0
    clock_ms: Callable[[], int] = field(default=unix_ms)
    tracer: Tracer = NO_TRACES
    tell: Callable[[str], None] = field(default=lambda _outcome: None)


class WebhookSender:
    """Delivers at least once: a receiver whose answer got lost gets the callback twice."""

    def __init__(
        self, store: TaskStore, outbox: Outbox, request_of: RequestOf, policy: RetryPolicy | None = None
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._request_of = request_of
        self._policy = policy or RetryPolicy()
        self._id = str(uuid.uuid4())
        self._jobs: dict[asyncio.Task[None], str] = {}

    async def run(self) -> None:
        """Deliver until cancelled. What is on its way then stays due."""
        headers = {"Content-Type": "application/json"}
        async with guarded_session(self._policy.allow, timeout_s=ANSWER_S, headers=headers) as session:
            try:
                while True:
                    await self._start_due(session)
                    await asyncio.sleep(self._policy.poll_s)
            finally:
                for job in self._jobs:
                    job.cancel()
                await asyncio.gather(*self._jobs, return_exceptions=True)
                await self._release()

    async def _start_due(self, session: aiohttp.ClientSession) -> None:
        """Start on what is due, as much as may run at once: a slow receiver must not stop the others.

        Some at a time, and none of a key while it holds as many as are free: about half are its own in the
        end, and half of the rest the next one's, as in `intake.fair_places`.
        """
        more = True
        while more and (free := _AT_ONCE - len(self._jobs)):
            some = max(1, free // _CAUTION)
            claimed = await self._claim(some, free)
            for delivery in claimed:
                job = asyncio.create_task(self._deliver(session, delivery))
                self._jobs[job] = delivery.account
                job.add_done_callback(partial(self._done, delivery.task_id))
            more = len(claimed) == some

    async def _claim(self, limit: int, free: int) -> list[Delivery]:
        full = [account for account, count in Counter(self._jobs.values()).items() if count >= free]
        now_ms = self._policy.clock_ms()
        claim = partial(self._outbox.claim, self._id, now_ms, limit=limit, lease_ms=_LEASE_MS, but=full)
        try:
            return await asyncio.to_thread(claim)
        except CleanplateError as error:
            _log.warning("callbacks: %s", error.log)
            return []

    def _done(self, task_id: str, job: asyncio.Task[None]) -> None:
        self._jobs.pop(job, None)
        # Nothing was written then: it is due again when its lease ends.
        if not job.cancelled() and (error := job.exception()) is not None:
            _log.error("callback of task %s", task_id, exc_info=error, extra={"task_id": task_id})

    async def _release(self) -> None:
        try:
            await asyncio.to_thread(self._outbox.release, self._id)
        except CleanplateError as error:
            _log.warning("callbacks: %s", error.log)

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        request, error = await self._request(delivery.task_id)
        if request is not None:
            error = await self._send(session, request, delivery)
        await asyncio.to_thread(self._record, delivery, request, error)

    async def _send(self, session: aiohttp.ClientSession, request: WebhookRequest, delivery: Delivery) -> str:
        """Send it once; see `_post`."""
        about = {"http.request.method": "POST", "cleanplate.task.id": delivery.task_id}
        again = {"http.request.resend_count": delivery.tried} if delivery.tried else {}
        attributes = {**about, **again, **server_of(request.url)}
        with self._policy.tracer.span("POST", request.trace, kind="client", attributes=attributes) as span:
            headers = {**request.headers, **span.context}
            return await _post(session, replace(request, headers=headers), span)

    async def _request(self, task_id: str) -> tuple[WebhookRequest | None, str]:
        """What to send; or None and why not, "" when there is nobody to send to."""
        task = await asyncio.to_thread(self._store.get, task_id)
        if task is None or task.submission.callback_url is None:
            return None, ""
        # Each callback is sent in a task of its own
        request_id.set(task.submission.request_id)
        try:
            request = await asyncio.to_thread(self._request_of, task)
        except Exception as error:
            _log.exception("callback of task %s", task_id, extra={"task_id": task_id})
            return None, error.public if isinstance(error, CleanplateError) else "internal error"
        if request is None:
            return None, "this server no longer has the API that was used"
        try:
            check_url(request.url)
        except BadParameter as error:
            # No other try would make it a good one.
            return None, error.public
        return request, ""

    def _record(self, delivery: Delivery, request: WebhookRequest | None, error: str) -> None:
        tried = delivery.tried + 1
        about = {"task_id": delivery.task_id, "tried": tried}
        now_ms = self._policy.clock_ms()
        if not error:
            self._outbox.forget(delivery)
            self._policy.tell("delivered")
            _log.info("callback done", extra=about)
        elif request is None or tried >= request.tries:
            self._outbox.give_up(delivery, now_ms, error)
            self._policy.tell("given up")
            _log.warning("callback given up: %s", error, extra=about)
        else:
            pause_ms = round(1000 * self._policy.pause_s * 2**delivery.tried)
            self._outbox.postpone(delivery, now_ms + pause_ms, error)
            self._policy.tell("postponed")


async def _post(session: aiohttp.ClientSession, request: WebhookRequest, span: TraceSpan) -> str:
    """Send it once. "" when it was received, else one public sentence why not. Redirects are not followed."""
    try:
        async with session.post(
            request.url, data=request.body, headers=request.headers, allow_redirects=False
        ) as response:
            received = response.status // 100 == 2  # noqa: PLR2004 - the 2xx of HTTP
            span.set({"http.response.status_code": response.status})
            if not received:
                span.fail(str(response.status))
            return "" if received else f"the server answered {response.status}"
    except TimeoutError:
        span.fail("timeout")
        return "the server did not answer in time"
    except FAILURES as error:
        span.fail(type(error).__name__)
        return failure_reason(error)
