"""IOPaint: the API that its page, and programs that were written for a server of one's own, speak."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.iopaint.iopaint_codes import ERRORS, NAME
from cleanplate.api.iopaint.iopaint_endpoints import ENDPOINTS, OTHERS, PREFIX
from cleanplate.api.iopaint.keyless_pages import is_switched_on, without_key

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    cors=True,
    exposed=("X-Seed",),
    others=OTHERS,
    switched_on=is_switched_on,
    keyless=without_key,
)
