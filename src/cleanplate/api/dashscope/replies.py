"""What goes out: tasks as the vendor's JSON. Times are UTC+8, as the vendor's are."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from starlette.requests import Request

from cleanplate.api.base import CompactJson
from cleanplate.api.dashscope.codes import STATUS, UNKNOWN, UNNAMED, ZONE, Refusal, of_status
from cleanplate.api.dashscope.model import Model
from cleanplate.api.dashscope.models import MODELS
from cleanplate.tasks.task import Failure, Output, State, Task, TaskPage

_REGION: Final = "cn-beijing"


def answer(request: Request, content: Mapping[str, Any], status: int = 200) -> CompactJson:
    """One reply: the content and the id of this request, which also is a header."""
    request_id = request.state.request_id
    return CompactJson({"request_id": request_id, **content}, status, headers={"x-request-id": request_id})


def refuse(request: Request, refusal: Refusal) -> CompactJson:
    return answer(request, {"code": refusal.code, "message": refusal.message}, refusal.status)


def error(request: Request, status: int, text: str) -> CompactJson:
    """The reply for an error of the HTTP layer (`Dialect.error`)."""
    return refuse(request, of_status(status, text, request.method))


def submitted(task: Task) -> dict[str, Any]:
    return {"output": {"task_status": STATUS[State.QUEUED], "task_id": task.id}}


def unknown(task_id: str) -> dict[str, Any]:
    """A task that never was, or is no more. It is no error: HTTP 200."""
    return {"output": {"task_id": task_id, "task_status": UNKNOWN}}


def queried(task: Task, url: Callable[[Output], str]) -> dict[str, Any]:
    """The reply to a poll; `url` makes the link of one result."""
    model = MODELS[task.model]
    output = {
        "task_id": task.id,
        "task_status": STATUS[task.state],
        **_times(task),
    }
    # The page of the model with one result shows them while it runs alone.
    if model.several or task.state is State.RUNNING:
        output |= _metrics(task)
    if task.state is State.SUCCEEDED:
        output |= _results(model, task, url)
        return {"output": output, "usage": {"image_count": len(task.outputs)}}
    if task.failure is not None:
        output |= _blamed(model, task.failure)
    return {"output": output}


def listed(page: TaskPage, page_no: int, page_size: int) -> dict[str, Any]:
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


def _results(model: Model, task: Task, url: Callable[[Output], str]) -> dict[str, Any]:
    if not model.several:
        return {"output_image_url": url(task.outputs[0])}
    # Only strings in each: one client reads them as such.
    return {
        "results": [
            {"url": url(result)} if isinstance(result, Output) else _blamed(model, result)
            for result in task.results
        ]
    }


def _metrics(task: Task) -> dict[str, Any]:
    """How many pictures were asked for, made and not made; nothing while the task waits."""
    if task.state in (State.QUEUED, State.CANCELLED):
        return {}
    failed = task.count - len(task.outputs) if task.state.terminal else 0
    return {"task_metrics": {"TOTAL": task.count, "SUCCEEDED": len(task.outputs), "FAILED": failed}}


def _blamed(model: Model, failure: Failure) -> dict[str, str]:
    blame = model.failures.get(failure.code, UNNAMED)
    colon = "" if blame.words.endswith(".") else ":"
    return {"code": blame.code, "message": f"{blame.words}{colon} {failure.message}"}


def _row(task: Task) -> dict[str, Any]:
    times = {
        "gmt_create": task.created_at_ms,
        "start_time": task.started_at_ms,
        "end_time": task.finished_at_ms,
    }
    return {
        "task_id": task.id,
        "request_id": task.request_id,
        "model_name": task.model,
        "status": STATUS[task.state],
        "region": _REGION,
        "api_key_id": task.key_id,
        "caller_parent_id": task.key_id,
        "caller_uid": task.key_id,
        "user_api_unique_key": f"apikey:v1:aigc:image2image:image-synthesis:{task.model}",
        **{name: time_ms for name, time_ms in times.items() if time_ms is not None},
    }


def _times(task: Task) -> dict[str, str]:
    times = {
        "submit_time": task.created_at_ms,
        "scheduled_time": task.started_at_ms,
        "end_time": task.finished_at_ms,
    }
    return {name: _local(time_ms) for name, time_ms in times.items() if time_ms is not None}


def _local(time_ms: int) -> str:
    """`YYYY-MM-DD HH:mm:ss.SSS` in UTC+8."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(ZONE)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"
