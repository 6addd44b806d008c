"""Novita: the image eraser of its asynchronous v3 API, and `cleanup`, the synchronous one."""

from cleanplate.api.base import Dialect
from cleanplate.api.novita.novita_codes import NAME, error, secret
from cleanplate.api.novita.novita_endpoints import OTHERS, PREFIX, SUBMITS, routes
from cleanplate.api.novita.novita_replies import event

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=secret,
    routes=routes,
    error=error,
    others=OTHERS,
    submits=frozenset(SUBMITS),
    callback=event,
    callback_tries=6,
)
