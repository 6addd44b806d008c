"""Our own API: every edit of the catalogue, with progress, cancellation and events; see `/openapi.json`."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.native.native_codes import ERRORS, NAME
from cleanplate.api.native.native_endpoints import OPERATIONS, PREFIX, description_routes, webhook_body

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=OPERATIONS,
    errors=ERRORS,
    trailing_slash=False,
    webhook_body=webhook_body,
    routes=description_routes,
)
