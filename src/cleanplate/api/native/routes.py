"""The operations below `/v1`, and what happens in each. One server is one account: keys see all edits."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cleanplate.api.base import CompactJson, Services, base_url, read_body, result_link
from cleanplate.api.native import openapi, replies
from cleanplate.api.native.bodies import EditBody, ListQuery, UsageQuery, callback_url, read, sources
from cleanplate.api.native.calls import NAME, card_of, json_of, link_of, parameters_of, resource_of
from cleanplate.api.native.events import EventStream, Streams
from cleanplate.api.native.operation import Answer, Call, Handler, Operation, Pending
from cleanplate.api.native.problems import Refusal, RefusedError, of_error, refuse
from cleanplate.api.native.regions import region_operations
from cleanplate.api.testmode import scenario_of
from cleanplate.api.waiting import ended
from cleanplate.errors import CleanplateError
from cleanplate.tasks.task import State, Submission, Task, TaskFilter

_log = logging.getLogger(__name__)

PREFIX: Final = "/v1"
SUBMIT: Final = f"{PREFIX}/edits"
REGIONS: Final = f"{PREFIX}/regions"
SUBMITS: Final = frozenset({SUBMIT, REGIONS})


def operations(streams: Streams) -> tuple[Operation, ...]:
    """The whole API."""
    one, page = replies.EditResource, replies.EditPage
    named = f"{SUBMIT}/{{id}}"
    return (
        Operation(
            "POST",
            SUBMIT,
            "create_edit",
            "ask for an edit",
            submit,
            {202: one},
            (400, 408, 409, 413, 422, 429),
            body=EditBody,
        ),
        Operation(
            "GET", SUBMIT, "list_edits", "list edits", list_edits, {200: page}, (422,), query=ListQuery
        ),
        Operation("GET", named, "get_edit", "look at one edit", query, {200: one}, (404,)),
        Operation(
            "DELETE",
            named,
            "cancel_edit",
            "cancel an edit; 202: it runs, and stops soon",
            cancel,
            {200: one, 202: one},
            (404, 409),
        ),
        Operation(
            "GET",
            f"{named}/events",
            "watch_edit",
            "watch an edit until it has ended (server-sent events: state, progress)",
            partial(watch, streams),
            {200: None},
            (404, 429),
        ),
        *region_operations(REGIONS),
        Operation(
            "GET",
            f"{PREFIX}/catalogue",
            "list_catalogue",
            "what can be asked for, and whether it can run here",
            catalogue,
            {200: replies.CatalogueReply},
        ),
        Operation(
            "GET",
            f"{PREFIX}/usage",
            "get_usage",
            "what the key of this request has used, by day",
            usage,
            {200: replies.UsageReply},
            (422,),
            query=UsageQuery,
        ),
    )


def routes(services: Services) -> Sequence[Route]:
    """All routes, and the description of them, which needs no key."""
    table = operations(Streams())
    described = CompactJson(openapi.document(table)).body
    page = openapi.page(table)

    async def document(request: Request) -> Response:
        return Response(described, media_type="application/json")

    async def read_me(request: Request) -> Response:
        return HTMLResponse(page)

    return [
        *(
            Route(path, _endpoint(services, handlers), methods=list(handlers))
            for path, handlers in _by_path(table).items()
        ),
        Route("/openapi.json", document, methods=["GET"]),
        Route("/docs", read_me, methods=["GET"]),
    ]


def callback(services: Services, task: Task, base: str) -> dict[str, Any]:
    """What a webhook is sent: the edit as it ended (`Dialect.callback`)."""
    return replies.resource(task, services.tasks, partial(result_link, services, base))


def submit(call: Call) -> Answer:
    """Accept an edit. Nothing is fetched or decoded before the reply."""
    body = read(EditBody, json_of(call.body))
    card = card_of(call, body.edit)
    task = call.services.tasks.submit(
        Submission(
            dialect=NAME,
            model=card.name,
            edit=card.name,
            parameters=parameters_of(call, card, body.parameters),
            inputs=sources(body, call.services.settings.max_body_bytes),
            key_id=call.request.state.caller.key_id,
            request_id=call.request.state.request_id,
            count=body.count,
            output=body.output,
            callback_url=callback_url(body),
            deadline_ms=body.deadline_ms,
            scenario=scenario_of(call.request),
            extra={"base_url": base_url(call.services.settings, call.request)},
        )
    )
    _log.info("task accepted", extra={"task_id": task.id, "edit": task.edit, "key_id": task.key_id})
    return Answer(resource_of(call, task), 202, {"Location": f"{SUBMIT}/{task.id}"})


def list_edits(call: Call) -> Answer:
    """One page of all edits that came in through this API."""
    asked = read(ListQuery, call.request.query_params)
    wanted = TaskFilter(dialect=NAME, states=None if asked.state is None else (asked.state,))
    page = call.services.tasks.page(wanted, page_no=asked.page, page_size=asked.page_size)
    edits = [resource_of(call, task) for task in page.tasks]
    return Answer({"edits": edits, "page": asked.page, "page_size": asked.page_size, "total": page.total})


def query(call: Call) -> Answer:
    """One edit as it is now."""
    return Answer(resource_of(call, _task(call)))


def cancel(call: Call) -> Answer:
    """Cancel an edit that waits; tell one that runs to stop at its next checkpoint."""
    call.services.tasks.cancel(_task(call).id, running=True)
    task = _task(call)
    if task.state in (State.SUCCEEDED, State.FAILED):
        raise RefusedError(Refusal.of("conflict", f"the edit has {task.state.value} already"))
    return Answer(resource_of(call, task), 200 if task.state is State.CANCELLED else 202)


def watch(streams: Streams, call: Call) -> Response:
    """The events of one edit."""
    task = _task(call)
    if streams.full:
        refusal = Refusal.of("too-many-streams", "too many event streams are open; poll the edit instead")
        raise RefusedError(refusal)
    return EventStream(streams, call.services, task, link_of(call), call.request.state.request_id)


def catalogue(call: Call) -> Answer:
    """All edits of the catalogue."""
    return Answer({"edits": [replies.entry(card) for card in call.services.catalogue.values()]})


def usage(call: Call) -> Answer:
    """What the caller's key has used."""
    asked = read(UsageQuery, call.request.query_params)
    days = call.services.access.usage(call.request.state.caller.key_id, days=asked.days)
    return Answer(replies.usage(days))


def _by_path(table: Sequence[Operation]) -> dict[str, dict[str, Handler]]:
    # One route for each path: what it answers to a wrong method names all that are right.
    found: dict[str, dict[str, Handler]] = {}
    for operation in table:
        found.setdefault(operation.path, {})[operation.method] = operation.handler
    return found


def _endpoint(services: Services, handlers: Mapping[str, Handler]) -> Callable[[Request], Any]:
    def respond(request: Request, make: Callable[[], Answer | Response | Pending]) -> Response | Pending:
        try:
            answer = make()
        except RefusedError as error:
            return refuse(request, error.refusal)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            return refuse(request, of_error(error))
        return answer.response(request) if isinstance(answer, Answer) else answer

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        body = await read_body(request, services.settings.max_body_bytes) if method == "POST" else b""
        call = Call(services, request, body)
        answer = await run_in_threadpool(respond, request, partial(handlers[method], call))
        if not isinstance(answer, Pending):
            return answer
        task = await ended(services, answer.task_id, services.settings.sync_timeout_s)
        told = await run_in_threadpool(respond, request, partial(answer.answer, task))
        if isinstance(told, Pending):
            raise AssertionError("an answer that waits twice")  # noqa: TRY004 - a fault of ours
        return told

    return endpoint


def _task(call: Call) -> Task:
    task = call.services.tasks.get(call.request.path_params["id"])
    if task is None or task.dialect != NAME:
        raise RefusedError(Refusal.of("not-found", "there is no such edit, or it has expired"))
    return task
