"""The vendor's replies: tasks as its JSON."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from cleanplate.api.bfl.bfl_bodies import SECRET
from cleanplate.api.bfl.bfl_codes import ERROR, MODERATED, NOT_FOUND, STATUS
from cleanplate.api.result_links import result_link
from cleanplate.api.services import Services
from cleanplate.tasks.task import State, Task

SIGNATURE: Final = "X-BFL-Signature"
_CANCELLED: Final[Mapping[str, str]] = {"error": "the task was cancelled"}


def submit_reply(task: Task, polling_url: str) -> dict[str, Any]:
    """The reply to a submit; with a webhook it has the status too."""
    reply = {"id": task.id, "polling_url": polling_url}
    url = task.submission.callback_url
    return reply if url is None else {**reply, "status": STATUS[State.QUEUED], "webhook_url": url}


def task_reply(services: Services, task: Task, base: str) -> dict[str, Any]:
    """The reply of `get_result`, and what a webhook is sent; `base` is what links begin with."""
    status, details = _status(task)
    result = None
    if task.standing.state is State.SUCCEEDED:
        output = task.outcome.outputs[0]
        start_s, end_s = (
            (time or 0) / 1000 for time in (task.standing.started_at_ms, task.standing.finished_at_ms)
        )
        result = {
            "sample": result_link(services, base, task, output),
            "seed": task.submission.parameters.get("seed", 0),
            "start_time": start_s,
            "end_time": end_s,
            "duration": max(0.0, end_s - start_s),
        }
    progress = 1.0 if result else min(task.standing.progress, 0.99)
    return _reply(task.id, status, result=result, progress=progress, details=details)


webhook_body = task_reply
"""`Dialect.webhook_body`"""


def webhook_headers(task: Task, body: bytes) -> Mapping[str, str]:
    """The signature by the secret that came with the submit, if one did (`Dialect.webhook_headers`)."""
    secret = task.submission.extra.get(SECRET)
    if secret is None:
        return {}
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {SIGNATURE: f"sha256={signed}"}


def not_found_reply(task_id: str) -> dict[str, Any]:
    """Of a task that there is not, or not any more."""
    return _reply(task_id, NOT_FOUND, result=None, progress=None, details=None)


def _status(task: Task) -> tuple[str, Mapping[str, Any] | None]:
    """The word for where it is, and why it failed."""
    failure = task.outcome.failure
    if failure is None:
        status = STATUS[task.standing.state]
        return status, _CANCELLED if status == ERROR else None
    if failure.code in MODERATED:
        return MODERATED[failure.code], {"Moderation Reasons": [failure.message]}
    return ERROR, {"error": failure.message, "code": failure.code}


def _reply(task_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"id": task_id, "status": status, **more, "preview": None}
