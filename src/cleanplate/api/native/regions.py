"""What words mean in a picture, answered at once: an edit `regions` that the request waits for."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from cleanplate.api.base import base_url
from cleanplate.api.native.bodies import RegionBody, RegionQuery, read, sources
from cleanplate.api.native.calls import NAME, card_of, json_of, parameters_of, resource_of
from cleanplate.api.native.operation import Answer, Call, Operation, Pending
from cleanplate.api.native.problems import Refusal, RefusedError, of_failure
from cleanplate.api.native.replies import EditResource
from cleanplate.api.testmode import scenario_of
from cleanplate.tasks.task import Failure, State, Submission, Task

EDIT: Final = "regions"
_WRONG: Final = (408, 413, 422, 429, 504)


def region_operations(path: str) -> tuple[Operation, Operation]:
    """The same twice: for a picture with a URL, and for one that is sent along."""
    replies: Mapping[int, Any] = {200: EditResource}
    return (
        Operation(
            "GET",
            path,
            "find_region",
            "where in a picture what words say is: a mask, white = it",
            by_query,
            replies,
            _WRONG,
            query=RegionQuery,
        ),
        Operation(
            "POST",
            path,
            "find_region_sent",
            "the same for a picture in the body",
            by_body,
            replies,
            (400, 409, *_WRONG),
            body=RegionBody,
        ),
    )


def by_query(call: Call) -> Pending:
    """Look at the picture that the query names."""
    asked = read(RegionQuery, call.request.query_params)
    return _looked(call, RegionBody(image=asked.image, find=asked.find, shadows=asked.shadows))


def by_body(call: Call) -> Pending:
    """Look at the picture in the body."""
    return _looked(call, read(RegionBody, json_of(call.body)))


def _looked(call: Call, body: RegionBody) -> Pending:
    card = card_of(call, EDIT)
    task = call.services.tasks.submit(
        Submission(
            dialect=NAME,
            model=card.name,
            edit=card.name,
            parameters=parameters_of(call, card, {"find": body.find, "shadows": body.shadows}),
            inputs=sources(body, call.services.settings.max_body_bytes),
            key_id=call.request.state.caller.key_id,
            request_id=call.request.state.request_id,
            scenario=scenario_of(call.request),
            extra={"base_url": base_url(call.services.settings, call.request)},
        )
    )
    return Pending(task.id, partial(_answer, call))


def _answer(call: Call, task: Task | None) -> Answer:
    """The edit with its mask, or why there is none."""
    if task is None or task.state is State.CANCELLED:
        raise RefusedError(Refusal.of("took-too-long", "the server is busy; ask again later"))
    failures = [result for result in task.results if isinstance(result, Failure)]
    failure = task.failure or next(iter(failures), None)
    if failure is not None:
        raise RefusedError(of_failure(failure))
    return Answer(resource_of(call, task))
