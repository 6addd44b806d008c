"""Error replies of every dialect: what is said (`Refusal`), and in which words and shape (`ErrorTable`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cleanplate.errors import (
    BadInput,
    BlobMissing,
    CleanplateError,
    InputTooLarge,
    LimitReached,
    StorageFailed,
    Unauthorized,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error reply, before it has a vendor's shape.

    Attributes:
        status: of HTTP, 400..599.
        code: the vendor's own, for programs; "" where the vendor has none.
        text: one sentence for people.
        headers: beside those that every reply of the dialect has.
        where: the part of the request to mend, for dialects that name it.
    """

    status: int
    code: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None


class RefusedError(Exception):
    """Raised by whatever answers a request: the reply is this refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


class DialectFaultError(CleanplateError):
    """A mistake in a dialect that a request has come upon: the vendor's 500, and an ERROR in the log.

    Args:
        log: what its author has to mend.
    """

    def __init__(self, log: str) -> None:
        super().__init__("an internal error has occurred", log=log)


_STATUS: Final = (
    (LimitReached, 429),
    (Unauthorized, 401),
    (InputTooLarge, 413),
    (BadInput, 400),
    (BlobMissing, 500),
    (StorageFailed, 503),
)
"""The first that fits counts."""
_FOR_NOW: Final = frozenset({429, 503})
_RETRY_S: Final = 1
"""Where nothing better is known."""


def status_of(error: CleanplateError) -> int:
    """The HTTP status of an error of the service: 4xx where the caller can mend it, 503 where another
    try may succeed, 500 where we must mend it.
    """
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def phrase_of_status(request: Request, status: int, text: str) -> Refusal:
    """For vendors without codes of their own: HTTP's phrase, e.g. "Not Found"."""
    return Refusal(status, HTTPStatus(status).phrase, text)


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """How one vendor says that a request is refused.

    Attributes:
        render: a refusal in the vendor's shape. Its headers come to it by themselves.
        of_status: the vendor's code and words for an HTTP status and a plain text. Of a path that is not
            served (404) the text tells what is.
        of_error: the same for an error of the service; None is by `status_of`.
    """

    render: Callable[[Request, Refusal], Response]
    of_status: Callable[[Request, int, str], Refusal] = phrase_of_status
    of_error: Callable[[Request, CleanplateError], Refusal] | None = None

    def response(self, request: Request, refusal: Refusal) -> Response:
        """The reply of a refused request. One that is refused for now says when to come again."""
        response = self.render(request, refusal)
        response.headers.update(refusal.headers)
        if refusal.status in _FOR_NOW:
            response.headers.setdefault("Retry-After", str(_RETRY_S))
        return response

    def status_response(self, request: Request, status: int, text: str) -> Response:
        """The reply to an error of the HTTP layer."""
        return self.response(request, self.of_status(request, status, text))

    def error_response(self, request: Request, error: CleanplateError) -> Response:
        """The reply to an error of the service; one that may pass says when to come again."""
        if self.of_error is None:
            refusal = self.of_status(request, status_of(error), error.public)
        else:
            refusal = self.of_error(request, error)
        passes = isinstance(error, LimitReached) or refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(error, LimitReached | StorageFailed) and passes:
            headers = {"Retry-After": str(error.retry_after_s), **refusal.headers}
            refusal = replace(refusal, headers=headers)
        return self.response(request, refusal)
