"""The native API's one shape of every error, and its codes."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request

from cleanplate.api.refusal import ErrorTable, Refusal, RefusedError
from cleanplate.errors import (
    BadInput,
    BadParameter,
    CleanplateError,
    DownloadFailed,
    InputTooLarge,
    LimitReached,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    PictureSize,
    StorageFailed,
    Unauthorized,
    UnclearMask,
)
from cleanplate.tasks.task import Failure
from cleanplate.transport.json_response import CompactJson

NAME: Final = "native"
STATUS: Final[Mapping[str, int]] = {
    "bad-request": 400,
    Unauthorized.code: 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "timeout": 408,
    "conflict": 409,
    InputTooLarge.code: 413,
    BadInput.code: 422,
    BadParameter.code: 422,
    "not-available": 422,
    "rate-limit": 429,
    "concurrency-limit": 429,
    "quota": 429,
    "queue-full": 429,
    "too-many-streams": 429,
    "internal": 500,
    StorageFailed.code: 503,
    "took-too-long": 504,
}
"""HTTP status of each code."""
_OF_STATUS: Final[Mapping[int, str]] = {status: code for code, status in reversed(tuple(STATUS.items()))}
_OF_LIMIT: Final[Mapping[str, str]] = {
    "rate": "rate-limit",
    "concurrency": "concurrency-limit",
    "quota": "quota",
    "queue": "queue-full",
}
_INTERNAL_TEXT: Final = "an internal error has occurred; the server's log knows the request_id"


_CALLERS: Final = frozenset(
    kind.code
    for kind in (
        BadInput,
        BadParameter,
        DownloadFailed,
        InputTooLarge,
        MaskMismatch,
        NotAPicture,
        NothingToErase,
        PictureSize,
        UnclearMask,
    )
)


class ErrorInfo(BaseModel):
    """What went wrong."""

    code: str
    message: str
    field: str | None = None


class Problem(BaseModel):
    """The body of every reply that is not 2xx. `field` names the part of the request to mend, if any."""

    error: ErrorInfo
    request_id: str


def refusal_error(code: str, text: str, where: str | None = None) -> RefusedError:
    """To raise: a refusal with the status that belongs to the code."""
    return RefusedError(Refusal(STATUS[code], code, text, where=where))


def refusal_of(error: CleanplateError, *, where: str | None = None) -> Refusal:
    """The refusal for an error of the service; `where` is the part of the request that it is about."""
    match error:
        case LimitReached():
            code = _OF_LIMIT[error.kind]
            return Refusal(STATUS[code], code, error.public)
        case BadInput() | Unauthorized() | StorageFailed():
            code = error.code if error.code in STATUS else BadInput.code
            text = f"{where}: {error.public}" if where else error.public
            return Refusal(STATUS[code], error.code, text, where=where)
        case _:
            return Refusal(500, "internal", _INTERNAL_TEXT)


def refusal_of_failure(failure: Failure) -> Refusal:
    """The refusal for a task that failed while its request waited."""
    return Refusal(422 if failure.code in _CALLERS else 500, failure.code, failure.message)


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The words for an error of the service (`ErrorTable.of_error`)."""
    return refusal_of(error)


def of_status(request: Request, status: int, text: str) -> Refusal:
    """The words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    code = _OF_STATUS.get(status, "internal")
    return Refusal(status, code, _INTERNAL_TEXT if code == "internal" else text)


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """A `Problem` (`ErrorTable.render`)."""
    request_id = request.state.request_id
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.text}
    if refusal.where is not None:
        error["field"] = refusal.where
    content = {"error": error, "request_id": request_id}
    return CompactJson(content, refusal.status, headers={"x-request-id": request_id})


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
