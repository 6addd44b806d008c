"""PicWish's paths and what happens behind them."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.form_fields import FormFields, read_form
from cleanplate.api.picwish import picwish_replies
from cleanplate.api.picwish.picwish_bodies import BINARY, FORM, read_removal, read_scale, read_watermark
from cleanplate.api.picwish.picwish_codes import NO_TASK, refusal
from cleanplate.api.refusal import RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BadParameter, BlobMissing, StorageFailed
from cleanplate.tasks.task import Task

_log = logging.getLogger(__name__)

PREFIX: Final = "/api/tasks"
_VISUAL: Final = PREFIX + "/visual/"
_KEPT_S: Final = 3600
"""How long the vendor keeps results."""


def _create(read: Callable[[FormFields], TaskRequest], call: ApiCall) -> dict[str, Any] | AwaitTask:
    """Accept a task, and with `sync=1` wait for its end."""
    wanted = read(call.consume(partial(read_form, call.request.headers, FORM)))
    task = call.submit(replace(wanted, ttl_s=min(_KEPT_S, call.services.settings.result_ttl_s)))
    if wanted.extra["waits"]:
        reply = partial(_sync_reply, call, picwish_replies.timeout_reply(task))
        return AwaitTask(task.id, reply, stays=wanted.callback_url is not None)
    return picwish_replies.envelope({"task_id": task.id})


def _query(model: str, call: ApiCall) -> dict[str, Any]:
    """How far a task of this model is."""
    task = call.task(call.request.path_params["task_id"])
    if task is None or task.submission.model != model:
        raise RefusedError(NO_TASK)
    try:
        return picwish_replies.task_reply(call.services, task, call.base_url)
    except BlobMissing:
        raise
    except StorageFailed as error:
        # The vendor's samples give up at any status but 200: they come again while the task is at work
        _log.warning("the picture of a query cannot be read yet: %s", error.log)
        return picwish_replies.working_reply(task)


def _sync_reply(call: ApiCall, late: dict[str, Any], task: Task | None) -> dict[str, Any] | Response:
    if task is None:
        return late
    failure = task.outcome.failure
    if task.outcome.outputs and task.submission.extra["return_type"] == BINARY:
        output = task.outcome.outputs[0]
        return Response(call.services.objects.get(output.key), media_type=output.media_type)
    if failure is not None and failure.code == BadParameter.code:
        # Found after decoding, but as malformed as what is found before: no rectangle touches the image.
        _, _, why = failure.message.partition(": ")
        raise RefusedError(refusal(400, f"The parameter rectangles: {why}"))
    return picwish_replies.task_reply(call.services, task, call.base_url)


ENDPOINTS: Final = tuple(
    endpoint
    for path, model, read in (
        ("inpaint", "inpaint", read_removal),
        ("external/watermark-remove", "watermark-remove", read_watermark),
        ("scale", "scale", read_scale),
    )
    for endpoint in (
        Endpoint("POST", _VISUAL + path, partial(_create, read), idempotent=True),
        Endpoint("GET", _VISUAL + path + "/{task_id}", partial(_query, model)),
    )
)
