"""The vendor's words: for states, for refused requests, for failed tasks. Each is one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    Unauthorized,
    UnclearMask,
)
from cleanplate.tasks.task import State

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


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error reply of the vendor."""

    status: int
    reason: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """A request that is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


NO_TASK: Final = Refusal(404, "TASK_NOT_FOUND", "The task does not exist or has expired.")
_NO_KEY: Final = Refusal(400, "MISSING_API_KEY", "The API key is missing.")
_WRONG_KEY: Final = Refusal(403, "INVALID_API_KEY", "The API key is not valid.")
_NO_API: Final = "There is no such API."
_TOO_LARGE: Final = Refusal(400, "IMAGE_FILE_EXCEEDS_MAX_SIZE", "The request is too large.")
_TOO_MANY: Final = "Too many requests, please try again later"


def secret(request: Request) -> str | None:
    """The key, with or without the word Bearer: the vendor's JavaScript client leaves it out."""
    given = request.headers.get("authorization", "").strip()
    first, _, rest = given.partition(" ")
    return (rest.strip() if first.lower() == "bearer" else given) or None


def invalid(message: str) -> Refusal:
    """400 INVALID_REQUEST_BODY."""
    return Refusal(400, BAD_BODY, message)


def refuse(refusal: Refusal) -> CompactJson:
    """The reply."""
    body = {"code": refusal.status, "reason": refusal.reason, "message": refusal.message, "metadata": {}}
    return CompactJson(body, refusal.status, refusal.headers)


def error(request: Request, status: int, text: str) -> CompactJson:
    """The reply for an error of the HTTP layer (`Dialect.error`)."""
    return refuse(_of_status(request, status, text))


def of_error(request: Request, problem: CleanplateError) -> Refusal:
    """The vendor's words for an error of the service while a request is answered."""
    if isinstance(problem, LimitReached):
        return Refusal(429, "RATE_LIMIT_EXCEEDED", _TOO_MANY, retry_after(problem))
    if isinstance(problem, Unauthorized):
        return _of_status(request, 401, problem.public)
    if isinstance(problem, BadInput):
        return Refusal(400, FAILURES.get(problem.code, BAD_BODY), problem.public)
    return _of_status(request, 500, problem.public)


def of_failure(code: str, message: str) -> Refusal:
    """The reply for a task that failed while its submit waited for it."""
    reason = FAILURES.get(code, TASK_FAILED)
    return Refusal(500 if reason == TASK_FAILED else 400, reason, message)


def _of_status(request: Request, status: int, text: str) -> Refusal:
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
        case _:
            reason = "CREATE_TASK_FAILED" if request.method == "POST" else "GET_RESULT_FAILED"
            return Refusal(500, reason, "An internal error has occurred, please try again later.")
