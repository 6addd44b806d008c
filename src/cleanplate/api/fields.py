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
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict

_DECIMAL = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})([eE][+-]?[0-9]{1,3})?")
_DEEPEST: Final = 16
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


class Body(BaseModel):
    """Base of what vendors' clients send: frozen, lenient to unknown names, strict about types."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


def is_absent(value: object) -> bool:
    """Whether this value stands for none: null, blank or empty."""
    if isinstance(value, str):
        return value == "" or value.isspace()
    return value is None or value in ([], {})


def present(
    values: Mapping[str, Any], *, as_sent: frozenset[str] = frozenset(), depth: int = _DEEPEST
) -> dict[str, Any]:
    """The values without those that stand for absent, in objects within objects too. Lists stay as they are.

    Args:
        as_sent: names whose objects are not looked into.
        depth: nor are objects that lie deeper than this.
    """
    looked = {
        name: present(value, depth=depth - 1)
        if isinstance(value, Mapping) and depth and name not in as_sent
        else value
        for name, value in values.items()
    }
    return {name: value for name, value in looked.items() if not is_absent(value)}


def flag(value: object) -> bool | None:
    """True or false; None when it is neither."""
    if isinstance(value, str):
        value = _FLAGS.get(value.strip().lower(), number(value))
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def number(value: object) -> float | None:
    """A finite number; None when it is none, as true and false are."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def whole(value: object) -> int | None:
    """A whole number; None when it is none."""
    found = number(value.strip() if isinstance(value, str) else value)
    return int(found) if found is not None and found == int(found) else None


def _flag_or_sent(value: object) -> object:
    found = flag(value)
    return value if found is None else found


def _whole_or_sent(value: object) -> object:
    # What is no whole number is refused by the type, in its words; so is true, which Python counts as 1.
    found = whole(value)
    return value if found is None else found


Flag = Annotated[bool, BeforeValidator(_flag_or_sent)]
Whole = Annotated[int, BeforeValidator(_whole_or_sent)]
