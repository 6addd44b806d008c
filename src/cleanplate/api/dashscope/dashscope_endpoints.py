"""DashScope's paths and what happens behind them."""

from functools import partial
from typing import Any, Final

from cleanplate.api.dashscope import dashscope_codes, dashscope_replies, oss_uploads
from cleanplate.api.dashscope.dashscope_bodies import Envelope, read_fields, read_list_query
from cleanplate.api.dashscope.dashscope_codes import invalid, not_conforming
from cleanplate.api.dashscope.model_list import MODELS
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture
from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.refusal import RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.clock import unix_ms
from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.sources import Source, parse_source
from cleanplate.tasks.task import MAX_BYTES, VARIANTS, Task, TaskInput
from cleanplate.transport.json_outline import BrokenJson

PREFIX: Final = "/api/v1"
_SYNTHESIS: Final = "/services/aigc/image2image/image-synthesis"
_GENERATION: Final = "/services/aigc/multimodal-generation/generation"
OTHERS: Final = ("/api/v2", "/api-ws", "/apps", "/compatible-api", "/compatible-mode")


def submit(call: ApiCall) -> dict[str, Any]:
    """`POST …/image-synthesis`: accept a task. Nothing is fetched or decoded before the reply."""
    if not _is_enabled(call, "async"):
        raise RefusedError(dashscope_codes.NO_ASYNC)
    return dashscope_replies.submit_reply(_accepted(call, at_once=False))


def generate(call: ApiCall) -> AwaitTask:
    """`POST …/generation`: answer with the results."""
    if _is_enabled(call, "async"):
        raise RefusedError(dashscope_codes.NO_TASKS)
    if _is_enabled(call, "sse"):
        raise RefusedError(dashscope_codes.NO_STREAM)
    task = _accepted(call, at_once=True)
    return AwaitTask(task.id, partial(_generated, call))


def _generated(call: ApiCall, task: Task | None) -> dict[str, Any]:
    if task is None:
        raise RefusedError(dashscope_codes.TIMED_OUT)
    return dashscope_replies.generation_reply(task, partial(call.link, task))


def _is_enabled(call: ApiCall, name: str) -> bool:
    return call.request.headers.get(f"x-dashscope-{name}", "").strip().lower() == "enable"


def _accepted(call: ApiCall, *, at_once: bool) -> Task:
    envelope = _envelope(call)
    model = MODELS.get(envelope.model)
    if model is None:
        raise RefusedError(invalid(dashscope_codes.NO_MODEL.format(served=", ".join(MODELS))))
    if model.at_once != at_once:
        path = PREFIX + (_GENERATION if model.at_once else _SYNTHESIS)
        raise RefusedError(invalid(dashscope_codes.WRONG_URL.format(model=model.name, path=path)))
    wanted = model.read(envelope.input, envelope.parameters, call.services.settings)
    _check_available(call, wanted)
    inputs = {
        role: TaskInput(_source(call, picture, model.name), picture.rules)
        for role, picture in wanted.pictures.items()
    }
    return call.submit(
        TaskRequest(
            edit=wanted.edit,
            model=model.name,
            inputs=inputs,
            parameters=wanted.parameters,
            count=wanted.count,
            extra=_extra(wanted),
            interactive=at_once,
        )
    )


def _extra(wanted: ModelRequest) -> dict[str, Any]:
    told = {MAX_BYTES: wanted.max_bytes, VARIANTS: wanted.variants}
    return {name: value for name, value in told.items() if value}


def _envelope(call: ApiCall) -> Envelope:
    try:
        return read_fields(Envelope, call.json())
    except BrokenJson as error:
        raise RefusedError(dashscope_codes.broken_json(error.hint)) from None
    except BadParameter:
        raise RefusedError(dashscope_codes.BAD_BODY) from None


def query(call: ApiCall) -> dict[str, Any]:
    """`GET /tasks/{id}`. The query string is ignored: one client repeats its arguments there."""
    task_id = call.request.path_params["task_id"]
    task = call.task(task_id)
    if task is None:
        return dashscope_replies.unknown_reply(task_id)
    return dashscope_replies.task_reply(task, lambda output: call.link(task, output))


def list_tasks(call: ApiCall) -> dict[str, Any]:
    """`GET /tasks`."""
    asked = read_list_query(call.request.query_params, unix_ms())
    page = call.page(asked.wanted, page_no=asked.page_no, page_size=asked.page_size)
    return dashscope_replies.list_reply(page, asked.page_no, asked.page_size)


def cancel(call: ApiCall) -> dict[str, Any]:
    """`POST /tasks/{id}/cancel`: only a task that waits can be cancelled."""
    task = call.task(call.request.path_params["task_id"])
    if task is None or not call.services.tasks.cancel(task.id):
        raise RefusedError(dashscope_codes.NOT_CANCELLED)
    return {}


def _check_available(call: ApiCall, wanted: ModelRequest) -> None:
    """As the submit itself does, in the words of the body and before its pictures are looked at."""
    if not wanted.called:
        return
    if why := call.find_shortfall(call.services.catalogue[wanted.edit], wanted.parameters):
        raise RefusedError(invalid(f"{wanted.called} is not available on this server: {why}"))


def _source(call: ApiCall, picture: SentPicture, model: str) -> Source:
    if picture.value.lstrip().lower().startswith(oss_uploads.SCHEME):
        return oss_uploads.read_upload(call, picture, model)
    try:
        return parse_source(picture.value, max_bytes=picture.rules.max_bytes)
    except InputTooLarge:
        text = dashscope_codes.DATA_URI_TOO_LARGE.format(max_bytes=picture.rules.max_bytes)
        raise RefusedError(invalid(text)) from None
    except BadParameter as error:
        raise RefusedError(not_conforming(f"{picture.field}: {error.public}")) from None


ENDPOINTS: Final = (
    # The model decides, not the path: SDKs send every model to either of the two.
    Endpoint("POST", PREFIX + _SYNTHESIS, submit, idempotent=True),
    Endpoint("POST", PREFIX + "/services/aigc/text2image/image-synthesis", submit, idempotent=True),
    Endpoint("POST", PREFIX + "/services/aigc/image2image/out-painting", submit, idempotent=True),
    Endpoint("POST", PREFIX + _GENERATION, generate, idempotent=True),
    Endpoint("GET", PREFIX + "/uploads", oss_uploads.get_policy),
    Endpoint("GET", PREFIX + "/tasks", list_tasks),
    Endpoint("GET", PREFIX + "/tasks/{task_id}", query),
    Endpoint("POST", PREFIX + "/tasks/{task_id}/cancel", cancel),
    # Some releases of the SDK cancel with GET by mistake.
    Endpoint("GET", PREFIX + "/tasks/{task_id}/cancel", cancel, writes=True),
)
