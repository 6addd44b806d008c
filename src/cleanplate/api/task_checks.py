"""What is looked at in every task before it is accepted: one that could only fail is refused at its submit.

What the caller can mend is a `BadInput`. What only the author of the dialect can mend is a
`DialectFaultError`: the caller gets the vendor's internal error, and the log says what is wrong.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from cleanplate.api.refusal import DialectFaultError
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BadInput, BadParameter
from cleanplate.intake.sources import check_url
from cleanplate.tasks.catalogue import Catalogue, EditCard
from cleanplate.validation import layer_fault, reference_fault

ROLES: Final = ("image", "mask", "keep", "reference")


def check_task(wanted: TaskRequest, catalogue: Catalogue, *, test: bool) -> None:
    """Refuse what could only fail.

    Args:
        test: the caller's key is for tests.

    Raises:
        BadParameter: a value of a parameter, or the `callback_url`, cannot be used; the text names it.
        BadInput: this server has no model for what is asked for.
        DialectFaultError: there is no such edit, parameter or role of an input, or no picture.
    """
    card = catalogue.get(wanted.edit)
    if card is None:
        raise DialectFaultError(f"there is no edit {wanted.edit!r}, only {_list(catalogue)}")
    _check_roles(wanted)
    if fault := reference_fault(card.name, takes=card.reference, given="reference" in wanted.inputs):
        raise BadParameter(fault)
    if card.layer and (fault := layer_fault(card.name, output=wanted.output, quality=wanted.quality)[1]):
        raise BadParameter(fault)
    _check_callback(wanted)
    parameters = _complete_parameters(card, wanted.parameters)
    if why := find_shortfall(card, parameters, test=test):
        raise BadInput(f"{card.name} is not available on this server: {why}")


def find_shortfall(card: EditCard, parameters: Mapping[str, Any] | None = None, *, test: bool) -> str:
    """Why this server cannot do the edit at all, or what its parameters ask for; "" when it can.

    A key for tests needs no model: its work is simulated.
    """
    if test:
        return ""
    return card.missing() or ("" if parameters is None else card.lacking(parameters))


def _check_roles(wanted: TaskRequest) -> None:
    if unknown := [role for role in wanted.inputs if role not in ROLES]:
        raise DialectFaultError(f"there is no input {unknown[0]!r}, only {_list(ROLES)}")
    if "image" not in wanted.inputs:
        raise DialectFaultError("the input 'image' is missing")


def _check_callback(wanted: TaskRequest) -> None:
    try:
        if wanted.callback_url is not None:
            check_url(wanted.callback_url)
    except BadParameter as error:
        raise BadParameter(f"{wanted.callback_field}: {error.public}") from None


def _complete_parameters(card: EditCard, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters as a worker will read them."""
    known = card.parameters.get("properties", {})
    if unknown := [name for name in parameters if name not in known]:
        raise DialectFaultError(f"{card.name} has no parameter {unknown[0]!r}, only {_list(known)}")
    try:
        stored = orjson.loads(orjson.dumps(dict(parameters)))
    except TypeError as error:
        raise DialectFaultError(f"the parameters for {card.name} are no JSON: {error}") from None
    return card.check(stored)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
