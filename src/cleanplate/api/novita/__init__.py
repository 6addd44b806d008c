"""Novita: the image eraser of its asynchronous v3 API, and `cleanup`, the synchronous one."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.novita.novita_codes import ERRORS, NAME, secret
from cleanplate.api.novita.novita_endpoints import ENDPOINTS, OTHERS, PREFIX
from cleanplate.api.novita.novita_replies import webhook_body

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    secret=secret,
    others=OTHERS,
    webhook_body=webhook_body,
    webhook_tries=6,
)
