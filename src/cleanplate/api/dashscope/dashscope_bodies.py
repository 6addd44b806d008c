"""DashScope's bodies and queries: the parts that all models share. Unknown keys are ignored."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import Field, ValidationError
from starlette.datastructures import QueryParams

from cleanplate.api.dashscope.dashscope_codes import STATES, ZONE, invalid, not_conforming
from cleanplate.api.field_values import RequestBody, as_number, as_whole, is_absent, without_absent
from cleanplate.api.refusal import RefusedError
from cleanplate.tasks.task import TaskFilter
from cleanplate.validation import first_fault

_DAY_MS: Final = 24 * 3600 * 1000
_MAX_PAGE_SIZE: Final = 100
_MAX_PAGE_NO: Final = 1_000_000
_STAMP = re.compile(r"[0-9]{14}")
MAX_SEED: Final = 2**31 - 1


class Envelope(RequestBody):
    """The body of a submit. `input` and `parameters` belong to the model that is asked for."""

    model: str
    input: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)


B = TypeVar("B", bound=RequestBody)


def read_fields(kind: type[B], values: Mapping[str, Any], where: str = "") -> B:
    """Read one JSON object; what stands for absent in it is left out (`field_values`).

    Args:
        where: what the message puts before a field's name, e.g. "input.".

    Raises:
        RefusedError: a field is missing or of the wrong type.
    """
    try:
        return kind.model_validate(without_absent(values))
    except ValidationError as error:
        fault = first_fault(error, kind)
        if fault.missing:
            raise RefusedError(invalid(f"Field required: {where}{fault.field}")) from None
        raise RefusedError(not_conforming(f"{where}{fault.text}")) from None


def number_of(parameters: Mapping[str, Any], name: str, least: float, most: float, default: float) -> float:
    """One number of `parameters`; numeric strings are numbers.

    Raises:
        RefusedError: no number, or out of range; both ends are allowed.
    """
    value = parameters.get(name)
    if is_absent(value):
        return default
    found = as_number(value)
    if found is None:
        raise RefusedError(not_conforming(f"parameters.{name}: must be a number"))
    if not least <= found <= most:
        raise RefusedError(invalid(f"Range of {name} should be [{least}, {most}]"))
    return found


def whole_of(parameters: Mapping[str, Any], name: str, least: int, most: int, default: int) -> int:
    """One whole number of `parameters`; 2.0 and "2" are whole.

    Raises:
        RefusedError: as for `number_of`, and for fractions.
    """
    found = number_of(parameters, name, least, most, default)
    if found != int(found):
        raise RefusedError(not_conforming(f"parameters.{name}: must be a whole number"))
    return int(found)


def seed_of(parameters: Mapping[str, Any]) -> int:
    """`seed`; without one every task gets another, as at the vendor's."""
    return whole_of(parameters, "seed", 0, MAX_SEED, secrets.randbelow(MAX_SEED + 1))


def prompt_of(given: Mapping[str, Any], name: str, most: int) -> str:
    """A prompt of `input`: what is absent is no words, what is too long is cut.

    Raises:
        RefusedError: it is no string.
    """
    value = given.get(name)
    if is_absent(value):
        return ""
    if not isinstance(value, str):
        raise RefusedError(not_conforming(f"input.{name}: must be a string"))
    return value[:most]


@dataclass(frozen=True, slots=True)
class TaskListQuery:
    """Which page of which tasks. `page_no` counts from 1."""

    wanted: TaskFilter
    page_no: int
    page_size: int


def read_list_query(sent: QueryParams, now_ms: int) -> TaskListQuery:
    """Read the query of `GET /tasks`. Raises `RefusedError`."""
    query = without_absent(sent)
    status = query.get("status")
    if status and status not in STATES:
        raise RefusedError(invalid(f"status must be one of {', '.join(STATES)}"))
    created_from_ms, created_to_ms = _window(query, now_ms)
    return TaskListQuery(
        wanted=TaskFilter(
            model=query.get("model_name"),
            states=STATES[status] if status else None,
            task_id=query.get("task_id"),
            created_from_ms=created_from_ms,
            created_to_ms=created_to_ms,
        ),
        page_no=_page_number(query, "page_no", default=1, most=_MAX_PAGE_NO),
        page_size=min(_page_number(query, "page_size", default=10, most=None), _MAX_PAGE_SIZE),
    )


def _page_number(query: Mapping[str, str], name: str, *, default: int, most: int | None) -> int:
    value = as_whole(query.get(name, default)) or 0
    if value < 1 or (most is not None and value > most):
        raise RefusedError(invalid(f"Range of {name} should be [1, {most or _MAX_PAGE_SIZE}]"))
    return value


def _window(query: Mapping[str, str], now_ms: int) -> tuple[int | None, int | None]:
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


def _moment(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        # strptime also takes fewer digits: any other length is made to fail
        moment = datetime.strptime(text if _STAMP.fullmatch(text) else "", "%Y%m%d%H%M%S")
    except ValueError:
        raise RefusedError(invalid(f"{name} must have the form YYYYMMDDhhmmss")) from None
    return int(moment.replace(tzinfo=ZONE).timestamp()) * 1000
