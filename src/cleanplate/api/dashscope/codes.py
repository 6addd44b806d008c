"""The vendor's words: for states, for refused requests, for failed tasks. Each is one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error reply of the vendor: HTTP status, code, message."""

    status: int
    code: str
    message: str


class RefusedError(Exception):
    """A request that is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


NO_ASYNC: Final = Refusal(403, "AccessDenied", "current user api does not support synchronous calls.")
NO_MODEL: Final = "Model not exist. This server serves: {served}."
NO_FUNCTION: Final = (
    "the parameters must conform to the specification: input.function. This server serves: {served}."
)
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
}
LIMITS: Final[Mapping[LimitKind, Refusal]] = {
    "rate": Refusal(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later."),
    "concurrency": Refusal(429, "Throttling", "Requests throttling triggered."),
    "quota": Refusal(
        429,
        "Throttling.AllocationQuota",
        "Allocated quota exceeded, please increase your quota limit.",
    ),
}
_INTERNAL: Final = Refusal(500, "InternalError", "An internal error has occurred, please try again later.")


def invalid(message: str) -> Refusal:
    """400 InvalidParameter."""
    return Refusal(400, "InvalidParameter", message)


def broken_json(hint: str) -> Refusal:
    """400, in the words of the erase model's page: before a body is read, no model is known."""
    return Refusal(400, "InvalidParameter.JsonPhrase", "input json error" + (f": {hint}" if hint else ""))


def of_status(status: int, text: str, method: str) -> Refusal:
    """The vendor's words for an error of the HTTP layer."""
    known = _BY_STATUS.get(status, _INTERNAL)
    return Refusal(known.status, known.code, known.message.format(text=text, method=method))


def of_error(error: CleanplateError) -> Refusal:
    """The vendor's words for an error of the service while a request is answered."""
    match error:
        case LimitReached(kind=kind):
            return LIMITS[kind]
        case Unauthorized():
            return of_status(401, error.public, "")
        case BadInput():
            return invalid(error.public)
        case _:
            return _INTERNAL


@dataclass(frozen=True, slots=True)
class Blame:
    """How a model's vendor page names a kind of failure: code, and the words before our detail."""

    code: str
    words: str


_SPECIFICATION = Blame("InvalidParameter", "the parameters must conform to the specification")
FAILURES: Final[Mapping[str, Blame]] = {
    BadInput.code: _SPECIFICATION,
    BadParameter.code: _SPECIFICATION,
    MaskMismatch.code: _SPECIFICATION,
    NothingToErase.code: _SPECIFICATION,
    UnclearMask.code: _SPECIFICATION,
    EngineFailed.code: Blame("InternalError.Algo", "algorithm process error"),
    StorageFailed.code: Blame("InternalError.FileUpload", "oss upload error"),
    WorkerDied.code: Blame("InternalError.Algo", "algorithm process error"),
}
"""Task failures, by code of `errors.py`, that read alike for every model."""

IMAGE_FAILURES: Final[Mapping[str, Blame]] = {
    **FAILURES,
    DownloadFailed.code: Blame(
        "InvalidParameter.DataInspection",
        "Unable to download the media resource during the data inspection process.",
    ),
    NotAPicture.code: Blame(
        "InvalidParameter.DataInspection",
        "The media format is not supported or incorrect for the data inspection.",
    ),
    PictureSize.code: _SPECIFICATION,
    InputTooLarge.code: _SPECIFICATION,
    InputRefused.code: Blame("DataInspectionFailed", "Input data may contain inappropriate content."),
    OutputRefused.code: Blame("DataInspectionFailed", "Output data may contain inappropriate content."),
}
"""Painting and image editing. The whole words stand first, full stop included: clients compare them."""

_IMAGE_CONTENT = Blame(
    "InvalidParameter.ImageContent", "The image content does not comply with green network verification"
)
ERASE_FAILURES: Final[Mapping[str, Blame]] = {
    **FAILURES,
    DownloadFailed.code: Blame("InvalidParameter.FileDownload", "oss download error"),
    NotAPicture.code: Blame("InvalidParameter.ImageFormat", "read image error"),
    PictureSize.code: Blame(
        "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
    ),
    InputTooLarge.code: Blame(
        "InvalidParameter.ImageResolution", "the size of input image is too small or too large"
    ),
    InputRefused.code: _IMAGE_CONTENT,
    OutputRefused.code: _IMAGE_CONTENT,
}
UNNAMED: Final = Blame("InternalError", "internal error")
