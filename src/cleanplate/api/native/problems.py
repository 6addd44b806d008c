"""The one shape of every error, and its codes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request

from cleanplate.api.base import CompactJson
from cleanplate.api.limits import retry_after
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

STATUS: Final[Mapping[str, int]] = {
    "bad-request": 400,
    Unauthorized.code: 401,
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error reply. `where` is the part of the request to mend."""

    status: int
    code: str
    message: str
    where: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, code: str, message: str, where: str | None = None) -> "Refusal":
        """With the status that belongs to the code."""
        return cls(STATUS[code], code, message, where)


class RefusedError(Exception):
    """A request that is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def of_error(error: CleanplateError, *, where: str | None = None) -> Refusal:
    """The refusal for an error of the service while a request is answered."""
    match error:
        case LimitReached():
            code = _OF_LIMIT[error.kind]
            return Refusal(STATUS[code], code, error.public, headers=retry_after(error))
        case BadInput() | Unauthorized() | StorageFailed():
            code = error.code if error.code in STATUS else BadInput.code
            message = f"{where}: {error.public}" if where else error.public
            return Refusal(STATUS[code], error.code, message, where)
        case _:
            return Refusal.of("internal", _INTERNAL_TEXT)


def of_failure(failure: Failure) -> Refusal:
    """The refusal for a task that failed while its request waited."""
    return Refusal(422 if failure.code in _CALLERS else 500, failure.code, failure.message)


def refuse(request: Request, refusal: Refusal) -> CompactJson:
    """The reply of a refused request."""
    request_id = request.state.request_id
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.where is not None:
        error["field"] = refusal.where
    headers = {"x-request-id": request_id, **refusal.headers}
    return CompactJson({"error": error, "request_id": request_id}, refusal.status, headers=headers)


def error(request: Request, status: int, text: str) -> CompactJson:
    """The reply for an error of the HTTP layer (`Dialect.error`)."""
    code = _OF_STATUS.get(status, "internal")
    return refuse(request, Refusal(status, code, _INTERNAL_TEXT if code == "internal" else text))
