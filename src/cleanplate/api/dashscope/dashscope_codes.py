"""DashScope's words: for states, for refused requests, for failed tasks. Each is one table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from typing import Final

from starlette.requests import Request

from cleanplate.api.refusal import Refusal
from cleanplate.errors import (
    BadInput,
    BadParameter,
    CleanplateError,
    DownloadFailed,
    EngineFailed,
    InputRefused,
    InputTooLarge,
    LimitKind,
    LimitReached,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    StorageFailed,
    Unauthorized,
    UnclearMask,
    WorkerDied,
)
from cleanplate.tasks.task import State

NAME: Final = "dashscope"
SPECIFICATION: Final = "the parameters must conform to the specification"
"""What the vendor's refusals begin with."""
UNKNOWN: Final = "UNKNOWN"
ZONE: Final = timezone(timedelta(hours=8))
"""The vendor's clock: every time it writes or reads is UTC+8, without saying so."""

STATUS: Final[Mapping[State, str]] = {
    State.QUEUED: "PENDING",
    State.RUNNING: "RUNNING",
    State.SUCCEEDED: "SUCCEEDED",
    State.FAILED: "FAILED",
    State.CANCELLED: "CANCELED",
}
STATES: Final[Mapping[str, tuple[State, ...]]] = {
    **{word: (state,) for state, word in STATUS.items()},
    "SUSPENDED": (),  # in the vendor's list of states, never seen
    UNKNOWN: (),
}


NO_ASYNC: Final = Refusal(403, "AccessDenied", "current user api does not support synchronous calls.")
NO_TASKS: Final = Refusal(403, "AccessDenied", "current user api does not support asynchronous calls.")
NO_STREAM: Final = Refusal(400, "InvalidParameter", "This model does not support stream output.")
WRONG_URL: Final = "url error, please check url! Model {model} is served at {path}."
TIMED_OUT: Final = Refusal(
    500,
    "InternalError.Timeout",
    "An internal timeout error has occurred during execution, please try again later.",
)
NO_MODEL: Final = "Model not exist. This server serves: {served}."
NO_FUNCTION: Final = "input.function. This server serves: {served}."
BAD_BODY: Final = Refusal(
    400, "InvalidParameter", "Required body invalid, please check the request body format."
)
NOT_CANCELLED: Final = Refusal(
    400,
    "UnsupportedOperation",
    "Failed to cancel the task, please confirm if the task is in PENDING status.",
)
UPLOAD_NOT_RESOLVED: Final = Refusal(
    400,
    "InvalidParameter.DataInspection",
    "The media format is not supported or incorrect for the data inspection.",
)
UPLOAD_GONE: Final = Refusal(
    400,
    "InvalidParameter.DataInspection",
    "Unable to download the media resource during the data inspection process.",
)
DATA_URI_TOO_LARGE: Final = "Exceeded limit on max bytes per data-uri item : {max_bytes}"

_BY_STATUS: Final[Mapping[int, Refusal]] = {
    400: Refusal(400, "InvalidParameter", "{text}"),
    401: Refusal(401, "InvalidApiKey", "{text}"),
    404: Refusal(404, "NotFound", "Not found! {text}"),
    405: Refusal(400, "InvalidParameter", "Request method '{method}' is not supported."),
    408: Refusal(408, "RequestTimeOut", "Request timed out, please try again later."),
    409: Refusal(409, "Conflict", "{text}"),
    413: Refusal(400, "BadRequest.TooLarge", "Payload Too Large."),
    429: Refusal(429, "Throttling", "Requests throttling triggered."),
}
LIMITS: Final[Mapping[LimitKind, Refusal]] = {
    "rate": Refusal(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
    "concurrency": Refusal(429, "Throttling", "Requests throttling triggered."),
    "queue": Refusal(429, "Throttling", "Requests throttling triggered."),
    "quota": Refusal(
        429,
        "Throttling.AllocationQuota",
        "Allocated quota exceeded, please increase your quota limit.",
    ),
}
_UNAVAILABLE: Final = Refusal(503, "ModelUnavailable", "Model is unavailable, please try again later.")
INTERNAL: Final = Refusal(500, "InternalError", "An internal error has occurred, please try again later.")


def invalid(text: str) -> Refusal:
    """400 InvalidParameter."""
    return Refusal(400, "InvalidParameter", text)


def not_conforming(what: str) -> Refusal:
    """400 for a value that is not as the vendor's page says, and what is wrong with it."""
    return invalid(f"{SPECIFICATION}: {what}")


def broken_json(hint: str) -> Refusal:
    """400, in the words of the erase model's page: before a body is read, no model is known."""
    return Refusal(400, "InvalidParameter.JsonPhrase", "input json error" + (f": {hint}" if hint else ""))


def of_status(request: Request, status: int, text: str) -> Refusal:
    """The vendor's words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    known = _BY_STATUS.get(status, INTERNAL)
    return replace(known, text=known.text.format(text=text, method=request.method))


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The vendor's words for an error of the service (`ErrorTable.of_error`)."""
    match error:
        case LimitReached(kind=kind):
            return LIMITS[kind]
        case Unauthorized():
            return of_status(request, 401, error.public)
        case BadInput():
            return invalid(error.public)
        case StorageFailed() if request.method == "POST":
            # At a GET never: the vendor's Java client would ask again at once, without a pause
            return _UNAVAILABLE
        case _:
            return INTERNAL


@dataclass(frozen=True, slots=True)
class FailureText:
    """How a model's vendor page names a kind of failure: code, and the words before our detail."""

    code: str
    words: str


_SPECIFICATION = FailureText("InvalidParameter", SPECIFICATION)
FAILURES: Final[Mapping[str, FailureText]] = {
    BadInput.code: _SPECIFICATION,
    BadParameter.code: _SPECIFICATION,
    MaskMismatch.code: _SPECIFICATION,
    NothingToErase.code: _SPECIFICATION,
    UnclearMask.code: _SPECIFICATION,
    EngineFailed.code: FailureText("InternalError.Algo", "algorithm process error"),
    StorageFailed.code: FailureText("InternalError.FileUpload", "oss upload error"),
    WorkerDied.code: FailureText("InternalError.Algo", "algorithm process error"),
}
"""Task failures, by code of `errors.py`, that read alike for every model."""

IMAGE_FAILURES: Final[Mapping[str, FailureText]] = {
    **FAILURES,
    DownloadFailed.code: FailureText(
        "InvalidParameter.DataInspection",
        "Unable to download the media resource during the data inspection process.",
    ),
    NotAPicture.code: FailureText(
        "InvalidParameter.DataInspection",
        "The media format is not supported or incorrect for the data inspection.",
    ),
    PictureSize.code: _SPECIFICATION,
    InputTooLarge.code: _SPECIFICATION,
    InputRefused.code: FailureText("DataInspectionFailed", "Input data may contain inappropriate content."),
    OutputRefused.code: FailureText("DataInspectionFailed", "Output data may contain inappropriate content."),
}
"""Painting and image editing. The whole words stand first, full stop included: clients compare them."""

_IMAGE_CONTENT = FailureText(
    "InvalidParameter.ImageContent", "The image content does not comply with green network verification"
)
ERASE_FAILURES: Final[Mapping[str, FailureText]] = {
    **FAILURES,
    DownloadFailed.code: FailureText("InvalidParameter.FileDownload", "oss download error"),
    NotAPicture.code: FailureText("InvalidParameter.ImageFormat", "read image error"),
    PictureSize.code: FailureText(
        "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
    ),
    InputTooLarge.code: FailureText(
        "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
    ),
    InputRefused.code: _IMAGE_CONTENT,
    OutputRefused.code: _IMAGE_CONTENT,
}
UNNAMED: Final = FailureText("InternalError", "internal error")
