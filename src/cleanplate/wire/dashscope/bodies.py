"""What comes in: the parts of bodies and queries that all models share. Unknown keys are ignored."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.datastructures import QueryParams

from cleanplate.tasks.task import TaskFilter
from cleanplate.wire.dashscope.codes import NAME, STATES, ZONE, RefusedError, invalid

_DAY_MS: Final = 24 * 3600 * 1000
_MAX_PAGE_SIZE: Final = 100
_MAX_PAGE_NO: Final = 1_000_000
_STAMP = re.compile(r"[0-9]{14}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,12})?")
MAX_SEED: Final = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,9}")


class Body(BaseModel):
    """Base of everything read from a request: frozen, lenient to unknown keys, strict about types."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Envelope(Body):
    """The body of a submit. `input` and `parameters` belong to the model that is asked for."""

    model: str
    input: dict[str, Any]
    parameters: dict[str, Any] = {}


def _flag(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""true, false, "true" or "false"."""

B = TypeVar("B", bound=Body)


def read(kind: type[B], values: Mapping[str, Any], where: str = "") -> B:
    """Read one JSON object; null stands for absent.

    Args:
        where: what the message puts before a field's name, e.g. "input.".

    Raises:
        RefusedError: a field is missing or of the wrong type.
    """
    try:
        return kind.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = where + ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise RefusedError(invalid(f"Field required: {field}")) from None
        text = f"the parameters must conform to the specification: {field}: {first['msg']}"
        raise RefusedError(invalid(text)) from None


def number(parameters: Mapping[str, Any], name: str, least: float, most: float, default: float) -> float:
    """One number of `parameters`; numeric strings are numbers, null stands for absent.

    Raises:
        RefusedError: no number, or out of range; both ends are allowed.
    """
    value = parameters.get(name)
    if value is None:
        return default
    found = _number(value)
    if found is None:
        text = f"the parameters must conform to the specification: parameters.{name}: must be a number"
        raise RefusedError(invalid(text))
    if not least <= found <= most:
        raise RefusedError(invalid(f"Range of {name} should be [{least}, {most}]"))
    return found


def whole(parameters: Mapping[str, Any], name: str, least: int, most: int, default: int) -> int:
    """One whole number of `parameters`; 2.0 and "2" are whole.

    Raises:
        RefusedError: as for `number`, and for fractions.
    """
    found = number(parameters, name, least, most, default)
    if found != int(found):
        text = f"the parameters must conform to the specification: parameters.{name}: must be a whole number"
        raise RefusedError(invalid(text))
    return int(found)


def chosen_seed(parameters: Mapping[str, Any]) -> int:
    """`seed`; without one every task gets another, as at the vendor's."""
    return whole(parameters, "seed", 0, MAX_SEED, secrets.randbelow(MAX_SEED + 1))


def words(fields: Mapping[str, Any], name: str, most: int) -> str:
    """A prompt of `input`: null and absent are no words, what is too long is cut.

    Raises:
        RefusedError: it is no string.
    """
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        text = f"the parameters must conform to the specification: input.{name}: must be a string"
        raise RefusedError(invalid(text))
    return value[:most]


def _number(value: object) -> float | None:
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which page of which tasks. `page_no` counts from 1."""

    wanted: TaskFilter
    page_no: int
    page_size: int


def read_list_query(query: QueryParams, now_ms: int) -> ListQuery:
    """Read the query of `GET /tasks`. Raises `RefusedError`."""
    status = query.get("status")
    if status and status not in STATES:
        raise RefusedError(invalid(f"status must be one of {', '.join(STATES)}"))
    created_from_ms, created_to_ms = _window(query, now_ms)
    return ListQuery(
        wanted=TaskFilter(
            dialect=NAME,
            model=query.get("model_name") or None,
            states=STATES[status] if status else None,
            task_id=query.get("task_id") or None,
            created_from_ms=created_from_ms,
            created_to_ms=created_to_ms,
        ),
        page_no=_count(query, "page_no", default=1, most=_MAX_PAGE_NO),
        page_size=min(_count(query, "page_size", default=10, most=None), _MAX_PAGE_SIZE),
    )


def _count(query: QueryParams, name: str, *, default: int, most: int | None) -> int:
    text = query.get(name) or str(default)
    value = int(text) if _NUMBER.fullmatch(text) else 0
    if value < 1 or (most is not None and value > most):
        raise RefusedError(invalid(f"Range of {name} should be [1, {most or _MAX_PAGE_SIZE}]"))
    return value


def _window(query: QueryParams, now_ms: int) -> tuple[int | None, int | None]:
    """First and last millisecond of creation: at most 24 h, by default the last 24 h."""
    start_ms, end_ms = _moment(query, "start_time"), _moment(query, "end_time")
    if end_ms is None:
        if start_ms is None:
            # One task asked for by its id may be older: it lives for 24 h after its end.
            return (None if query.get("task_id") else now_ms - _DAY_MS), None
        end_ms = start_ms + _DAY_MS
    elif start_ms is None:
        start_ms = end_ms - _DAY_MS
    if not 0 <= end_ms - start_ms <= _DAY_MS:
        raise RefusedError(invalid("end_time must be within 24 hours after start_time"))
    return start_ms, end_ms + 999


def _moment(query: QueryParams, name: str) -> int | None:
    text = query.get(name)
    if not text:
        return None
    try:
        # strptime also takes fewer digits: any other length is made to fail
        moment = datetime.strptime(text if _STAMP.fullmatch(text) else "", "%Y%m%d%H%M%S")
    except ValueError:
        raise RefusedError(invalid(f"{name} must have the form YYYYMMDDhhmmss")) from None
    return int(moment.replace(tzinfo=ZONE).timestamp()) * 1000
