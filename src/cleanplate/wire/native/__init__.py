"""Our own API: every edit of the catalogue, with progress, cancellation and events; see `/openapi.json`."""

from cleanplate.wire.base import Dialect, bearer
from cleanplate.wire.native.calls import NAME
from cleanplate.wire.native.problems import error
from cleanplate.wire.native.routes import PREFIX, SUBMITS, callback, routes

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=bearer,
    routes=routes,
    error=error,
    submits=SUBMITS,
    callback=callback,
)
