"""IOPaint's words: its errors as FastAPI writes them, for refused requests and for failed tasks."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from cleanplate.api.refusal import ErrorTable, Refusal, RefusedError, status_of
from cleanplate.errors import BadInput, CleanplateError, InputTooLarge, MaskMismatch
from cleanplate.tasks.simulation import FAILURES
from cleanplate.tasks.task import Failure
from cleanplate.transport.json_response import CompactJson

NAME: Final = "iopaint"
_HTTP: Final = "HTTPException"
INVALID: Final = "RequestValidationError"
"""What `error` is: the name of a Python exception."""
_NO_KEY: Final = (
    "An API key is needed, as Authorization: Bearer. Only programs of the server's own machine, and pages"
    " that come from its own address there, need none, and only while it listens at a loopback address."
)
FIELDS: Final[Mapping[str, str]] = {
    "frame": "use_extender",
    "factor": "scale",
    "points": "clicks",
    "not_points": "clicks",
}
"""What a body calls a parameter of an edit."""
_SIZES: Final = "Image size and mask size not match: "


def refused(text: str, status: int = 400) -> RefusedError:
    """To raise: what was asked for is not done."""
    return RefusedError(Refusal(status, _HTTP, text))


def invalid(field: str, words: str) -> RefusedError:
    """To raise: a field of the body is missing or wrong; "" is the body itself."""
    return RefusedError(Refusal(422, INVALID, f"{field or 'body'}: {words}", where=field))


def of_status(request: Request, status: int, text: str) -> Refusal:
    """For an error of the HTTP layer (`ErrorTable.of_status`)."""
    match status:
        case 401:
            return Refusal(401, _HTTP, _NO_KEY, {"WWW-Authenticate": "Bearer"})
        case 404:
            return Refusal(404, _HTTP, f"Not Found. {text}")
        case 405:
            return Refusal(405, _HTTP, "Method Not Allowed")
        case _ if status >= 500:  # noqa: PLR2004 - HTTP
            return Refusal(status, _HTTP, "The server cannot do this just now." if status == 503 else text)  # noqa: PLR2004
        case _:
            return Refusal(status, _HTTP, text)


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """For an error of the service (`ErrorTable.of_error`)."""
    return of_status(request, status_of(error), _in_its_words(error.public))


def _in_its_words(text: str) -> str:
    """A sentence that begins with the name of an edit's parameter, with that of the body's field."""
    name, colon, rest = text.partition(":")
    return FIELDS.get(name, name) + colon + rest


def of_failure(failure: Failure) -> Refusal:
    """For a task that failed while its request waited for it."""
    kind = FAILURES[failure.code][0] if failure.code in FAILURES else CleanplateError
    if failure.code == BadInput.code or issubclass(kind, BadInput):
        text = _in_its_words(failure.message)
        text = _SIZES + text if failure.code == MaskMismatch.code else text
        return Refusal(413 if failure.code == InputTooLarge.code else 400, _HTTP, text)
    return Refusal(500, _HTTP, f"The edit failed ({failure.code}).")


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The shape of IOPaint's handler, and in `detail` what FastAPI has there (`ErrorTable.render`)."""
    detail: Any = refusal.text
    errors = f"{refusal.status}: {refusal.text}"
    if refusal.code == INVALID:
        field, _, words = refusal.text.partition(": ")
        kind = "missing" if words == "is required" else "value_error"
        where = ["body", field] if refusal.where else ["body"]
        detail, errors = [{"type": kind, "loc": where, "msg": words}], refusal.text
    body = {"error": refusal.code or _HTTP, "detail": detail, "body": "", "errors": errors}
    return CompactJson(body, refusal.status)


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
