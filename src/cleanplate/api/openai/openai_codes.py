"""OpenAI's words: types and codes of its errors, for refused requests and for failed tasks."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from cleanplate.api.dialect import bearer
from cleanplate.api.refusal import ErrorTable, Refusal, RefusedError, status_of
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

NAME: Final = "openai"
MISSING: Final = "missing_required_parameter"
WRONG_VALUE: Final = "invalid_value"
WRONG_TYPE: Final = "invalid_type"
UNSUPPORTED: Final = "unsupported_parameter"
NO_MODEL: Final = "model_not_found"
BAD_FILE: Final = "invalid_image_file"
TOO_LARGE_FILE: Final = "image_file_too_large"
_QUOTA: Final = "insufficient_quota"
_RATE: Final = "rate_limit_exceeded"
_BLOCKED: Final = "moderation_blocked"

FAILURES: Final[Mapping[str, tuple[str, str | None]]] = {
    BadInput.code: (WRONG_VALUE, None),
    BadParameter.code: (WRONG_VALUE, None),
    DownloadFailed.code: ("failed_to_download_image", "image"),
    InputTooLarge.code: (TOO_LARGE_FILE, "image"),
    NotAPicture.code: (BAD_FILE, "image"),
    PictureSize.code: ("image_too_large", "image"),
    MaskMismatch.code: (BAD_FILE, "mask"),
    NothingToErase.code: (BAD_FILE, "mask"),
    UnclearMask.code: (BAD_FILE, "mask"),
    InputRefused.code: (_BLOCKED, None),
    OutputRefused.code: (_BLOCKED, None),
}
"""What the caller can mend, by code of `errors.py`: the vendor's code, and the parameter that it is about
where the message does not begin with one. Everything else is a fault of the server."""
_OF_THE_PICTURE: Final = frozenset(code for code, _ in FAILURES.values()) - {WRONG_VALUE}
_PARAMETERS: Final = frozenset({"image", "mask", "prompt"})

TWICE: Final = "/v1/v1"
_TWICE: Final = "it has /v1 twice, and your base URL should have it once"

STAYS_SO: Final[Mapping[str, str]] = {"x-should-retry": "false"}
"""The vendor's SDKs try again by themselves after 429 and 5xx, unless this says that it is of no use."""
_INTERNAL: Final = "The server had an error while processing your request."
_NO_KEY: Final = (
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer"
    " auth (i.e. Authorization: Bearer YOUR_KEY)."
)
_WRONG_KEY: Final = "Incorrect API key provided. The server's own keys are needed here, not those of OpenAI."
_TOO_LARGE: Final = "The request is too large."


def refused(code: str, text: str, where: str | None = None, *, status: int = 400) -> RefusedError:
    """To raise: a refusal of what a request asks for."""
    return RefusedError(Refusal(status, code, text, where=where))


def of_status(request: Request, status: int, text: str) -> Refusal:  # noqa: PLR0911 - a table with conditions
    """The vendor's words for an error of the HTTP layer (`ErrorTable.of_status`)."""
    match status:
        case 401 if bearer(request) is None:
            return Refusal(401, "", _NO_KEY)
        case 401:
            return Refusal(401, "invalid_api_key", _WRONG_KEY)
        case 404 if request.url.path.startswith(TWICE):
            return Refusal(404, "", f"Invalid URL: {_TWICE}. {text}")
        case 404:
            return Refusal(404, "", f"Invalid URL ({request.method} {request.url.path}). {text}")
        case 405:
            return Refusal(405, "method_not_supported", f"Not allowed to {request.method} on this URL.")
        case 413:
            return Refusal(413, TOO_LARGE_FILE, _TOO_LARGE)
        case 429:
            return Refusal(429, _RATE, text or "Too many requests.")
        case 503:
            return Refusal(503, "", "The server is overloaded or not ready yet. Please try again later.")
        case _ if status < 500:  # noqa: PLR2004 - HTTP
            return Refusal(status, "", text)
        case _:
            return Refusal(500, "", _INTERNAL)


def of_error(request: Request, error: CleanplateError) -> Refusal:
    """The vendor's words for an error of the service (`ErrorTable.of_error`)."""
    match error:
        case LimitReached(kind="quota"):
            return Refusal(429, _QUOTA, f"You exceeded your current quota: {error.public}.", STAYS_SO)
        case LimitReached():
            return Refusal(429, _RATE, f"Rate limit reached: {error.public}. Please try again later.")
        case BadInput():
            return of_failure(Failure(error.code, error.public))
        case _:
            return of_status(request, status_of(error), error.public)


def of_failure(failure: Failure) -> Refusal:
    """For a task that failed while its request waited for it."""
    if failure.code not in FAILURES:
        return Refusal(500, "", f"{_INTERNAL} ({failure.code})", STAYS_SO)
    code, about = FAILURES[failure.code]
    named = failure.message.partition(":")[0]
    where = named if named in _PARAMETERS else about
    return Refusal(400, code, failure.message, where=where)


def error_object(refusal: Refusal) -> dict[str, str | None]:
    """What `error` holds, in a reply and in an event."""
    return {
        "message": refusal.text,
        "type": _type_of(refusal),
        "param": refusal.where,
        "code": refusal.code or None,
    }


def _type_of(refusal: Refusal) -> str:
    if refusal.code == _QUOTA:
        return _QUOTA
    if refusal.code == _RATE:
        return "requests"
    if refusal.status >= 500:  # noqa: PLR2004 - HTTP
        return "server_error"
    return "image_generation_user_error" if refusal.code in _OF_THE_PICTURE else "invalid_request_error"


def render_refusal(request: Request, refusal: Refusal) -> CompactJson:
    """The vendor's shape (`ErrorTable.render`)."""
    headers = {"x-request-id": request.state.request_id}
    return CompactJson({"error": error_object(refusal)}, refusal.status, headers=headers)


ERRORS: Final = ErrorTable(render_refusal, of_status, of_error)
