"""PicWish's replies: tasks as its JSON."""

from typing import Any, Final

from cleanplate.api.encoded_results import base64_of
from cleanplate.api.picwish.picwish_codes import (
    CANCELLED,
    COMPLETE,
    DETAILS,
    FAILED,
    PROCESSING,
    STATES,
    TIMED_OUT,
)
from cleanplate.api.result_links import result_link
from cleanplate.api.services import Services
from cleanplate.tasks.task import Failure, Output, State, Task

_SUCCESS: Final = "success"
_PLAIN: Final = ("watermark-remove",)
"""Models whose result is a link in `file` and nothing more."""
_TOO_SLOW: Final = Failure("", "the task took too long and was stopped")
_STOPPED: Final = Failure("", "the task was cancelled")


def envelope(data: dict[str, Any], message: str = _SUCCESS) -> dict[str, Any]:
    """The envelope of every reply that is no HTTP error."""
    return {"status": 200, "message": message, "data": data}


def webhook_body(services: Services, task: Task, base: str) -> dict[str, Any]:
    """The body of a webhook (`Dialect.webhook_body`): that of a query."""
    return task_reply(services, task, base)


def task_reply(services: Services, task: Task, base: str) -> dict[str, Any]:
    """The reply to a query, and to a submit that waited; `base` is what links begin with.

    Raises:
        StorageFailed: the picture of a `return_type` 2 cannot be read.
    """
    state, failure = _state(task)
    data = _standing(task, state)
    if failure is not None:
        return envelope(data | {"err_message": failure.message}, failure.message)
    if state == COMPLETE and _is_plain(task):
        data["file"] = result_link(services, base, task, task.outcome.outputs[0])
    elif state == COMPLETE:
        data |= _picture(services, task, task.outcome.outputs[0], base)
    return envelope(data)


def working_reply(task: Task) -> dict[str, Any]:
    """The reply to a query of a task whose picture cannot be read just now."""
    standing = _standing(task, PROCESSING)
    standing.pop("completed_at", None)
    return envelope(standing)


def timeout_reply(task: Task) -> dict[str, Any]:
    """The reply to a submit that waited in vain for this task."""
    data = {
        "task_id": task.id,
        **_times(task),
        "progress": 0,
        "state": TIMED_OUT,
        "state_detail": DETAILS[TIMED_OUT],
        "err_message": _TOO_SLOW.message,
    }
    return envelope(data, _TOO_SLOW.message)


def _standing(task: Task, state: int) -> dict[str, Any]:
    """How it is with a task, without its picture."""
    standing: dict[str, Any] = {
        "task_id": task.id,
        **_times(task),
        # 100 together with state 1 only: there are clients that stop on it alone
        "progress": 100 if state == COMPLETE else min(99, round(100 * task.standing.progress)),
        "state": state,
        "state_detail": DETAILS[state],
    }
    if not _is_plain(task):
        standing |= {"return_type": task.submission.extra.get("return_type", 1), "type": ""}
    return standing


def _is_plain(task: Task) -> bool:
    return task.submission.model in _PLAIN


def _state(task: Task) -> tuple[int, Failure | None]:
    match task.standing.state:
        case State.SUCCEEDED:
            return COMPLETE, None
        case State.FAILED:
            failure = task.outcome.failure or Failure("", "failed")
            return STATES.get(failure.code, FAILED), failure
        case State.CANCELLED:
            # Only a submit that waited cancels a task of this dialect.
            return (TIMED_OUT, _TOO_SLOW) if task.submission.extra.get("waits") else (CANCELLED, _STOPPED)
        case _:
            return PROCESSING, None


def _picture(services: Services, task: Task, output: Output, base: str) -> dict[str, Any]:
    if task.submission.extra.get("return_type") == 2:  # noqa: PLR2004 - the vendor's number
        image = base64_of(services, output)
    else:
        image = result_link(services, base, task, output)
    return {
        "image": image,
        "image_width": output.width,
        "image_height": output.height,
        "download_time": 0,
        "time_elapsed": task.outcome.compute_ms or 0,
    }


def _times(task: Task) -> dict[str, int]:
    """Whole Unix seconds; a time that is not known yet is left out."""
    times = {
        "created_at": task.standing.created_at_ms,
        "processed_at": task.standing.started_at_ms,
        "completed_at": task.standing.finished_at_ms,
    }
    return {name: time_ms // 1000 for name, time_ms in times.items() if time_ms is not None}
