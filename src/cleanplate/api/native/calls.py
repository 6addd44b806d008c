"""What operations have in common: to read a request, and to describe an edit."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from cleanplate.api.base import base_url, parse_json, result_link
from cleanplate.api.fields import present
from cleanplate.api.native import replies
from cleanplate.api.native.operation import Call
from cleanplate.api.native.problems import Refusal, RefusedError
from cleanplate.errors import BadParameter
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task import Task

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
    if missing := _unless_test(call, card.missing):
        text = f"edit: {name} is not available on this server: {missing}"
        raise RefusedError(Refusal.of("not-available", text, "edit"))
    return card


def parameters_of(call: Call, card: EditCard, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the edit, complete. Raises `RefusedError`, which names the first that is wrong, and
    where the edit cannot do here what they ask for."""
    parameters = _checked(card, given)
    if lacking := _unless_test(call, partial(card.lacking, parameters)):
        text = f"edit: {card.name} cannot do that on this server: {lacking}"
        raise RefusedError(Refusal.of("not-available", text, "edit"))
    return parameters


def _unless_test(call: Call, missing: Callable[[], str]) -> str:
    """What is missing; nothing for a key for tests, which plays scripts and needs no model."""
    return "" if call.request.state.caller.test else missing()


def _checked(card: EditCard, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return card.check(meant(given, card.parameters))
    except BadParameter as error:
        found = _FIELD.match(error.public)
        field = f"parameters.{found[1]}" if found else "parameters"
        raise RefusedError(Refusal.of("bad-parameter", f"parameters.{error.public}", field)) from None


def meant(parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
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
