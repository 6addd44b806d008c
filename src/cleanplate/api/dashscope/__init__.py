"""DashScope: the asynchronous image API of Alibaba Cloud's Model Studio, as its own clients speak it."""

from cleanplate.api.dashscope.dashscope_codes import NAME
from cleanplate.api.dashscope.dashscope_endpoints import ENDPOINTS, OTHERS, PREFIX
from cleanplate.api.dashscope.dashscope_replies import ERRORS, with_request_id
from cleanplate.api.dashscope.upload_form import form_routes
from cleanplate.api.dialect import Dialect

DIALECT = Dialect(
    name=NAME,
    prefix=PREFIX,
    endpoints=ENDPOINTS,
    errors=ERRORS,
    reply=with_request_id,
    others=OTHERS,
    routes=form_routes,
)
