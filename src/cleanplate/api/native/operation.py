"""What one operation of the native API is: the row from which its route and its description are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from cleanplate.api.base import CompactJson, Services
from cleanplate.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its whole body, and what may be used to answer it."""

    services: Services
    request: Request
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that is no error."""

    content: Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, request: Request) -> Response:
        headers = {"x-request-id": request.state.request_id, **self.headers}
        return CompactJson(self.content, self.status, headers=headers)


@dataclass(frozen=True, slots=True)
class Pending:
    """An answer that waits for the end of a task; no thread is held meanwhile.

    Attributes:
        task_id: what to wait for.
        answer: called with the task once it has ended, or None when it has not in time and is cancelled.
            Runs in a thread; raises as a `Handler` does.
    """

    task_id: str
    answer: Callable[[Task | None], Answer]


Handler: TypeAlias = Callable[[Call], Answer | Response | Pending]
"""Runs in a thread; raises `RefusedError` or a `CleanplateError`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        name: of the operation, for those who generate clients.
        summary: one line.
        replies: status to the model of its body; None is no JSON.
        refusals: statuses of the errors that belong to this operation alone.
        body, query: models of what comes in.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    replies: Mapping[int, type[BaseModel] | None]
    refusals: tuple[int, ...] = ()
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
