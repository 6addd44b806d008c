"""Novita: the image eraser of its asynchronous v3 API, and `cleanup`, the synchronous one."""

from cleanplate.api.base import Dialect
from cleanplate.api.novita.codes import NAME, error, secret
from cleanplate.api.novita.replies import event
from cleanplate.api.novita.routes import OTHERS, PREFIX, SUBMITS, routes

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
