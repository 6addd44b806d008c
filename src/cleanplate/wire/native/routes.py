"""The operations below `/v1`, and what happens in each. One server is one account: keys see all edits."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cleanplate.errors import BadParameter, CleanplateError
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task import State, Submission, Task, TaskFilter
from cleanplate.wire.base import CompactJson, Services, base_url, parse_json, read_body, result_link
from cleanplate.wire.native import openapi, replies
from cleanplate.wire.native.bodies import EditBody, ListQuery, UsageQuery, callback_url, read, sources
from cleanplate.wire.native.events import EventStream, Streams
from cleanplate.wire.native.operation import Answer, Call, Handler, Operation
from cleanplate.wire.native.problems import Refusal, RefusedError, of_error, refuse
from cleanplate.wire.testmode import scenario_of

_log = logging.getLogger(__name__)

NAME: Final = "native"
PREFIX: Final = "/v1"
SUBMIT: Final = f"{PREFIX}/edits"
_FIELD = re.compile(r"([A-Za-z_][\w.]*): ")


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
    body = read(EditBody, _json(call.body))
    card = _card(call, body.edit)
    task = call.services.tasks.submit(
        Submission(
            dialect=NAME,
            model=card.name,
            edit=card.name,
            parameters=_parameters(card, body),
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
    return Answer(_resource(call, task), 202, {"Location": f"{SUBMIT}/{task.id}"})


def list_edits(call: Call) -> Answer:
    """One page of all edits that came in through this API."""
    asked = read(ListQuery, call.request.query_params)
    wanted = TaskFilter(dialect=NAME, states=None if asked.state is None else (asked.state,))
    page = call.services.tasks.page(wanted, page_no=asked.page, page_size=asked.page_size)
    edits = [_resource(call, task) for task in page.tasks]
    return Answer({"edits": edits, "page": asked.page, "page_size": asked.page_size, "total": page.total})


def query(call: Call) -> Answer:
    """One edit as it is now."""
    return Answer(_resource(call, _task(call)))


def cancel(call: Call) -> Answer:
    """Cancel an edit that waits; tell one that runs to stop at its next checkpoint."""
    call.services.tasks.cancel(_task(call).id, running=True)
    task = _task(call)
    if task.state in (State.SUCCEEDED, State.FAILED):
        raise RefusedError(Refusal.of("conflict", f"the edit has {task.state.value} already"))
    return Answer(_resource(call, task), 200 if task.state is State.CANCELLED else 202)


def watch(streams: Streams, call: Call) -> Response:
    """The events of one edit."""
    task = _task(call)
    if streams.full:
        refusal = Refusal.of("too-many-streams", "too many event streams are open; poll the edit instead")
        raise RefusedError(refusal)
    return EventStream(streams, call.services, task, _link(call), call.request.state.request_id)


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
    def respond(request: Request, body: bytes) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            answer = handlers[method](Call(services, request, body))
        except RefusedError as error:
            return refuse(request, error.refusal)
        except CleanplateError as error:
            _log.warning("request refused: %s", error)
            return refuse(request, of_error(error))
        return answer.response(request) if isinstance(answer, Answer) else answer

    async def endpoint(request: Request) -> Response:
        body = await read_body(request, services.settings.max_body_bytes) if request.method == "POST" else b""
        return await run_in_threadpool(respond, request, body)

    return endpoint


def _json(body: bytes) -> dict[str, Any]:
    try:
        return parse_json(body)
    except BadParameter as error:
        raise RefusedError(Refusal.of("bad-request", error.public)) from None


def _card(call: Call, name: str) -> EditCard:
    card = call.services.catalogue.get(name)
    if card is None:
        known = ", ".join(sorted(call.services.catalogue))
        raise RefusedError(Refusal.of("bad-parameter", f"edit: there is only {known}", "edit"))
    # A key for tests plays scripts: it needs no model.
    missing = "" if call.request.state.caller.test else card.missing()
    if missing:
        text = f"edit: {name} is not available on this server: {missing}"
        raise RefusedError(Refusal.of("not-available", text, "edit"))
    return card


def _parameters(card: EditCard, body: EditBody) -> dict[str, Any]:
    try:
        return card.check(body.parameters)
    except BadParameter as error:
        found = _FIELD.match(error.public)
        field = f"parameters.{found[1]}" if found else "parameters"
        raise RefusedError(Refusal.of("bad-parameter", f"parameters.{error.public}", field)) from None


def _task(call: Call) -> Task:
    task = call.services.tasks.get(call.request.path_params["id"])
    if task is None or task.dialect != NAME:
        raise RefusedError(Refusal.of("not-found", "there is no such edit, or it has expired"))
    return task


def _resource(call: Call, task: Task) -> dict[str, Any]:
    return replies.resource(task, call.services.tasks, _link(call))


def _link(call: Call) -> replies.Link:
    return partial(result_link, call.services, base_url(call.services.settings, call.request))
