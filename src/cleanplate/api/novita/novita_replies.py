"""Novita's replies: tasks as its JSON. Each type is one that all known clients can read."""

import math
import time
from collections.abc import Mapping
from typing import Any, Final

from cleanplate.api.novita.novita_codes import FAILURES, STATUS, TASK_FAILED
from cleanplate.api.result_links import result_link
from cleanplate.api.services import Services
from cleanplate.tasks.task import Output, State, Task

_LINK_TTL_S: Final = 3600
_MOCKED: Final = f"{TASK_FAILED}: the webhook's test mode asked for this"


def webhook_body(services: Services, task: Task, base: str) -> dict[str, Any]:
    """The body of a webhook (`Dialect.webhook_body`)."""
    return {"event_type": "ASYNC_TASK_RESULT", "payload": task_reply(services, task, base)}


def task_reply(services: Services, task: Task, base: str) -> dict[str, Any]:
    """The reply of `task-result`; `base` is what links begin with.

    Raises:
        StorageFailed: the database refused.
    """
    images = [_image(services, task, output, base) for output in task.outcome.outputs]
    return {
        "extra": _extra(task),
        "task": {
            "task_id": task.id,
            "status": STATUS[task.standing.state],
            "reason": _reason(task),
            "task_type": task.submission.model.replace("-", "_").upper(),
            "eta": _eta_s(services, task),
            "progress_percent": _percent(task),
        },
        "images": images,
        "videos": [],
        "audios": [],
    }


def _image(services: Services, task: Task, output: Output, base: str) -> dict[str, Any]:
    left_s = (task.standing.expires_at_ms or 0) // 1000 - int(time.time())
    return {
        "image_url": result_link(services, base, task, output),
        # A string: strictly typed clients break on a number, none breaks on this.
        "image_url_ttl": str(max(0, min(_LINK_TTL_S, left_s))),
        "image_type": output.media_type.removeprefix("image/"),
        "nsfw_detection_result": None,
    }


def _extra(task: Task) -> dict[str, Any]:
    hook: Mapping[str, Any] = (
        {} if task.submission.callback_url is None else {"webhook": {"url": task.submission.callback_url}}
    )
    return {
        "seed": str(task.submission.parameters.get("seed", 0)),
        "enable_nsfw_detection": False,
        "debug_info": {
            "request_info": "",
            "submit_time_ms": str(task.standing.created_at_ms),
            "execute_time_ms": str(task.standing.started_at_ms or 0),
            "complete_time_ms": str(task.standing.finished_at_ms or 0),
        },
        **hook,
    }


def _reason(task: Task) -> str:
    if task.standing.state is State.CANCELLED:
        return f"{TASK_FAILED}: the task was cancelled"
    if task.outcome.failure is None:
        return ""
    if task.submission.extra.get("mock"):
        return _MOCKED
    return f"{FAILURES.get(task.outcome.failure.code, TASK_FAILED)}: {task.outcome.failure.message}"


def _eta_s(services: Services, task: Task) -> int:
    """Whole seconds: there are clients that fail on a fraction."""
    return max(0, math.ceil((services.tasks.outlook(task).eta_ms or 0) / 1000))


def _percent(task: Task) -> int:
    return 100 if task.standing.state is State.SUCCEEDED else min(99, round(100 * task.standing.progress))
