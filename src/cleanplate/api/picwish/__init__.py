"""PicWish: removal of objects, as its form-posting clients and web pages speak it."""

from cleanplate.api.base import Dialect
from cleanplate.api.picwish.picwish_codes import NAME, error, secret
from cleanplate.api.picwish.picwish_endpoints import CREATE, PREFIX, routes
from cleanplate.api.picwish.picwish_replies import pushed

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
