"""What operations have in common: to read a request, and to describe an edit."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from cleanplate.errors import BadParameter
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task import Task
from cleanplate.wire.base import base_url, parse_json, result_link
from cleanplate.wire.fields import present
from cleanplate.wire.native import replies
from cleanplate.wire.native.bodies import EditBody
from cleanplate.wire.native.operation import Call
from cleanplate.wire.native.problems import Refusal, RefusedError

NAME: Final = "native"
_FIELD = re.compile(r"([A-Za-z_][\w.]*): ")


def json_of(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `RefusedError`."""
    try:
        return parse_json(body)
    except BadParameter as error:
        raise RefusedError(Refusal.of("bad-request", error.public)) from None


def card_of(call: Call, name: str) -> EditCard:
    """The edit of that name, if it can run here. Raises `RefusedError`."""
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


def parameters_of(card: EditCard, body: EditBody) -> dict[str, Any]:
    """The parameters of the edit, complete. Raises `RefusedError`, which names the first that is wrong."""
    try:
        return card.check(given(body.parameters, card.parameters))
    except BadParameter as error:
        found = _FIELD.match(error.public)
        field = f"parameters.{found[1]}" if found else "parameters"
        raise RefusedError(Refusal.of("bad-parameter", f"parameters.{error.public}", field)) from None


def given(parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without what stands for absent; null stays where the edit has a meaning for it.

    Args:
        schema: JSON schema of the edit's parameters.
    """
    nulls = {
        name: None
        for name, about in schema.get("properties", {}).items()
        if name in parameters and parameters[name] is None and {"type": "null"} in about.get("anyOf", ())
    }
    return {**present(parameters), **nulls}


def resource_of(call: Call, task: Task) -> dict[str, Any]:
    """The `EditResource` of a task as JSON values."""
    return replies.resource(task, call.services.tasks, link_of(call))


def link_of(call: Call) -> replies.Link:
    """What makes the URLs of results for this request."""
    return partial(result_link, call.services, base_url(call.services.settings, call.request))
