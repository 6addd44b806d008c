"""Who asks: nothing below the prefix of a dialect is answered without a good API key."""

import logging
from collections.abc import Sequence
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.access import Access, Caller
from cleanplate.api.dialect import Dialect, dialect_of
from cleanplate.errors import CleanplateError, Unauthorized
from cleanplate.settings import Settings
from cleanplate.transport.request_threads import READING, RequestThreads

_log = logging.getLogger(__name__)


class AuthMiddleware:
    """Outermost layer of a dialect: lets nothing pass without a key, but for what `Dialect.keyless` does.

    Sets `request.state.caller` (an `access.Caller`).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        dialects: Sequence[Dialect],
        access: Access,
        threads: RequestThreads,
        settings: Settings,
    ) -> None:
        self._app = app
        self._dialects = dialects
        self._access = access
        self._threads = threads
        self._settings = settings

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
            caller = (
                self._access.static_caller(secret) if secret else dialect.keyless(request, self._settings)
            )
            request.state.caller = caller or await self._stored_caller(request, secret)
        except Unauthorized as error:
            return dialect.errors.status_response(request, 401, error.public)
        except CleanplateError as error:
            _log.warning("request refused: %s", error.log)
            return dialect.errors.error_response(request, error)
        return None

    async def _stored_caller(self, request: Request, secret: str | None) -> Caller:
        """A poll waits for a database that is away; a submit, which could not be kept either, does not."""
        step = partial(self._access.caller, secret)
        return await (self._threads.read if request.method in READING else run_in_threadpool)(step)
