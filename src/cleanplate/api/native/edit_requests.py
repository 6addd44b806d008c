"""An edit that is asked for by name: whether it can run here, and its parameters, complete."""

import re
from collections.abc import Mapping
from typing import Any, Final

from cleanplate.api.endpoint import ApiCall
from cleanplate.api.field_values import without_absent
from cleanplate.api.native.native_codes import refusal_error
from cleanplate.errors import BadParameter
from cleanplate.tasks.catalogue import EditCard
from cleanplate.tasks.task import OutputFormat
from cleanplate.validation import layer_fault, reference_fault

_FIELD: Final = re.compile(r"([A-Za-z_][\w.]*): ")


def edit_card(call: ApiCall, name: str) -> EditCard:
    """The edit of that name, if it can run here. Raises `RefusedError`."""
    card = call.services.catalogue.get(name)
    if card is None:
        known = ", ".join(sorted(call.services.catalogue))
        raise refusal_error("bad-parameter", f"edit: there is only {known}", "edit")
    if missing := call.find_shortfall(card):
        text = f"edit: {name} is not available on this server: {missing}"
        raise refusal_error("not-available", text, "edit")
    return card


def check_card_reference(card: EditCard, *, given: bool) -> None:
    """Raises `RefusedError` where the edit needs a reference that is not there, or the other way."""
    if fault := reference_fault(card.name, takes=card.reference, given=given):
        raise refusal_error("bad-parameter", fault, "reference")


def check_layer_file(card: EditCard, output: OutputFormat, quality: int | None) -> None:
    """Raises `RefusedError` where the edit makes a layer, and a file of that kind would be none."""
    field, fault = layer_fault(card.name, output=output, quality=quality) if card.layer else ("", "")
    if fault:
        raise refusal_error("bad-parameter", fault, field)


def complete_parameters(call: ApiCall, card: EditCard, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the edit, complete. Raises `RefusedError`, which names the first that is wrong, and
    where the edit cannot do here what they ask for."""
    parameters = _check_parameters(card, given)
    if lacking := call.find_shortfall(card, parameters):
        text = f"edit: {card.name} cannot do that on this server: {lacking}"
        raise refusal_error("not-available", text, "edit")
    return parameters


def _check_parameters(card: EditCard, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return card.check(meaningful_parameters(given, card.parameters))
    except BadParameter as error:
        found = _FIELD.match(error.public)
        field = f"parameters.{found[1]}" if found else "parameters"
        raise refusal_error("bad-parameter", f"parameters.{error.public}", field) from None


def meaningful_parameters(parameters: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without what stands for absent; null stays where the edit has a meaning for it.

    Args:
        schema: JSON schema of the edit's parameters.
    """
    nulls = {
        name: None
        for name, about in schema.get("properties", {}).items()
        if name in parameters and parameters[name] is None and {"type": "null"} in about.get("anyOf", ())
    }
    return {**without_absent(parameters), **nulls}
