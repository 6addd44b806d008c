"""How the values of a request are read, in every dialect: what stands for absent, and what for a value.

| sent | read as |
|---|---|
| null, "", "  ", [], {}, an object of nothing but these | absent |
| true, 1, "1", "true", "True" and their opposites, where a flag belongs | true, false |
| 2, 2.0, "2", "2.0" where a whole number belongs; also 0.5, "0.5", "1e-3" where a number does | that number |
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from cleanplate.errors import BadParameter
from cleanplate.validation import first_fault

_DECIMAL = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][+-]?[0-9]{1,3})?")
_DEEPEST: Final = 16
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


class RequestBody(BaseModel):
    """Base of what vendors' clients send: frozen, lenient to unknown names, strict about types."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


T = TypeVar("T", bound=BaseModel)


def read_request(kind: type[T], values: Mapping[str, Any]) -> T:
    """The values as `kind`, without those that stand for absent.

    Raises:
        BadParameter: a field is missing or wrong; the text names the first and says what it must be.
    """
    try:
        return kind.model_validate(without_absent(values))
    except ValidationError as error:
        raise BadParameter(first_fault(error, kind).text) from None


def is_absent(value: object) -> bool:
    """Whether this value stands for none: null, blank or empty."""
    if isinstance(value, str):
        return value == "" or value.isspace()
    return value is None or value in ([], {})


def without_absent(
    values: Mapping[str, Any], *, as_sent: frozenset[str] = frozenset(), depth: int = _DEEPEST
) -> dict[str, Any]:
    """The values without those that stand for absent, in objects within objects too. Lists stay as they are.

    Args:
        as_sent: names whose objects are not looked into.
        depth: nor are objects that lie deeper than this.
    """
    looked = {
        name: without_absent(value, depth=depth - 1)
        if isinstance(value, Mapping) and depth and name not in as_sent
        else value
        for name, value in values.items()
    }
    return {name: value for name, value in looked.items() if not is_absent(value)}


def as_flag(value: object) -> bool | None:
    """True or false; None when it is neither."""
    if isinstance(value, str):
        value = _FLAGS.get(value.strip().lower(), as_number(value))
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def as_number(value: object) -> float | None:
    """A finite number; None when it is none, as true and false are."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def as_whole(value: object) -> int | None:
    """A whole number; None when it is none."""
    found = as_number(value.strip() if isinstance(value, str) else value)
    return int(found) if found is not None and found == int(found) else None


def _flag_or_sent(value: object) -> object:
    found = as_flag(value)
    return value if found is None else found


def _number_or_sent(value: object) -> object:
    found = as_number(value)
    return value if found is None else found


def _whole_or_sent(value: object) -> object:
    # What is no whole number is refused by the type, in its words; so is true, which Python counts as 1.
    found = as_whole(value)
    return value if found is None else found


Flag = Annotated[bool, BeforeValidator(_flag_or_sent)]
Number = Annotated[float, BeforeValidator(_number_or_sent)]
Whole = Annotated[int, BeforeValidator(_whole_or_sent)]
