"""PicWish's words: for HTTP errors, and for the state of a task. Each is one table."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from cleanplate.api.refusal import ErrorTable, Refusal
from cleanplate.errors import (
    BadInput,
    BadParameter,
    DownloadFailed,
    InputRefused,
    InputTooLarge,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    StorageFailed,
    UnclearMask,
)
from cleanplate.transport.json_response import CompactJson

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


def refusal(status: int, text: str) -> Refusal:
    """One without a code: the vendor has none beside the status."""
    return Refusal(status, "", text)


def of_status(request: Request, status: int, text: str) -> Refusal:
    """The vendor's words for an error (`ErrorTable.of_status`)."""
    if status == 404:  # noqa: PLR2004 - HTTP
        return refusal(404, f"Not found. {text}")
    return refusal(status, _TEXTS.get(status, text if status < 500 else "Server error"))  # noqa: PLR2004 - HTTP


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The vendor's shape (`ErrorTable.render`). It has no `data` at all: clients take the key for success."""
    return CompactJson({"status": refusal.status, "message": refusal.text}, refusal.status)


NO_TASK: Final = refusal(404, "Task not found")
ERRORS: Final = ErrorTable(render_refusal, of_status)
