"""Stability's paths: each request waits for its task, and is answered with the picture."""

import base64
from functools import partial
from typing import Final

from starlette.responses import Response

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint, JsonReply
from cleanplate.api.refusal import RefusedError
from cleanplate.api.stability.reply_kind import wants_json
from cleanplate.api.stability.stability_bodies import (
    OPERATIONS,
    SEED,
    StableOperation,
    read_stable_form,
)
from cleanplate.api.stability.stability_codes import of_failure, refusal
from cleanplate.api.warning_header import warning_headers
from cleanplate.tasks.task import Task

PREFIX: Final = "/v2beta"
_DONE: Final = "SUCCESS"
_SLOW: Final = "The edit took too long and was stopped."
_CANCELLED: Final = "The edit was cancelled."


def _answer(operation: StableOperation, call: ApiCall) -> AwaitTask:
    as_json = wants_json(call.request.headers.get("accept", "*/*"))
    task = call.submit(call.consume(partial(read_stable_form, call.request.headers, operation)))
    return AwaitTask(task.id, partial(_picture, call, as_json))


def _picture(call: ApiCall, as_json: bool, task: Task | None) -> Response | JsonReply:
    if task is None:
        raise RefusedError(refusal(504, _SLOW))
    if task.outcome.failure is not None:
        raise RefusedError(of_failure(task.outcome.failure))
    if not task.outcome.outputs:
        raise RefusedError(refusal(500, _CANCELLED))
    output = task.outcome.outputs[0]
    data, seed = call.services.objects.get(output.key), task.submission.extra[SEED]
    headers = warning_headers(output.recipe)
    if as_json:
        content = {"image": base64.b64encode(data).decode(), "finish_reason": _DONE, "seed": seed}
        return JsonReply(content, headers=headers)
    said = {"finish-reason": _DONE, "seed": str(seed)}
    return Response(data, media_type=output.media_type, headers={**said, **headers})


ENDPOINTS: Final = tuple(
    Endpoint("POST", f"{PREFIX}/stable-image/{operation.path}", partial(_answer, operation), idempotent=True)
    for operation in OPERATIONS
)
