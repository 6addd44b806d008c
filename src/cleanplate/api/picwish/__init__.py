"""PicWish: removal of objects, as its form-posting clients and web pages speak it."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.picwish.picwish_codes import ERRORS, NAME, secret
from cleanplate.api.picwish.picwish_endpoints import ENDPOINTS, PREFIX
from cleanplate.api.picwish.picwish_replies import webhook_body

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    secret=secret,
    webhook_body=webhook_body,
    webhook_tries=3,
    cors=True,
)
