"""What words or clicks mean in a picture, answered at once: edits that the request waits for."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall, AwaitTask
from cleanplate.api.native.edit_requests import complete_parameters, edit_card
from cleanplate.api.native.native_bodies import (
    RegionBody,
    RegionQuery,
    SelectionBody,
    read_fields,
    read_json,
    task_inputs,
)
from cleanplate.api.native.native_codes import refusal_error, refusal_of_failure
from cleanplate.api.native.native_replies import EditResource, edit_resource
from cleanplate.api.native.operation import Operation
from cleanplate.api.refusal import RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.tasks.task import Failure, State, Task

EDIT: Final = "regions"
SELECT: Final = "select"
_WRONG: Final = (408, 413, 422, 429, 504)


def region_operations(path: str) -> tuple[Operation, Operation]:
    """The same twice: for a picture with a URL, and for one that is sent along."""
    return (
        Operation(
            "GET",
            path,
            by_query,
            name="find_region",
            summary="where in a picture what words say is: a mask, white = it",
            replies={200: EditResource},
            refusals=_WRONG,
            query_model=RegionQuery,
        ),
        Operation(
            "POST",
            path,
            by_body,
            idempotent=True,
            name="find_region_sent",
            summary="the same for a picture in the body",
            replies={200: EditResource},
            refusals=(400, 409, *_WRONG),
            body_model=RegionBody,
        ),
    )


def selection_operation(path: str) -> Operation:
    """The outline of what is clicked on, boxed or named."""
    return Operation(
        "POST",
        path,
        by_clicks,
        idempotent=True,
        name="select",
        summary="the outline of what is clicked on, boxed or named: a mask, white = it",
        replies={200: EditResource},
        refusals=(400, 409, *_WRONG),
        body_model=SelectionBody,
    )


def by_clicks(call: ApiCall) -> AwaitTask:
    """Outline what is pointed at in the picture of the body."""
    body = read_fields(SelectionBody, call.consume(read_json))
    return _look(call, SELECT, body, body.parameters)


def by_query(call: ApiCall) -> AwaitTask:
    """Look at the picture that the query names."""
    asked = read_fields(RegionQuery, call.request.query_params)
    return _find(call, RegionBody(image=asked.image, find=asked.find, shadows=asked.shadows))


def by_body(call: ApiCall) -> AwaitTask:
    """Look at the picture in the body."""
    return _find(call, read_fields(RegionBody, call.consume(read_json)))


def _find(call: ApiCall, body: RegionBody) -> AwaitTask:
    return _look(call, EDIT, body, {"find": body.find, "shadows": body.shadows})


def _look(
    call: ApiCall, edit: str, body: RegionBody | SelectionBody, parameters: Mapping[str, Any]
) -> AwaitTask:
    card = edit_card(call, edit)
    task = call.submit(
        TaskRequest(
            edit=card.name,
            model=card.name,
            parameters=complete_parameters(call, card, parameters),
            inputs=task_inputs(body, call.services.settings.max_body_bytes),
            interactive=True,
        )
    )
    return AwaitTask(task.id, partial(_region_reply, call))


def _region_reply(call: ApiCall, task: Task | None) -> dict[str, Any]:
    """The edit with its mask, or why there is none."""
    if task is None or task.standing.state is State.CANCELLED:
        raise refusal_error("took-too-long", "the server is busy; ask again later")
    failures = [result for result in task.outcome.results if isinstance(result, Failure)]
    failure = task.outcome.failure or next(iter(failures), None)
    if failure is not None:
        raise RefusedError(refusal_of_failure(failure))
    return edit_resource(task, call.services.tasks, call.link)
