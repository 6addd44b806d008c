"""Novita's paths and what happens behind them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from cleanplate.api.encoded_results import base64_of
from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint, Handler
from cleanplate.api.novita import novita_replies
from cleanplate.api.novita.novita_bodies import read_cleanup, read_eraser
from cleanplate.api.novita.novita_codes import NO_TASK, TASK_FAILED, invalid, of_failure
from cleanplate.api.novita.novita_siblings import (
    read_inpainting,
    read_outpainting,
    read_picture,
    read_upscale,
)
from cleanplate.api.refusal import Refusal, RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.tasks.task import Task

PREFIX: Final = "/v3"
OTHERS: Final = ("/v2", "/v3beta", "/v4", "/v4beta", "/anthropic", "/gpu-instance", "/openai")
_SLOW: Final = Refusal(500, TASK_FAILED, "The task took too long and was stopped.")
_CANCELLED: Final = Refusal(500, TASK_FAILED, "The task was cancelled.")


def _later(read: Callable[[Mapping[str, Any]], TaskRequest]) -> Handler:
    """Accept a task. Nothing is fetched or decoded before the reply."""
    return lambda call: {"task_id": _submitted(call, read).id}


def _now(read: Callable[[Mapping[str, Any]], TaskRequest]) -> Handler:
    """Answer with the picture itself."""
    return lambda call: AwaitTask(_submitted(call, read).id, partial(_picture, call))


def _submitted(call: ApiCall, read: Callable[[Mapping[str, Any]], TaskRequest]) -> Task:
    wanted = read(call.json())
    card = call.services.catalogue[wanted.edit]
    if why := call.find_shortfall(card, wanted.parameters):
        raise RefusedError(invalid(f"{wanted.model} is not available on this server: {why}"))
    return call.submit(wanted)


def query(call: ApiCall) -> dict[str, Any]:
    """`GET /v3/async/task-result?task_id=…`."""
    task_id = call.request.query_params.get("task_id", "").strip()
    if not task_id:
        raise RefusedError(invalid("task_id is required"))
    task = call.task(task_id)
    if task is None:
        raise RefusedError(NO_TASK)
    return novita_replies.task_reply(call.services, task, call.base_url)


def _picture(call: ApiCall, task: Task | None) -> dict[str, Any]:
    if task is None:
        raise RefusedError(_SLOW)
    if task.outcome.failure is not None:
        raise RefusedError(of_failure(task.outcome.failure))
    if not task.outcome.outputs:
        raise RefusedError(_CANCELLED)
    output = task.outcome.outputs[0]
    data = base64_of(call.services, output)
    return {"image_file": data, "image_type": output.media_type.removeprefix("image/")}


_REMOVE_TEXT: Final = partial(read_picture, "remove-text", "remove_text")
_REMOVE_BACKGROUND: Final = partial(read_picture, "remove-background", "cut_out")
ENDPOINTS: Final = (
    Endpoint("POST", PREFIX + "/async/image-eraser", _later(read_eraser), idempotent=True),
    Endpoint("POST", PREFIX + "/async/inpainting", _later(read_inpainting), idempotent=True),
    Endpoint("POST", PREFIX + "/async/upscale", _later(read_upscale), idempotent=True),
    Endpoint("GET", PREFIX + "/async/task-result", query),
    Endpoint("POST", PREFIX + "/cleanup", _now(read_cleanup), idempotent=True),
    Endpoint("POST", PREFIX + "/remove-text", _now(_REMOVE_TEXT), idempotent=True),
    Endpoint("POST", PREFIX + "/remove-background", _now(_REMOVE_BACKGROUND), idempotent=True),
    Endpoint("POST", PREFIX + "/outpainting", _now(read_outpainting), idempotent=True),
)
