"""Paths and what happens behind them. One server is one account: every key sees every task."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.base import CompactJson, Services, base_url, read_body
from cleanplate.api.picwish import replies
from cleanplate.api.picwish.codes import NAME, NO_TASK, of_error, refuse
from cleanplate.api.picwish.forms import read_form
from cleanplate.api.picwish.orders import Order, read_order
from cleanplate.api.testmode import scenario_of
from cleanplate.api.waiting import ended
from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.tasks.task import Submission, Task

_log = logging.getLogger(__name__)

PREFIX: Final = "/api/tasks"
CREATE: Final = PREFIX + "/visual/inpaint"
_KEPT_S: Final = 3600
"""How long the vendor keeps results."""

Answer: TypeAlias = Callable[[Services, Request], Awaitable[Response]]


def routes(services: Services) -> Sequence[Route]:
    """All routes, each with and without a slash at its end: a redirect would lose body and key."""
    table: tuple[tuple[str, str, Answer], ...] = (
        (CREATE, "POST", create),
        (CREATE + "/{task_id}", "GET", query),
    )
    return [
        Route(path + slash, _endpoint(services, answer), methods=[method])
        for path, method, answer in table
        for slash in ("", "/")
    ]


async def create(services: Services, request: Request) -> Response:
    """`POST /api/tasks/visual/inpaint`: accept a task, and with `sync=1` wait for its end."""
    body = await read_body(request, services.settings.max_body_bytes)
    order = read_order(await read_form(request.headers, body))
    task = await run_in_threadpool(_submit, services, request, order)
    if not order.waits:
        return CompactJson(replies.success({"task_id": task.id}))
    done = await ended(services, task.id, services.settings.sync_timeout_s)
    if done is None:
        return CompactJson(replies.timed_out(task))
    if done.failure is not None and done.failure.code == BadParameter.code:
        # Found after decoding, but as malformed as what is found before: no rectangle touches the image.
        _, _, why = done.failure.message.partition(": ")
        return refuse(400, f"The parameter rectangles: {why}")
    return await run_in_threadpool(_told, services, request, done)


async def query(services: Services, request: Request) -> Response:
    """`GET /api/tasks/visual/inpaint/{task_id}`."""
    task = await run_in_threadpool(services.tasks.get, request.path_params["task_id"])
    if task is None or task.dialect != NAME:
        return refuse(404, NO_TASK)
    return await run_in_threadpool(_told, services, request, task)


def _submit(services: Services, request: Request, order: Order) -> Task:
    task = services.tasks.submit(
        Submission(
            dialect=NAME,
            model="inpaint",
            edit="erase",
            parameters={"boxes": order.boxes} if order.boxes else {},
            inputs=order.inputs,
            key_id=request.state.caller.key_id,
            request_id=request.state.request_id,
            output="same",
            callback_url=order.callback_url,
            ttl_s=min(_KEPT_S, services.settings.result_ttl_s),
            scenario=scenario_of(request),
            extra={
                "base_url": base_url(services.settings, request),
                "return_type": order.return_type,
                "waits": order.waits,
            },
        )
    )
    _log.info("task accepted", extra={"task_id": task.id, "key_id": task.key_id})
    return task


def _told(services: Services, request: Request, task: Task) -> Response:
    return CompactJson(replies.queried(services, task, base_url(services.settings, request)))


def _endpoint(services: Services, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await answer(services, request)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            return of_error(request, error)

    return endpoint
