"""DashScope: the asynchronous image API of Alibaba Cloud's Model Studio, as its own clients speak it."""

from cleanplate.api.base import Dialect, bearer
from cleanplate.api.dashscope.codes import NAME
from cleanplate.api.dashscope.replies import error
from cleanplate.api.dashscope.routes import OTHERS, PREFIX, SUBMITS, routes

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    secret=bearer,
    routes=routes,
    error=error,
    others=OTHERS,
    submits=frozenset(PREFIX + path for path in SUBMITS),
)
