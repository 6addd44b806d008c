"""Stability: edits and upscaling of its Stable Image API, each answered with the picture itself."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.stability.stability_codes import ERRORS, NAME
from cleanplate.api.stability.stability_endpoints import ENDPOINTS, PREFIX

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    cors=True,
    exposed=("Finish-Reason", "Seed"),
)
