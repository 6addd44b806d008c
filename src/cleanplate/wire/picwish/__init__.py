"""PicWish: removal of objects, as its form-posting clients and web pages speak it."""

from cleanplate.wire.base import Dialect
from cleanplate.wire.picwish.codes import NAME, error, secret
from cleanplate.wire.picwish.replies import pushed
from cleanplate.wire.picwish.routes import CREATE, PREFIX, routes

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=secret,
    routes=routes,
    error=error,
    submits=frozenset({CREATE}),
    callback=pushed,
    callback_tries=3,
    browsers=True,
)
