"""Novita's paths and what happens behind them."""

import base64
from functools import partial
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.novita import novita_replies
from cleanplate.api.novita.novita_bodies import read_cleanup, read_eraser
from cleanplate.api.novita.novita_codes import NO_TASK, TASK_FAILED, invalid, of_failure
from cleanplate.api.refusal import Refusal, RefusedError
from cleanplate.tasks.task import Task

PREFIX: Final = "/v3"
OTHERS: Final = ("/v2", "/v3beta", "/v4", "/v4beta", "/anthropic", "/gpu-instance", "/openai")
_SLOW: Final = Refusal(500, TASK_FAILED, "The task took too long and was stopped.")
_CANCELLED: Final = Refusal(500, TASK_FAILED, "The task was cancelled.")


def erase(call: ApiCall) -> dict[str, Any]:
    """`POST /v3/async/image-eraser`: accept a task. Nothing is fetched or decoded before the reply."""
    return {"task_id": call.submit(read_eraser(call.json())).id}


def query(call: ApiCall) -> dict[str, Any]:
    """`GET /v3/async/task-result?task_id=…`."""
    task_id = call.request.query_params.get("task_id", "").strip()
    if not task_id:
        raise RefusedError(invalid("task_id is required"))
    task = call.task(task_id)
    if task is None:
        raise RefusedError(NO_TASK)
    return novita_replies.task_reply(call.services, task, call.base_url)


def clean_up(call: ApiCall) -> AwaitTask:
    """`POST /v3/cleanup`: erase, and answer with the picture itself."""
    task = call.submit(read_cleanup(call.json()))
    return AwaitTask(task.id, partial(_picture, call))


def _picture(call: ApiCall, task: Task | None) -> dict[str, Any]:
    if task is None:
        raise RefusedError(_SLOW)
    if task.outcome.failure is not None:
        raise RefusedError(of_failure(task.outcome.failure))
    if not task.outcome.outputs:
        raise RefusedError(_CANCELLED)
    output = task.outcome.outputs[0]
    data = base64.b64encode(call.services.objects.get(output.key)).decode()
    return {"image_file": data, "image_type": output.media_type.removeprefix("image/")}


ENDPOINTS: Final = (
    Endpoint("POST", PREFIX + "/async/image-eraser", erase, idempotent=True),
    Endpoint("GET", PREFIX + "/async/task-result", query),
    Endpoint("POST", PREFIX + "/cleanup", clean_up, idempotent=True),
)
