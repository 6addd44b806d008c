"""DashScope: the asynchronous image API of Alibaba Cloud's Model Studio, as its own clients speak it."""

from cleanplate.api.base import Dialect, bearer
from cleanplate.api.dashscope.dashscope_codes import NAME
from cleanplate.api.dashscope.dashscope_endpoints import OTHERS, PREFIX, SUBMITS, routes
from cleanplate.api.dashscope.dashscope_replies import error

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=bearer,
    routes=routes,
    error=error,
    others=OTHERS,
    submits=frozenset(PREFIX + path for path in SUBMITS),
)
