"""Our own API: every edit of the catalogue, with progress, cancellation and events; see `/openapi.json`."""

from cleanplate.api.base import Dialect, bearer
from cleanplate.api.native.edit_requests import NAME
from cleanplate.api.native.native_codes import error
from cleanplate.api.native.native_endpoints import PREFIX, SUBMITS, callback, routes

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=bearer,
    routes=routes,
    error=error,
    submits=SUBMITS,
    callback=callback,
)
