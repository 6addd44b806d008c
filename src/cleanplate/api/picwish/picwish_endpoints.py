"""PicWish's paths and what happens behind them."""

from dataclasses import replace
from functools import partial
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall, AwaitTask, Endpoint
from cleanplate.api.picwish import picwish_replies
from cleanplate.api.picwish.form_fields import read_form
from cleanplate.api.picwish.picwish_bodies import read_removal
from cleanplate.api.picwish.picwish_codes import NO_TASK, refusal
from cleanplate.api.refusal import RefusedError
from cleanplate.errors import BadParameter
from cleanplate.tasks.task import Task

PREFIX: Final = "/api/tasks"
_CREATE: Final = PREFIX + "/visual/inpaint"
_KEPT_S: Final = 3600
"""How long the vendor keeps results."""


def create(call: ApiCall) -> dict[str, Any] | AwaitTask:
    """`POST /api/tasks/visual/inpaint`: accept a task, and with `sync=1` wait for its end."""
    wanted = read_removal(call.consume(partial(read_form, call.request.headers)))
    task = call.submit(replace(wanted, ttl_s=min(_KEPT_S, call.services.settings.result_ttl_s)))
    if wanted.extra["waits"]:
        return AwaitTask(task.id, partial(_sync_reply, call, picwish_replies.timeout_reply(task)))
    return picwish_replies.envelope({"task_id": task.id})


def query(call: ApiCall) -> dict[str, Any]:
    """`GET /api/tasks/visual/inpaint/{task_id}`."""
    task = call.task(call.request.path_params["task_id"])
    if task is None:
        raise RefusedError(NO_TASK)
    return picwish_replies.task_reply(call.services, task, call.base_url)


def _sync_reply(call: ApiCall, late: dict[str, Any], task: Task | None) -> dict[str, Any]:
    if task is None:
        return late
    failure = task.outcome.failure
    if failure is not None and failure.code == BadParameter.code:
        # Found after decoding, but as malformed as what is found before: no rectangle touches the image.
        _, _, why = failure.message.partition(": ")
        raise RefusedError(refusal(400, f"The parameter rectangles: {why}"))
    return picwish_replies.task_reply(call.services, task, call.base_url)


ENDPOINTS: Final = (
    Endpoint("POST", _CREATE, create, idempotent=True),
    Endpoint("GET", _CREATE + "/{task_id}", query),
)
