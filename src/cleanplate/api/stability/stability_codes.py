"""Stability's names of errors: for refused requests, and for tasks that failed while their request waited."""

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
    LimitReached,
    MaskMismatch,
    NotAPicture,
    NothingToErase,
    OutputRefused,
    PictureSize,
    UnclearMask,
)
from cleanplate.tasks.task import Failure
from cleanplate.transport.json_response import CompactJson

NAME: Final = "stability"
_NAMES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "content_moderation",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "payload_too_large",
    429: "rate_limit_exceeded",
    500: "internal_error",
    503: "service_unavailable",
    504: "gateway_timeout",
}
_TEXTS: Final[Mapping[int, str]] = {
    401: "authorization: invalid or missing header value",
    413: "payload too large",
    500: "An unexpected server error has occurred, please try again later.",
    503: "The service is not available, please try again later.",
}
STATUS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            *(BadInput.code, BadParameter.code, DownloadFailed.code, MaskMismatch.code, NotAPicture.code),
            *(NothingToErase.code, PictureSize.code, UnclearMask.code),
        ),
        400,
    ),
    InputTooLarge.code: 413,
    InputRefused.code: 403,
    OutputRefused.code: 403,
}
"""What the caller can mend, by code of `errors.py`. Everything else is a 500."""


def refusal(status: int, text: str) -> Refusal:
    """One with the vendor's name for its status."""
    return Refusal(status, _NAMES.get(status, _NAMES[500 if status >= 500 else 400]), text)  # noqa: PLR2004 - HTTP


def of_status(request: Request, status: int, text: str) -> Refusal:
    """The vendor's words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    return refusal(status, _TEXTS.get(status) or text or _NAMES.get(status, ""))


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The same for an error of the service (`ErrorTable.of_error`)."""
    match error:
        case LimitReached(kind="quota"):
            return refusal(402, f"You lack sufficient credits to make this request: {error.public}")
        case LimitReached():
            return refusal(429, error.public)
        case BadInput():
            return of_failure(Failure(error.code, error.public))
        case _:
            return of_status(request, status_of(error), error.public)


def of_failure(failure: Failure) -> Refusal:
    """For a task that failed while its request waited for it."""
    status = STATUS.get(failure.code)
    return refusal(500, _TEXTS[500]) if status is None else refusal(status, failure.message)


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The vendor's shape (`ErrorTable.render`)."""
    body = {"id": request.state.request_id, "name": refusal.code, "errors": [refusal.text]}
    return CompactJson(body, refusal.status)


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
