"""Paths and what happens behind them. One server is one account: every key sees every task."""

import base64
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.base import CompactJson, Services, base_url, parse_json, read_body
from cleanplate.api.novita import replies
from cleanplate.api.novita.bodies import Order, read_cleanup, read_eraser
from cleanplate.api.novita.codes import (
    NAME,
    NO_TASK,
    TASK_FAILED,
    Refusal,
    RefusedError,
    invalid,
    of_error,
    of_failure,
    refuse,
)
from cleanplate.api.testmode import scenario_of
from cleanplate.api.waiting import ended
from cleanplate.errors import CleanplateError
from cleanplate.tasks.task import Submission, Task

_log = logging.getLogger(__name__)

PREFIX: Final = "/v3"
OTHERS: Final = ("/v2", "/v3beta", "/v4", "/v4beta", "/anthropic", "/gpu-instance", "/openai")
_ERASER: Final = PREFIX + "/async/image-eraser"
_CLEANUP: Final = PREFIX + "/cleanup"
SUBMITS: Final = (_ERASER, _CLEANUP)
_SLOW: Final = Refusal(500, TASK_FAILED, "The task took too long and was stopped.")

Answer: TypeAlias = Callable[[Services, Request], Awaitable[dict[str, Any]]]


def routes(services: Services) -> Sequence[Route]:
    """All routes, each with and without a slash at its end: a redirect would lose body and key."""
    table: tuple[tuple[str, str, Answer], ...] = (
        (_ERASER, "POST", erase),
        (PREFIX + "/async/task-result", "GET", query),
        (_CLEANUP, "POST", clean_up),
    )
    return [
        Route(path + slash, _endpoint(services, answer), methods=[method])
        for path, method, answer in table
        for slash in ("", "/")
    ]


async def erase(services: Services, request: Request) -> dict[str, Any]:
    """`POST /v3/async/image-eraser`: accept a task. Nothing is fetched or decoded before the reply."""
    body = await read_body(request, services.settings.max_body_bytes)
    task = await run_in_threadpool(_submit, services, request, body, read_eraser)
    return {"task_id": task.id}


async def query(services: Services, request: Request) -> dict[str, Any]:
    """`GET /v3/async/task-result?task_id=…`."""
    task_id = request.query_params.get("task_id", "").strip()
    if not task_id:
        raise RefusedError(invalid("task_id is required"))
    return await run_in_threadpool(_result, services, request, task_id)


async def clean_up(services: Services, request: Request) -> dict[str, Any]:
    """`POST /v3/cleanup`: erase, and answer with the picture itself."""
    body = await read_body(request, services.settings.max_body_bytes)
    accepted = await run_in_threadpool(_submit, services, request, body, read_cleanup)
    task = await ended(services, accepted.id, services.settings.sync_timeout_s)
    return await run_in_threadpool(_picture, services, task)


def _submit(
    services: Services, request: Request, body: bytes, read: Callable[[dict[str, Any]], Order]
) -> Task:
    order = read(parse_json(body))
    task = services.tasks.submit(
        Submission(
            dialect=NAME,
            model="image-eraser",
            edit="erase",
            parameters=order.parameters,
            inputs=order.inputs,
            key_id=request.state.caller.key_id,
            request_id=request.state.request_id,
            output=order.output,
            callback_url=order.callback_url,
            scenario=scenario_of(request),
            extra={"base_url": base_url(services.settings, request), "mock": order.mock},
        )
    )
    _log.info("task accepted", extra={"task_id": task.id, "key_id": task.key_id})
    return task


def _result(services: Services, request: Request, task_id: str) -> dict[str, Any]:
    task = services.tasks.get(task_id)
    if task is None or task.dialect != NAME:
        raise RefusedError(NO_TASK)
    return replies.result(services, task, base_url(services.settings, request))


def _picture(services: Services, task: Task | None) -> dict[str, Any]:
    if task is None:
        raise RefusedError(_SLOW)
    if task.failure is not None:
        raise RefusedError(of_failure(task.failure.code, task.failure.message))
    if not task.outputs:
        raise RefusedError(Refusal(500, TASK_FAILED, "The task was cancelled."))
    output = task.outputs[0]
    data = base64.b64encode(services.objects.get(output.key)).decode()
    return {"image_file": data, "image_type": output.media_type.removeprefix("image/")}


def _endpoint(services: Services, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return CompactJson(await answer(services, request))
        except RefusedError as error:
            return refuse(error.refusal)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            return refuse(of_error(request, error))

    return endpoint
