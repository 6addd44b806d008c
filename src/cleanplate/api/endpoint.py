"""What a dialect is made of: endpoints, each a path and a plain function that answers one call of it."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from cleanplate.access import Caller
from cleanplate.api import limit_headers
from cleanplate.api.field_values import read_request
from cleanplate.api.result_links import base_url, result_link
from cleanplate.api.services import Services
from cleanplate.api.simulation_header import scenario_of
from cleanplate.api.task_checks import check_task, find_shortfall
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import ConnectionLost
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task import KEEPS_METADATA, QUALITY, Output, Submission, Task, TaskFilter, TaskPage
from cleanplate.transport.bodies import Body
from cleanplate.transport.request_body import parse_json
from cleanplate.transport.request_span import kept_trace, span_of
from cleanplate.transport.request_threads import READING

_log = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of an endpoint, and what may be used to answer it.

    Attributes:
        dialect: name of the one that is called; tasks of other dialects are none of its own.
        held: its body; None for methods without one.
        webhooks: whether the dialect can tell a `callback_url` anything.
    """

    services: Services
    dialect: str
    request: Request
    held: Body | None = None
    webhooks: bool = True

    @property
    def body(self) -> bytes:
        """The whole body; b"" for methods without one. It is gone once it is consumed or the handler ends."""
        return b"" if self.held is None else self.held.data

    @property
    def caller(self) -> Caller:
        """Whose key the request has."""
        caller: Caller = self.request.state.caller
        return caller

    @property
    def base_url(self) -> str:
        """What absolute links begin with."""
        return base_url(self.services.settings, self.request)

    def consume(self, read: Callable[[bytes], V]) -> V:
        """What `read` makes of the body, once: its bytes, which may be as many again, are let go."""
        return read(b"") if self.held is None else self.held.consume(read)

    def json(self) -> dict[str, Any]:
        """The JSON object of the body, once. Raises `BadParameter` for anything else."""
        return self.consume(parse_json)

    def read(self, kind: type[T]) -> T:
        """The JSON object of the body as `kind`, once.

        Raises:
            BadParameter: it is not; names the first wrong field.
        """
        return read_request(kind, self.json())

    def submit(self, wanted: TaskRequest) -> Task:
        """Accept a task of this caller's. One that could only fail is refused.

        Raises:
            BadParameter: a value of a parameter, or the `callback_url`, cannot be used; the text names it.
            BadInput: this server has no model for what is asked for.
            DialectFaultError: there is no such edit, parameter or role of an input, or no picture.
            LimitReached: the key has used up what it may, or the queue is too long.
            StorageFailed: the database or the object store refused.
        """
        check_task(wanted, self.services.catalogue, test=self.caller.test)
        if wanted.callback_url is not None and not self.webhooks:
            _log.warning("the dialect %s has no webhook_body: its callback_url is told nothing", self.dialect)
        task = self._submit(
            Submission(
                dialect=self.dialect,
                model=wanted.model,
                edit=wanted.edit,
                parameters=wanted.parameters,
                inputs=wanted.inputs,
                key_id=self.caller.key_id,
                account=self.caller.account,
                request_id=self.request.state.request_id,
                count=wanted.count,
                output=wanted.output,
                callback_url=None if wanted.callback_url is None else wanted.callback_url.strip(),
                deadline_ms=wanted.deadline_ms,
                ttl_s=wanted.ttl_s,
                interactive=wanted.interactive,
                scenario=scenario_of(self.request),
                extra=self._extra(wanted),
            )
        )
        span_of(self.request).set(task.attributes)
        key_id = task.submission.key_id
        _log.info("task accepted", extra={"task_id": task.id, "model": wanted.model, "key_id": key_id})
        return task

    def _extra(self, wanted: TaskRequest) -> dict[str, Any]:
        quality = {} if wanted.quality is None else {QUALITY: wanted.quality}
        kept = {KEEPS_METADATA: True} if wanted.keeps_metadata else {}
        return {"base_url": self.base_url, **wanted.extra, **quality, **kept, **kept_trace(self.request)}

    def _submit(self, submission: Submission) -> Task:
        """Of a request with an `Idempotency-Key` an earlier try may have made the task: then that is it."""
        state = self.request.state
        told, task_id = partial(limit_headers.note, self.request), getattr(state, "task_id", None)
        try:
            return self.services.tasks.submit(submission, told, task_id=task_id)
        except ConnectionLost:
            state.unsure = True
            raise

    def find_shortfall(self, card: EditCard, parameters: Mapping[str, Any] | None = None) -> str:
        """Why the edit, or what its parameters ask for, cannot be done for this caller; "" when it can."""
        return find_shortfall(card, parameters, test=self.caller.test)

    def task(self, task_id: str) -> Task | None:
        """The task that this dialect accepted; None when it is unknown, expired, or not for this caller.

        Raises:
            StorageFailed: the database refused.
        """
        task = self.services.tasks.get(task_id)
        if task is None or task.submission.dialect != self.dialect:
            return None
        return task if self._seen in (None, task.submission.account) else None

    def page(self, wanted: TaskFilter, *, page_no: int, page_size: int) -> TaskPage:
        """One page of the tasks of this dialect that fit and that the caller may see, newest first.

        Raises:
            StorageFailed: the database refused.
        """
        mine = replace(wanted, dialect=self.dialect, account=self._seen)
        return self.services.tasks.page(mine, page_no=page_no, page_size=page_size)

    @property
    def _seen(self) -> str | None:
        """The account whose tasks the caller may see; None for all."""
        shared = self.services.settings.shared_tasks and not self.caller.test
        return None if shared else self.caller.account

    def link(self, task: Task, output: Output) -> str:
        """Absolute signed URL of a finished picture; it works without a key until the task expires."""
        return result_link(self.services, self.base_url, task, output)


@dataclass(frozen=True, slots=True)
class JsonReply:
    """A reply that is no error, for where its content alone does not say all."""

    content: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AwaitTask:
    """Answer once this task has ended; no thread is held meanwhile.

    Attributes:
        task_id: what to wait for.
        reply: called with the task once it has ended, or None when it has not in time and is cancelled.
        stays: it goes on when the client goes away: somebody else will hear of its end.
        watch: awaited with the task each time it is looked at meanwhile.
    """

    task_id: str
    reply: Callable[[Task | None], "Mapping[str, Any] | JsonReply | Response"]
    stays: bool = False
    watch: Callable[[Task], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class AwaitReply:
    """Answer with what comes of this, or is raised by it; no thread is held meanwhile."""

    reply: Callable[[], Awaitable[Response]]


HandlerReply: TypeAlias = Mapping[str, Any] | JsonReply | Response
"""JSON with status 200, JSON with more, or anything that Starlette can send."""
Handler: TypeAlias = Callable[[ApiCall], HandlerReply | AwaitTask | AwaitReply]
"""Runs in a thread and may block. Raises `RefusedError` or a `CleanplateError`."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    Attributes:
        method: GET, POST, PUT, PATCH or DELETE; a HEAD is answered by the GET.
        path: as Starlette writes it: `/acme/jobs/{id}`; the parts are in `call.request.path_params`.
        handler: a plain function, not an async one.
        idempotent: a POST that obeys an `Idempotency-Key`: the same key and body get the same reply. Its path
            has no `{parts}`.
        writes: a GET that changes something all the same. Others are repeated while the database is away.
    """

    method: str
    path: str
    handler: Handler
    idempotent: bool = False
    writes: bool = False

    @property
    def only_reads(self) -> bool:
        return self.method in READING and not self.writes
