"""The vendor's words: HTTP errors, and the state of a task. Each is one table."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from cleanplate.api.base import CompactJson
from cleanplate.api.limits import retry_after
from cleanplate.errors import (
    BadInput,
    BadParameter,
    CleanplateError,
    DownloadFailed,
    InputRefused,
    InputTooLarge,
    LimitReached,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    StorageFailed,
    Unauthorized,
    UnclearMask,
)

NAME: Final = "picwish"

COMPLETE: Final = 1
PROCESSING: Final = 4
"""Everything unfinished: there are pollers that go on at no other number."""
FAILED: Final = -1
TIMED_OUT: Final = -8
CANCELLED: Final = -13

STATES: Final[Mapping[str, int]] = {
    StorageFailed.code: -2,
    DownloadFailed.code: -3,
    InputTooLarge.code: -5,
    PictureSize.code: -5,
    NotAPicture.code: -7,
    MaskMismatch.code: -7,
    InputRefused.code: -10,
    OutputRefused.code: -16,
    BadInput.code: -14,
    BadParameter.code: -14,
    NothingToErase.code: -14,
    UnclearMask.code: -14,
}
"""State of a failed task by code of `errors.py`; -1 for the rest."""

DETAILS: Final[Mapping[int, str]] = {
    COMPLETE: "Complete",
    PROCESSING: "Processing",
    FAILED: "Failed",
    -2: "Result upload failed",
    -3: "Image download failed",
    -5: "Image exceeds the size limit",
    -7: "Invalid image file",
    TIMED_OUT: "Processing timeout",
    -10: "Image did not pass moderation",
    -16: "Result did not pass moderation",
    CANCELLED: "Cancelled",
    -14: "Content does not meet the requirements",
}

NO_TASK: Final = "Task not found"
TOO_LARGE: Final = "The file is too large"
_TEXTS: Final[Mapping[int, str]] = {
    401: "Invalid API Key",
    405: "Method not allowed",
    413: TOO_LARGE,
    429: "Too many requests",
}


def secret(request: Request) -> str | None:
    """The key of the header `X-API-KEY`."""
    return request.headers.get("x-api-key", "").strip() or None


def refuse(status: int, message: str, headers: Mapping[str, str] | None = None) -> CompactJson:
    """An error reply. It has no `data` at all: clients take the key alone for success."""
    return CompactJson({"status": status, "message": message}, status, headers)


def error(request: Request, status: int, text: str) -> CompactJson:
    """The reply for an error of the HTTP layer (`Dialect.error`)."""
    if status == 404:  # noqa: PLR2004 - HTTP
        return refuse(404, f"Not found. {text}")
    return refuse(status, _TEXTS.get(status, text if status < 500 else "Server error"))  # noqa: PLR2004 - HTTP


def of_error(request: Request, problem: CleanplateError) -> CompactJson:
    """The reply for an error of the service while a request is answered."""
    match problem:
        case LimitReached():
            return refuse(429, _TEXTS[429], retry_after(problem))
        case Unauthorized():
            return error(request, 401, problem.public)
        case InputTooLarge():
            return error(request, 413, problem.public)
        case BadInput():
            return refuse(400, problem.public)
        case _:
            return error(request, 500, problem.public)
