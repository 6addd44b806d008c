"""The operations below `/v1/admin`, which an admin key alone may ask for. What changes something is in the
audit log, under the key that asked for it, and counts as a submit of that key."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from cleanplate.access import LastAdminKey
from cleanplate.access.key_book import actor_of
from cleanplate.admin.admin_values import ModelFacts, ModelShelf, PullUnderWay
from cleanplate.api import limit_headers
from cleanplate.api.endpoint import ApiCall, AwaitReply, AwaitTask, Handler, HandlerReply, JsonReply
from cleanplate.api.native import admin_replies
from cleanplate.api.native.admin_bodies import AllUsageQuery, KeyBody, PageQuery
from cleanplate.api.native.native_bodies import read_fields, read_json
from cleanplate.api.native.native_codes import refusal_error
from cleanplate.api.native.operation import Operation

_MOST_LINES: Final = 500
_OF_PULLS: Final = 404, 408, 409, 413, 422, 429
_MAKE: Final = "make a key, whose secret is shown this once"
_REVOKE: Final = "make a key useless for ever"
_USAGE: Final = "what each account has used"
_MODELS: Final = "the models, and whether they are on the machine that answers"
_PULL: Final = "fetch the weights of a model to the machine that answers"
_STOP: Final = "stop that; what has come is kept"
_NO_ADMIN: Final = "this needs an admin key: `cleanplate keys admin ID` on the server makes one of a key"
_NO_KEY: Final = "there is no such key that is good"
_NO_MODEL: Final = "there is no such model"


def list_keys(call: ApiCall) -> dict[str, Any]:
    """One page of the stored keys."""
    asked = read_fields(PageQuery, call.request.query_params)
    keys, total = call.services.access.key_page(page_no=asked.page, page_size=asked.page_size)
    shown = [admin_replies.key_resource(key) for key in keys]
    return {"keys": shown, "page": asked.page, "page_size": asked.page_size, "total": total}


def create_key(call: ApiCall) -> JsonReply:
    """Make a key. Its secret is in this reply alone, so no `Idempotency-Key` keeps it."""
    body = read_fields(KeyBody, call.consume(read_json))
    _count(call)
    access = call.services.access
    key, secret = access.create(
        body.name,
        limits=body.limits(access.preset),
        test=body.test,
        account=body.account,
        admin=body.admin,
        by=actor_of(call.caller.key_id),
    )
    content = {"key": admin_replies.key_resource(key), "secret": secret}
    return JsonReply(content, 201, {"Cache-Control": "no-store"})


def revoke_key(call: ApiCall) -> dict[str, Any]:
    """Make a key useless for ever, be it the caller's own; not the last admin's."""
    key_id, access = call.request.path_params["id"], call.services.access
    _count(call)
    try:
        revoked = access.revoke(key_id, by=actor_of(call.caller.key_id), keeps_admin=True)
    except LastAdminKey as error:
        raise refusal_error("conflict", error.public) from None
    key = access.key(key_id) if revoked else None
    if key is None:
        raise refusal_error("not-found", _NO_KEY)
    return admin_replies.key_resource(key)


def list_usage(call: ApiCall) -> dict[str, Any]:
    """What each account has used."""
    asked = read_fields(AllUsageQuery, call.request.query_params)
    totals, total = call.services.access.totals(
        days=asked.days, page_no=asked.page, page_size=asked.page_size
    )
    accounts = [admin_replies.account_usage(one) for one in totals]
    paging = {"page": asked.page, "page_size": asked.page_size, "total": total}
    return {"accounts": accounts, "days": asked.days, **paging}


def get_queue(call: ApiCall) -> dict[str, Any]:
    """All edits that have not ended, and the workers."""
    told = call.services.administration
    return admin_replies.queue_reply(told.queue(), told.lines(_MOST_LINES), told.workers())


def list_models(call: ApiCall) -> dict[str, Any]:
    """All models of this machine."""
    shelf = _shelf(call)
    return {"host": shelf.host, "models": [admin_replies.model_resource(one) for one in shelf.models()]}


def get_model(call: ApiCall) -> dict[str, Any]:
    """One of them, and how far its pull is."""
    return _model_reply(call, _model(call))


def pull_model(call: ApiCall) -> JsonReply:
    """Begin to fetch its weights."""
    model = _model(call)
    if not model.pullable:
        raise refusal_error("not-available", model.missing or "it has no weights; there is nothing to pull")
    _count(call)
    if model.pull is not None and model.pull.goes_on:
        raise refusal_error("conflict", f"{model.name} is being pulled already")
    call.services.access.note(call.caller.key_id, "pulls", model.name)
    try:
        _shelf(call).pull(model.name)
    except PullUnderWay:  # somebody else was faster
        raise refusal_error("conflict", f"{model.name} is being pulled already") from None
    return JsonReply(_model_reply(call, _model(call)), 202)


def stop_pull(call: ApiCall) -> JsonReply:
    """Stop that; what has come is kept."""
    model = _model(call)
    _count(call)
    if not _shelf(call).stop(model.name):
        raise refusal_error("conflict", f"{model.name} is not being pulled")
    call.services.access.note(call.caller.key_id, "stops a pull", model.name)
    return JsonReply(_model_reply(call, _model(call)), 202)


def admin_operations(prefix: str) -> tuple[Operation, ...]:
    """All of them."""
    of = admin_replies
    keys, models, paged = f"{prefix}/keys", f"{prefix}/models", {"query_model": PageQuery}
    model, new = f"{models}/{{name}}", {"body_model": KeyBody}
    every, queue = {"query_model": AllUsageQuery}, "all edits that have not ended, and the workers"
    return (
        _operation("GET", keys, list_keys, "keys, without their secrets", {200: of.KeyPage}, 422, **paged),
        _operation("POST", keys, create_key, _MAKE, {201: of.NewKeyReply}, 400, 408, 413, 422, 429, **new),
        _operation("DELETE", f"{keys}/{{id}}", revoke_key, _REVOKE, {200: of.KeyResource}, 404, 409, 429),
        _operation("GET", f"{prefix}/usage", list_usage, _USAGE, {200: of.AllUsageReply}, 422, **every),
        _operation("GET", f"{prefix}/queue", get_queue, queue, {200: of.QueueReply}),
        _operation("GET", models, list_models, _MODELS, {200: of.ModelList}),
        _operation("GET", model, get_model, "one model, and how far its pull is", {200: of.ModelReply}, 404),
        _operation("POST", f"{model}/pull", pull_model, _PULL, {202: of.ModelReply}, *_OF_PULLS),
        _operation("DELETE", f"{model}/pull", stop_pull, _STOP, {202: of.ModelReply}, 404, 409, 429),
    )


def _operation(
    method: str,
    path: str,
    handler: Handler,
    summary: str,
    replies: Mapping[int, type[BaseModel]],
    *refusals: int,
    **models: type[BaseModel],
) -> Operation:
    """One that refuses every key that is no admin's before it looks at anything."""

    def checked(call: ApiCall) -> HandlerReply | AwaitTask | AwaitReply:
        if not call.caller.admin:
            raise refusal_error("forbidden", _NO_ADMIN)
        return handler(call)

    return Operation(
        method,
        path,
        checked,
        name=handler.__name__,
        summary=f"admins: {summary}",
        replies=replies,
        refusals=(403, *refusals),
        body_model=models.get("body_model"),
        query_model=models.get("query_model"),
    )


def _count(call: ApiCall) -> None:
    """It counts as a submit of the key. Raises `LimitReached`."""
    call.services.access.admit(call.caller.key_id, partial(limit_headers.note, call.request))


def _shelf(call: ApiCall) -> ModelShelf:
    return call.services.administration.shelf


def _model(call: ApiCall) -> ModelFacts:
    found = _shelf(call).named(call.request.path_params["name"])
    if found is None:
        raise refusal_error("not-found", _NO_MODEL)
    return found


def _model_reply(call: ApiCall, model: ModelFacts) -> dict[str, Any]:
    return {"host": _shelf(call).host, "model": admin_replies.model_resource(model)}
