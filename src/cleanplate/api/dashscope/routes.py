"""Paths and what happens behind them. One server is one account: every key sees every task."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleanplate.api.base import BrokenJson, Services, parse_json, read_body, result_url
from cleanplate.api.dashscope import codes, replies, uploads
from cleanplate.api.dashscope.bodies import Envelope, read, read_list_query
from cleanplate.api.dashscope.codes import NAME, RefusedError, invalid
from cleanplate.api.dashscope.model import Order, Picture
from cleanplate.api.dashscope.models import MODELS
from cleanplate.api.limits import retry_after
from cleanplate.api.testmode import scenario_of
from cleanplate.clock import unix_ms
from cleanplate.errors import BadParameter, CleanplateError, InputTooLarge
from cleanplate.intake.sources import Source, parse_source
from cleanplate.tasks.task import Submission, Task

_log = logging.getLogger(__name__)

PREFIX: Final = "/api/v1"
OTHERS: Final = ("/api/v2", "/api-ws", "/apps", "/compatible-api", "/compatible-mode")
# The model decides, not the path: SDKs send every model to either of the two.
SUBMITS: Final = (
    "/services/aigc/image2image/image-synthesis",
    "/services/aigc/text2image/image-synthesis",
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its whole body, and what may be used to answer it."""

    services: Services
    request: Request
    body: bytes


Answer: TypeAlias = Callable[[Call], dict[str, Any]]


def routes(services: Services) -> Sequence[Route]:
    """All routes, each with and without a slash at its end: a redirect would lose body and key."""
    table: tuple[tuple[str, list[str], Answer], ...] = (
        *((path, ["POST"], submit) for path in SUBMITS),
        ("/uploads", ["GET"], grant),
        ("/tasks", ["GET"], list_tasks),
        ("/tasks/{task_id}", ["GET"], query),
        # Some releases of the SDK cancel with GET by mistake.
        ("/tasks/{task_id}/cancel", ["POST", "GET"], cancel),
    )
    own = [
        Route(PREFIX + path + slash, _endpoint(services, answer), methods=methods)
        for path, methods, answer in table
        for slash in ("", "/")
    ]
    return [*own, uploads.oss_route(services)]


def submit(call: Call) -> dict[str, Any]:
    """`POST …/image-synthesis`: accept a task. Nothing is fetched or decoded before the reply."""
    if call.request.headers.get("x-dashscope-async", "").strip().lower() != "enable":
        raise RefusedError(codes.NO_ASYNC)
    try:
        envelope = read(Envelope, parse_json(call.body))
    except BrokenJson as error:
        raise RefusedError(codes.broken_json(error.hint)) from None
    except BadParameter:
        raise RefusedError(codes.BAD_BODY) from None
    model = MODELS.get(envelope.model)
    if model is None:
        raise RefusedError(invalid(codes.NO_MODEL.format(served=", ".join(MODELS))))
    order = model.read(envelope.input, envelope.parameters, call.services.settings)
    _check_available(call, order)
    task = call.services.tasks.submit(
        Submission(
            dialect=NAME,
            model=model.name,
            edit=order.edit,
            parameters=order.parameters,
            inputs={
                role: (_source(call, picture, model.name), picture.rules)
                for role, picture in order.pictures.items()
            },
            key_id=call.request.state.caller.key_id,
            request_id=call.request.state.request_id,
            count=order.count,
            scenario=scenario_of(call.request),
        )
    )
    _log.info("task accepted", extra={"task_id": task.id, "model": task.model, "key_id": task.key_id})
    return replies.submitted(task)


def query(call: Call) -> dict[str, Any]:
    """`GET /tasks/{id}`. The query string is ignored: one client repeats its arguments there."""
    task_id = call.request.path_params["task_id"]
    task = _own_task(call.services, task_id)
    if task is None:
        return replies.unknown(task_id)
    return replies.queried(task, lambda output: result_url(call.services, call.request, task, output))


def grant(call: Call) -> dict[str, Any]:
    """`GET /uploads?action=getPolicy&model=M`."""
    return uploads.grant(call.services, call.request)


def list_tasks(call: Call) -> dict[str, Any]:
    """`GET /tasks`."""
    asked = read_list_query(call.request.query_params, unix_ms())
    page = call.services.tasks.page(asked.wanted, page_no=asked.page_no, page_size=asked.page_size)
    return replies.listed(page, asked.page_no, asked.page_size)


def cancel(call: Call) -> dict[str, Any]:
    """`POST /tasks/{id}/cancel`: only a task that waits can be cancelled."""
    task = _own_task(call.services, call.request.path_params["task_id"])
    if task is None or not call.services.tasks.cancel(task.id):
        raise RefusedError(codes.NOT_CANCELLED)
    return {}


def _endpoint(services: Services, answer: Answer) -> Callable[[Request], Any]:
    def respond(request: Request, body: bytes) -> Response:
        try:
            return replies.answer(request, answer(Call(services, request, body)))
        except RefusedError as error:
            return replies.refuse(request, error.refusal)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            reply = replies.refuse(request, codes.of_error(error))
            reply.headers.update(retry_after(error))
            return reply

    async def endpoint(request: Request) -> Response:
        body = await read_body(request, services.settings.max_body_bytes) if request.method == "POST" else b""
        return await run_in_threadpool(respond, request, body)

    return endpoint


def _own_task(services: Services, task_id: str) -> Task | None:
    """The task, if this dialect accepted it."""
    task = services.tasks.get(task_id)
    return task if task is not None and task.dialect == NAME else None


def _check_available(call: Call, order: Order) -> None:
    """Nothing is accepted that could only fail. Keys for tests need no model."""
    if order.called and not call.request.state.caller.test:
        card = call.services.catalogue[order.edit]
        missing = card.missing() or card.lacking(order.parameters)
        if missing:
            raise RefusedError(invalid(f"{order.called} is not available on this server: {missing}"))


def _source(call: Call, picture: Picture, model: str) -> Source:
    if picture.value.lstrip().lower().startswith(uploads.SCHEME):
        return uploads.uploaded(call.services, call.request, picture, model)
    try:
        return parse_source(picture.value, max_bytes=picture.rules.max_bytes)
    except InputTooLarge:
        text = codes.DATA_URI_TOO_LARGE.format(max_bytes=picture.rules.max_bytes)
        raise RefusedError(invalid(text)) from None
    except BadParameter as error:
        text = f"the parameters must conform to the specification: {picture.field}: {error.public}"
        raise RefusedError(invalid(text)) from None
