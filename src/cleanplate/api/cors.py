"""CORS: lets web pages call the dialects that are made for it, and read the results."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cleanplate.api import limit_headers
from cleanplate.api.dialect import Dialect, dialect_of

_RESULTS = "/results/"
_EXPOSED = ("Retry-After", "X-Request-Id", "X-Cleanplate-Warning", "Idempotent-Replayed")
"""What replies of several dialects have and a page may read; `Dialect.exposed` has what one alone does."""


class CorsMiddleware:
    """Middleware round everything else: a preflight has no key. Without `Dialect.cors` nothing changes.

    Args:
        origins: whose pages may call, or "*"; empty: nobody's.
    """

    def __init__(self, app: ASGIApp, *, dialects: Sequence[Dialect], origins: Sequence[str]) -> None:
        self._app = app
        self._dialects = dialects
        self._with_cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST"),
            allow_headers=("*",),
            expose_headers=(
                *_EXPOSED,
                *limit_headers.NAMES,
                *(name for dialect in dialects for name in dialect.exposed),
            ),
            allow_private_network=True,  # a page of the internet may call a server at home: its key decides
            max_age=3600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._with_cors if scope["type"] == "http" and self._is_allowed(scope) else self._app
        await app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        dialect = dialect_of(self._dialects, Request(scope))
        return scope["path"].startswith(_RESULTS) if dialect is None else dialect.cors
