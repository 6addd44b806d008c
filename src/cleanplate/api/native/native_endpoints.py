"""The operations below `/v1`, and what happens in each."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cleanplate.api import limit_headers
from cleanplate.api.endpoint import ApiCall, AwaitReply, JsonReply
from cleanplate.api.native import native_replies, openapi
from cleanplate.api.native.admin_endpoints import admin_operations
from cleanplate.api.native.edit_events import edit_events
from cleanplate.api.native.edit_requests import (
    check_card_reference,
    check_layer_file,
    complete_parameters,
    edit_card,
)
from cleanplate.api.native.find_regions import region_operations, selection_operation
from cleanplate.api.native.native_bodies import (
    EditBody,
    EditListQuery,
    PictureUrl,
    UsageQuery,
    callback_url,
    check_quality,
    read_fields,
    read_json,
    task_inputs,
)
from cleanplate.api.native.native_codes import refusal_error
from cleanplate.api.native.native_replies import EditPage, EditResource, edit_resource
from cleanplate.api.native.operation import Operation
from cleanplate.api.result_files import stored_picture
from cleanplate.api.result_links import result_link
from cleanplate.api.services import Services
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BlobMissing
from cleanplate.intake.sources import check_url
from cleanplate.tasks.task import Output, State, Task, TaskFilter
from cleanplate.transport.json_response import CompactJson

PREFIX: Final = "/v1"
_EDITS: Final = f"{PREFIX}/edits"
_EDIT: Final = f"{_EDITS}/{{id}}"
_MOST_DIGITS: Final = 4


def webhook_body(services: Services, task: Task, base: str) -> Mapping[str, Any]:
    """What a webhook is sent: the edit as it ended (`Dialect.webhook_body`)."""
    return edit_resource(task, services.tasks, partial(result_link, services, base))


def submit(call: ApiCall) -> JsonReply:
    """Accept an edit. Nothing is fetched or decoded before the reply."""
    body = read_fields(EditBody, call.consume(read_json))
    check_quality(body)
    card = edit_card(call, body.edit)
    check_card_reference(card, given=body.reference is not None)
    check_layer_file(card, body.output, body.quality)
    task = call.submit(
        TaskRequest(
            edit=card.name,
            model=card.name,
            parameters=complete_parameters(call, card, body.parameters),
            inputs=task_inputs(body, call.services.settings.max_body_bytes),
            count=body.count,
            output=body.output,
            quality=body.quality,
            keeps_metadata=body.metadata == "keep",
            callback_url=callback_url(body),
            deadline_ms=body.deadline_ms,
        )
    )
    return JsonReply(_resource(call, task), 202, {"Location": f"{_EDITS}/{task.id}"})


def list_edits(call: ApiCall) -> dict[str, Any]:
    """One page of the caller's edits that came in through this API."""
    asked = read_fields(EditListQuery, call.request.query_params)
    wanted = TaskFilter(states=None if asked.state is None else (asked.state,))
    page = call.page(wanted, page_no=asked.page, page_size=asked.page_size)
    edits = [_resource(call, task) for task in page.tasks]
    return {"edits": edits, "page": asked.page, "page_size": asked.page_size, "total": page.total}


def query(call: ApiCall) -> dict[str, Any]:
    """One edit as it is now."""
    return _resource(call, _task(call))


def cancel(call: ApiCall) -> JsonReply:
    """Cancel an edit that waits; tell one that runs to stop at its next checkpoint."""
    call.services.tasks.cancel(_task(call).id, running=True)
    task = _task(call)
    state = task.standing.state
    if state in (State.SUCCEEDED, State.FAILED):
        raise refusal_error("conflict", f"the edit has {state.value} already")
    return JsonReply(_resource(call, task), 200 if state is State.CANCELLED else 202)


def watch(call: ApiCall) -> Response:
    """The events of one edit."""
    return edit_events(call, _task(call))


def result_file(call: ApiCall) -> Response:
    """The file of one result, whichever way its link leads: for pages that may ask only this server."""
    results = _task(call).outcome.results
    number = call.request.path_params["number"]
    known = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    found = results[int(number)] if known and int(number) < len(results) else None
    if not isinstance(found, Output):
        raise refusal_error("not-found", "the edit has no picture of that number in its `results`")
    try:
        return stored_picture(call.services, call.request, found.key)
    except BlobMissing:
        raise refusal_error("not-found", "the picture is no longer here") from None


def catalogue(call: ApiCall) -> dict[str, Any]:
    """All edits of the catalogue."""
    return {"edits": [native_replies.catalogue_entry(card) for card in call.services.catalogue.values()]}


def usage(call: ApiCall) -> dict[str, Any]:
    """What the caller's account has used."""
    asked = read_fields(UsageQuery, call.request.query_params)
    days = call.services.access.usage_of_account(call.caller.account, days=asked.days)
    return native_replies.usage_reply(days)


def me(call: ApiCall) -> dict[str, Any]:
    """Who asks."""
    caller = call.caller
    return {
        "id": caller.key_id,
        "name": caller.name,
        "account": caller.account,
        "admin": caller.admin,
        "test": caller.test,
    }


def fetch_picture(call: ApiCall) -> AwaitReply:
    """The file that a URL leads to, for pages; it counts as a submit of the key."""
    url = check_url(read_fields(PictureUrl, call.consume(read_json)).url)
    call.services.access.admit(call.caller.key_id, partial(limit_headers.note, call.request))
    return AwaitReply(partial(call.services.linked.get, url, call.caller.account))


def _task(call: ApiCall) -> Task:
    task = call.task(call.request.path_params["id"])
    if task is None:
        raise refusal_error("not-found", "there is no such edit, or it has expired")
    return task


def _resource(call: ApiCall, task: Task) -> dict[str, Any]:
    return edit_resource(task, call.services.tasks, call.link)


OPERATIONS: Final = (
    Operation(
        "POST",
        _EDITS,
        submit,
        idempotent=True,
        name="create_edit",
        summary="ask for an edit",
        replies={202: EditResource},
        refusals=(400, 408, 409, 413, 422, 429),
        body_model=EditBody,
    ),
    Operation(
        "GET",
        _EDITS,
        list_edits,
        name="list_edits",
        summary="list edits",
        replies={200: EditPage},
        refusals=(422,),
        query_model=EditListQuery,
    ),
    Operation(
        "GET",
        _EDIT,
        query,
        name="get_edit",
        summary="look at one edit",
        replies={200: EditResource},
        refusals=(404,),
    ),
    Operation(
        "DELETE",
        _EDIT,
        cancel,
        name="cancel_edit",
        summary="cancel an edit; 202: it runs, and stops soon",
        replies={200: EditResource, 202: EditResource},
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        f"{_EDIT}/events",
        watch,
        name="watch_edit",
        summary="watch an edit until it has ended (server-sent events: state, progress)",
        replies={200: None},
        refusals=(404, 429),
    ),
    Operation(
        "GET",
        f"{_EDIT}/results/{{number}}",
        result_file,
        name="get_result",
        summary="the file of one result, counted from 0 as in `results`, whichever way its link leads",
        replies={200: None},
        refusals=(404,),
        media_type="image/*",
    ),
    *region_operations(f"{PREFIX}/regions"),
    selection_operation(f"{PREFIX}/selections"),
    Operation(
        "POST",
        f"{PREFIX}/pictures",
        fetch_picture,
        name="fetch_picture",
        summary="the picture that a URL leads to, for pages that may not ask there themselves",
        replies={200: None},
        refusals=(400, 408, 413, 422, 429),
        body_model=PictureUrl,
        media_type="application/octet-stream",
    ),
    Operation(
        "GET",
        f"{PREFIX}/catalogue",
        catalogue,
        name="list_catalogue",
        summary="what can be asked for, and whether it can run here",
        replies={200: native_replies.CatalogueReply},
    ),
    Operation(
        "GET",
        f"{PREFIX}/usage",
        usage,
        name="get_usage",
        summary="what the account of this request's key has used, by day",
        replies={200: native_replies.UsageReply},
        refusals=(422,),
        query_model=UsageQuery,
    ),
    Operation(
        "GET",
        f"{PREFIX}/me",
        me,
        name="get_me",
        summary="whose key this request has, and whether it is an admin's",
        replies={200: native_replies.MeReply},
    ),
    *admin_operations(f"{PREFIX}/admin"),
)
"""The whole API."""


def description_routes(services: Services) -> Sequence[Route]:
    """The description of the operations. It needs no key."""
    described = CompactJson(openapi.document(OPERATIONS)).body
    page = openapi.page(OPERATIONS)

    async def document(request: Request) -> Response:
        return Response(described, media_type="application/json")

    async def read_me(request: Request) -> Response:
        return HTMLResponse(page)

    return [
        Route("/openapi.json", document, methods=["GET"]),
        Route("/docs", read_me, methods=["GET"]),
    ]
