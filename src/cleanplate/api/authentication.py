"""Who asks: nothing below the prefix of a dialect is answered without a good API key."""

import logging
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.access import Access
from cleanplate.api.dialect import Dialect, dialect_of
from cleanplate.errors import CleanplateError, Unauthorized

_log = logging.getLogger(__name__)


class AuthMiddleware:
    """Outermost layer of a dialect: lets nothing pass without a key.

    Sets `request.state.caller` (an `access.Caller`).
    """

    def __init__(self, app: ASGIApp, *, dialects: Sequence[Dialect], access: Access) -> None:
        self._app = app
        self._dialects = dialects
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = await self._refusal(request)
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        dialect = dialect_of(self._dialects, request)
        if dialect is None:
            return None
        try:
            secret = dialect.secret(request)
            caller = self._access.static_caller(secret)
            request.state.caller = caller or await run_in_threadpool(self._access.caller, secret)
        except Unauthorized as error:
            return dialect.errors.status_response(request, 401, error.public)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            return dialect.errors.error_response(request, error)
        return None
