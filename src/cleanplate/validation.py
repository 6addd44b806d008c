"""What pydantic finds wrong with values from outside, in words that are no programming language's."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core.core_schema import ErrorType

_MAX_NAME_CHARS: Final = 80
_ENDS_WITH_NAME: Final = frozenset({"missing", "extra_forbidden"})
"""Kinds of error whose last step is a name as it was or should have been sent."""

_MESSAGES: Final[Mapping[str, str]] = {
    "missing": "is required",
    "extra_forbidden": "there is no such field",
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("string_type", "string_sub_type", "string_unicode"), "must be a string"),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type"), "must be an object"
    ),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type"), "must be an array"),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "must be a whole number"
    ),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number"),
    **dict.fromkeys(("literal_error", "enum"), "must be one of {expected}"),
    **dict.fromkeys(("ip_v4_network", "ip_v6_network", "ip_any_network"), "must be a network, as 10.0.0.0/8"),
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}
"""By pydantic's name of the error; its own words name types of Python. What is not here "is not valid"."""

_PYDANTIC: Final = frozenset(get_args(ErrorType)) | frozenset(_MESSAGES)
_COMPARISONS: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_NUMBERS: Final[Mapping[type, str]] = {int: "must be a whole number", float: "must be a number"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        field: where, e.g. "extra.webhook.url" or "boxes.0.3".
        words: what goes on after its name: "is required", "must be a whole number from 1 to 4".
        missing: it was not sent at all.
    """

    field: str
    words: str
    missing: bool = False

    @property
    def text(self) -> str:
        """Both, as one sentence."""
        return f"{self.field}: {self.words}" if self.field else self.words


def first_fault(error: ValidationError, kind: type[BaseModel]) -> Fault:
    """The first of the errors that pydantic found.

    Args:
        kind: the model that was to be made; the bounds of its fields are told whole.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    name = first["type"]
    path, field = _locate(kind, first["loc"], ends_with_name=name in _ENDS_WITH_NAME)
    # What is none of pydantic's own is a plug-in's, and has its words.
    words = _message(name, first.get("ctx", {}), field) if name in _PYDANTIC else first["msg"]
    return Fault(path, words, name == "missing")


def _message(name: str, context: Mapping[str, Any], field: FieldInfo | None) -> str:
    number = None if field is None else _number_type(field.annotation)
    if (
        field is not None
        and number
        and (name in _COMPARISONS or _MESSAGES.get(name, "").startswith(_NUMBERS[number]))
    ):
        return _NUMBERS[number] + _range(field)
    expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    known = defaultdict(str, {**context, "expected": expected})
    return _MESSAGES.get(name, "is not valid").format_map(known) or "is not valid"


def _number_type(annotation: Any) -> type | None:
    """Whether a field of this annotation holds whole numbers or numbers, if it holds nothing else."""
    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 and kinds[0] in _NUMBERS else None


def _range(field: FieldInfo) -> str:
    """The bounds of a field: " from 1 to 4", ", at least 1", or nothing."""
    least, most = _bound(field, "ge"), _bound(field, "le")
    over, under = _bound(field, "gt"), _bound(field, "lt")
    if least and most:
        return f" from {least} to {most}"
    parts = (("at least", least), ("greater than", over), ("at most", most), ("less than", under))
    bounds = " and ".join(f"{words} {bound}" for words, bound in parts if bound)
    return f", {bounds}" if bounds else ""


def _bound(field: FieldInfo, rule: str) -> str:
    found = [getattr(one, rule) for one in field.metadata if hasattr(one, rule)]
    return _number_text(found[0]) if found else ""


def _number_text(value: Any) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)


def _locate(
    kind: type[BaseModel], steps: tuple[int | str, ...], *, ends_with_name: bool
) -> tuple[str, FieldInfo | None]:
    """The path as it was sent, without the names of a union's members, and the field at its end."""
    models: list[type[BaseModel]] = [kind]
    path: list[str] = []
    field: FieldInfo | None = None
    for number, step in enumerate(steps):
        known = None if isinstance(step, int) else _field(models, step)
        if known is not None:
            models = [one for one in _alternatives(known.annotation) if _is_model(one)]
        is_last = number == len(steps) - 1
        if isinstance(step, int) or known is not None or number == 0 or (ends_with_name and is_last):
            path.append(str(step)[:_MAX_NAME_CHARS])
            field = known
    return ".".join(path), field


def _field(models: list[type[BaseModel]], name: str) -> FieldInfo | None:
    found = (model.model_fields.get(name) for model in models)
    return next((field for field in found if field is not None), None)


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The annotation itself, or the members of the union that it is."""
    members = get_args(annotation) if not isinstance(annotation, type) else ()
    if not members:
        yield annotation
    for member in members:
        yield from _alternatives(member)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def reference_fault(name: str, *, takes: bool, given: bool) -> str:
    """What is wrong where the edit of that name has no reference and takes one, or the other way; else ""."""
    if takes and not given:
        return f"reference: {name} needs a second picture"
    return f"reference: {name} takes no second picture; leave it out" if given and not takes else ""


def layer_fault(name: str, *, output: str, quality: int | None) -> tuple[str, str]:
    """The field, and what is wrong with it, where a layer of that edit cannot be written so; or "" twice."""
    if output == "jpeg":
        return "output", f"output: {name} makes a layer, and JPEG has no opacity: choose png, tiff or webp"
    if quality is not None:
        return "quality", f"quality: {name} makes a layer, which must lose nothing; leave it out"
    return "", ""
