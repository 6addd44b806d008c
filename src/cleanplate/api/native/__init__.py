"""Our own API: every edit of the catalogue, with progress, cancellation and events; see `/openapi.json`."""

from cleanplate.api.base import Dialect, bearer
from cleanplate.api.native.calls import NAME
from cleanplate.api.native.problems import error
from cleanplate.api.native.routes import PREFIX, SUBMITS, callback, routes

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=bearer,
    routes=routes,
    error=error,
    submits=SUBMITS,
    callback=callback,
)
