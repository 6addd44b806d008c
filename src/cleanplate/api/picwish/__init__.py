"""PicWish: removal of objects, as its form-posting clients and web pages speak it."""

from cleanplate.api.base import Dialect
from cleanplate.api.picwish.codes import NAME, error, secret
from cleanplate.api.picwish.replies import pushed
from cleanplate.api.picwish.routes import CREATE, PREFIX, routes

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
