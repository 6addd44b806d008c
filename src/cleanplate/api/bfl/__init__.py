"""Black Forest Labs: FLUX Erase, and the query that all of its tasks have."""

from cleanplate.api.bfl.bfl_codes import ERRORS, NAME, secret
from cleanplate.api.bfl.bfl_endpoints import ENDPOINTS, OTHERS, PREFIX
from cleanplate.api.bfl.bfl_replies import webhook_body, webhook_headers
from cleanplate.api.dialect import Dialect

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    secret=secret,
    others=OTHERS,
    webhook_body=webhook_body,
    webhook_headers=webhook_headers,
    webhook_tries=4,
)
