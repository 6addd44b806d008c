"""DashScope's replies: tasks as its JSON. Times are UTC+8, as the vendor's are."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request

from cleanplate.api.dashscope.dashscope_codes import (
    INTERNAL,
    STATUS,
    UNKNOWN,
    UNNAMED,
    ZONE,
    of_error,
    of_status,
)
from cleanplate.api.dashscope.model_list import MODELS
from cleanplate.api.dashscope.served_model import ServedModel
from cleanplate.api.endpoint import JsonReply
from cleanplate.api.refusal import ErrorTable, Refusal, RefusedError
from cleanplate.tasks.task import Failure, Output, State, Task, TaskPage
from cleanplate.transport.json_response import CompactJson

_REGION: Final = "cn-beijing"


def with_request_id(request: Request, reply: JsonReply) -> CompactJson:
    """The content and the id of this request, which also is a header (`Dialect.reply`)."""
    request_id = request.state.request_id
    content = {"request_id": request_id, **reply.content}
    return CompactJson(content, reply.status, headers={"x-request-id": request_id})


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The same for a refusal (`ErrorTable.render`)."""
    return with_request_id(
        request, JsonReply({"code": refusal.code, "message": refusal.text}, refusal.status)
    )


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)


def submit_reply(task: Task) -> dict[str, Any]:
    return {"output": {"task_status": STATUS[State.QUEUED], "task_id": task.id}}


def unknown_reply(task_id: str) -> dict[str, Any]:
    """A task that never was, or is no more. It is no error: HTTP 200."""
    return {"output": {"task_id": task_id, "task_status": UNKNOWN}}


def task_reply(task: Task, url: Callable[[Output], str]) -> dict[str, Any]:
    """The reply to a poll; `url` makes the link of one result."""
    model = MODELS[task.submission.model]
    output = {
        "task_id": task.id,
        "task_status": STATUS[task.standing.state],
        **_times(task),
    }
    # The page of the model with one result shows them while it runs alone.
    if model.several or task.standing.state is State.RUNNING:
        output |= _metrics(task)
    if task.standing.state is State.SUCCEEDED:
        output |= _results(model, task, url)
        images = len(task.outcome.outputs) if model.several else 1
        return {"output": output, "usage": {"image_count": images}}
    if task.outcome.failure is not None:
        output |= _failure_fields(model, task.outcome.failure)
    return {"output": output}


def generation_reply(task: Task, url: Callable[[Output], str]) -> dict[str, Any]:
    """The reply of a submit that waited; `url` makes the link of one result.

    Raises:
        RefusedError: there is no result.
    """
    if not task.outcome.outputs:
        raise RefusedError(_refusal_of(task))
    first = task.outcome.outputs[0]
    content = [{"image": url(output)} for output in task.outcome.outputs]
    message = {"role": "assistant", "content": content}
    return {
        "output": {"choices": [{"finish_reason": "stop", "message": message}]},
        "usage": {"image_count": len(content), "width": first.width, "height": first.height},
    }


def _refusal_of(task: Task) -> Refusal:
    if task.outcome.failure is None:
        return INTERNAL
    fields = _failure_fields(MODELS[task.submission.model], task.outcome.failure)
    status = 500 if fields["code"].startswith(INTERNAL.code) else 400
    return Refusal(status, fields["code"], fields["message"])


def list_reply(page: TaskPage, page_no: int, page_size: int) -> dict[str, Any]:
    """One page of the list. It is flat: SDKs take the whole body as the output.

    `tasks` is no word of the vendor's: a second client inside the vendor's Python package reads it
    instead of `data`, and fails on an `end_time` that is a number.
    """
    rows = [_row(task) for task in page.tasks]
    return {
        "total": page.total,
        "total_page": -(-page.total // page_size),
        "page_no": page_no,
        "page_size": page_size,
        "data": rows,
        "tasks": [{name: value for name, value in row.items() if name != "end_time"} for row in rows],
    }


def _results(model: ServedModel, task: Task, url: Callable[[Output], str]) -> dict[str, Any]:
    if not model.several:
        results = zip(model.names, task.outcome.results, strict=False)
        return {name: url(result) for name, result in results if isinstance(result, Output)}
    # Only strings in each: one client reads them as such.
    return {
        "results": [
            {"url": url(result)} if isinstance(result, Output) else _failure_fields(model, result)
            for result in task.outcome.results
        ]
    }


def _metrics(task: Task) -> dict[str, Any]:
    """How many pictures were asked for, made and not made; nothing while the task waits."""
    if task.standing.state in (State.QUEUED, State.CANCELLED):
        return {}
    failed = task.submission.count - len(task.outcome.outputs) if task.standing.state.terminal else 0
    return {
        "task_metrics": {
            "TOTAL": task.submission.count,
            "SUCCEEDED": len(task.outcome.outputs),
            "FAILED": failed,
        }
    }


def _failure_fields(model: ServedModel, failure: Failure) -> dict[str, str]:
    text = model.failures.get(failure.code, UNNAMED)
    colon = "" if text.words.endswith(".") else ":"
    return {"code": text.code, "message": f"{text.words}{colon} {failure.message}"}


def _row(task: Task) -> dict[str, Any]:
    times = {
        "gmt_create": task.standing.created_at_ms,
        "start_time": task.standing.started_at_ms,
        "end_time": task.standing.finished_at_ms,
    }
    return {
        "task_id": task.id,
        "request_id": task.submission.request_id,
        "model_name": task.submission.model,
        "status": STATUS[task.standing.state],
        "region": _REGION,
        "api_key_id": task.submission.key_id,
        "caller_parent_id": task.submission.account,
        "caller_uid": task.submission.account,
        "user_api_unique_key": f"apikey:v1:aigc:{_path_of(task)}:{task.submission.model}",
        **{name: time_ms for name, time_ms in times.items() if time_ms is not None},
    }


def _path_of(task: Task) -> str:
    return MODELS[task.submission.model].task


def _times(task: Task) -> dict[str, str]:
    times = {
        "submit_time": task.standing.created_at_ms,
        "scheduled_time": task.standing.started_at_ms,
        "end_time": task.standing.finished_at_ms,
    }
    return {name: _local(time_ms) for name, time_ms in times.items() if time_ms is not None}


def _local(time_ms: int) -> str:
    """`YYYY-MM-DD HH:mm:ss.SSS` in UTC+8."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(ZONE)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"
