"""`POST /studio/session`: the word of a sign-in link, as a bearer token, becomes a session of its key."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cleanplate.access import KeySession
from cleanplate.errors import CleanplateError, LimitReached, StorageFailed, Unauthorized

_NO_STORE: Final[Mapping[str, str]] = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_STATUS: Final[Mapping[type[CleanplateError], int]] = {Unauthorized: 401, LimitReached: 429}
_LONGEST: Final = 200
"""Words are shorter: what is cut is none."""


def sign_in_route(sign_in: Callable[[str], KeySession]) -> Route:
    """The route. `sign_in` takes a word and raises as `Access.sign_in` does; it may block."""

    async def respond(request: Request) -> Response:
        scheme, _, word = request.headers.get("authorization", "").partition(" ")
        word = word.strip() if scheme.lower() == "bearer" else ""
        try:
            session = await run_in_threadpool(partial(sign_in, word[:_LONGEST]))
        except (Unauthorized, LimitReached, StorageFailed) as error:
            return _refusal(error)
        expires = datetime.fromtimestamp(session.expires_at_ms / 1000, UTC).isoformat(timespec="seconds")
        return JSONResponse({"key": session.token, "expires_at": expires}, headers=_NO_STORE)

    return Route("/studio/session", respond, methods=["POST"])


def _refusal(error: CleanplateError) -> Response:
    """In the shape of the native API's errors."""
    told: dict[str, Any] = {"error": {"code": error.code, "message": error.public}}
    headers = dict(_NO_STORE)
    if isinstance(error, LimitReached | StorageFailed):
        headers["retry-after"] = str(error.retry_after_s)
    return JSONResponse(told, _STATUS.get(type(error), 503), headers)
