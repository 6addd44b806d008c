"""OpenAI: edits of images, whose mask is obeyed."""

from cleanplate.api.dialect import Dialect
from cleanplate.api.openai.openai_codes import ERRORS, NAME
from cleanplate.api.openai.openai_endpoints import ENDPOINTS, OTHERS, PREFIX

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    cors=True,
    exposed=("X-Cleanplate-Mask", "X-Cleanplate-Changed-Outside-Mask", "X-Should-Retry"),
    others=OTHERS,
)
