"""The vendor's words: states of a task, and errors as its framework (FastAPI) writes them."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from cleanplate.api.refusal import ErrorTable, Refusal, status_of
from cleanplate.errors import BadInput, CleanplateError, InputRefused, LimitReached, OutputRefused
from cleanplate.tasks.task import State
from cleanplate.transport.json_response import CompactJson

NAME: Final = "bfl"
ERROR: Final = "Error"
NOT_FOUND: Final = "Task not found"
STATUS: Final[Mapping[State, str]] = {
    State.QUEUED: "Pending",
    State.RUNNING: "Pending",
    State.SUCCEEDED: "Ready",
    State.FAILED: ERROR,
    State.CANCELLED: ERROR,
}
MODERATED: Final[Mapping[str, str]] = {
    InputRefused.code: "Request Moderated",
    OutputRefused.code: "Content Moderated",
}
"""Status of a failed task by code of `errors.py`; the others are `Error`."""

_INVALID: Final = 422
_NO_KEY: Final = "Not authenticated"
_WRONG_KEY: Final = "Not authenticated - Invalid Authentication"
_TEXTS: Final[Mapping[int, str]] = {
    405: "Method Not Allowed",
    429: "Too many requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def secret(request: Request) -> str | None:
    """The key of the header `x-key`."""
    return request.headers.get("x-key", "").strip() or None


def invalid(where: str, field: str, text: str) -> Refusal:
    """422: a field of the "body" or the "query" that is missing or wrong."""
    return Refusal(
        _INVALID, "missing" if text == "Field required" else "value_error", text, where=f"{where}.{field}"
    )


def of_status(request: Request, status: int, text: str) -> Refusal:
    """The vendor's status and words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    match status:
        case 401:
            return Refusal(403, "", _NO_KEY if secret(request) is None else _WRONG_KEY)
        case 404:
            return Refusal(404, "", f"Not Found. {text}")
        case 413:
            return Refusal(413, "", "Request Entity Too Large")
        case 400 | 408 | 409:
            return Refusal(status, "", text)
        case _:
            return Refusal(status, "", _TEXTS.get(status, _TEXTS[500]))


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The same for an error of the service (`ErrorTable.of_error`)."""
    match error:
        case LimitReached(kind="quota"):
            return Refusal(402, "", "Insufficient credits")
        case BadInput():
            field, colon, text = error.public.partition(": ")
            named = colon and field.replace("_", "").isalnum()
            return (
                invalid("body", field, text)
                if named
                else Refusal(_INVALID, "value_error", error.public, where="body")
            )
        case _:
            return of_status(request, status_of(error), error.public)


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """FastAPI's shape (`ErrorTable.render`): a sentence, and of a 422 a list of what is wrong where."""
    detail: Any = refusal.text
    if refusal.status == _INVALID:
        loc = (refusal.where or "body").split(".", 1)
        detail = [{"type": refusal.code, "loc": loc, "msg": refusal.text}]
    return CompactJson({"detail": detail}, refusal.status)


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
