"""Novita's words: for states, for refused requests, for failed tasks. Each is one table."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from cleanplate.api.refusal import ErrorTable, Refusal, status_of
from cleanplate.errors import (
    BadInput,
    BadParameter,
    CleanplateError,
    DownloadFailed,
    InputRefused,
    InputTooLarge,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    UnclearMask,
)
from cleanplate.tasks.task import Failure, State
from cleanplate.transport.json_response import CompactJson

NAME: Final = "novita"

STATUS: Final[Mapping[State, str]] = {
    State.QUEUED: "TASK_STATUS_QUEUED",
    State.RUNNING: "TASK_STATUS_PROCESSING",
    State.SUCCEEDED: "TASK_STATUS_SUCCEED",
    State.FAILED: "TASK_STATUS_FAILED",
    # The vendor's clients raise on any other word.
    State.CANCELLED: "TASK_STATUS_FAILED",
}

BAD_BODY: Final = "INVALID_REQUEST_BODY"
TASK_FAILED: Final = "TASK_FAILED"
FAILURES: Final[Mapping[str, str]] = {
    BadInput.code: BAD_BODY,
    BadParameter.code: BAD_BODY,
    MaskMismatch.code: BAD_BODY,
    NothingToErase.code: BAD_BODY,
    UnclearMask.code: BAD_BODY,
    DownloadFailed.code: "INVALID_IMAGE_FORMAT",
    NotAPicture.code: "INVALID_IMAGE_FORMAT",
    PictureSize.code: "IMAGE_EXCEEDS_MAX_RESOLUTION",
    InputTooLarge.code: "IMAGE_FILE_EXCEEDS_MAX_SIZE",
    InputRefused.code: "ILLEGAL_IMAGE_CONTENT",
    OutputRefused.code: "ILLEGAL_IMAGE_CONTENT",
}
"""What the caller can mend, by code of `errors.py`. Everything else is `TASK_FAILED`."""


NO_TASK: Final = Refusal(404, "TASK_NOT_FOUND", "The task does not exist or has expired.")
_NO_KEY: Final = Refusal(400, "MISSING_API_KEY", "The API key is missing.")
_WRONG_KEY: Final = Refusal(403, "INVALID_API_KEY", "The API key is not valid.")
_NO_API: Final = "There is no such API."
_TOO_LARGE: Final = Refusal(400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", "The request is too large.")
_UNAVAILABLE: Final = Refusal(
    503, "SERVICE_NOT_AVAILABLE", "The service is not available, please try again later."
)
_TOO_MANY: Final = "Too many requests, please try again later"


def secret(request: Request) -> str | None:
    """The key, with or without the word Bearer: the vendor's JavaScript client leaves it out."""
    given = request.headers.get("authorization", "").strip()
    first, _, rest = given.partition(" ")
    return (rest.strip() if first.lower() == "bearer" else given) or None


def invalid(text: str) -> Refusal:
    """400 INVALID_REQUEST_BODY."""
    return Refusal(400, BAD_BODY, text)


def of_status(request: Request, status: int, text: str) -> Refusal:  # noqa: PLR0911 - a table with conditions
    """The vendor's words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    match status:
        case 401:
            return _NO_KEY if secret(request) is None else _WRONG_KEY
        case 404 | 405:
            return Refusal(404, "API_NOT_FOUND", f"{_NO_API} {text}" if status == 404 else _NO_API)  # noqa: PLR2004
        case 413:
            return _TOO_LARGE
        case 429:
            return Refusal(429, "RATE_LIMIT_EXCEEDED", _TOO_MANY)
        case 400 | 408 | 409:
            return Refusal(status, BAD_BODY, text)
        case 503 if request.method == "POST":
            return _UNAVAILABLE
        case _:
            return _internal(request)


def _internal(request: Request) -> Refusal:
    reason = "CREATE_TASK_FAILED" if request.method == "POST" else "GET_RESULT_FAILED"
    return Refusal(500, reason, "An internal error has occurred, please try again later.")


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The vendor's words for an error of the service (`ErrorTable.of_error`)."""
    if isinstance(error, BadInput):
        return Refusal(400, FAILURES.get(error.code, BAD_BODY), error.public)
    return of_status(request, status_of(error), error.public)


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The vendor's shape (`ErrorTable.render`)."""
    body = {"code": refusal.status, "reason": refusal.code, "message": refusal.text, "metadata": {}}
    return CompactJson(body, refusal.status)


def of_failure(failure: Failure) -> Refusal:
    """For a task that failed while its submit waited for it."""
    reason = FAILURES.get(failure.code, TASK_FAILED)
    return Refusal(500 if reason == TASK_FAILED else 400, reason, failure.message)


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
