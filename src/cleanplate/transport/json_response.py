"""JSON as every dialect sends it."""

import orjson
from starlette.responses import Response


class CompactJson(Response):
    """JSON without a space after `:` or `,`: there are clients that cut the text instead of parsing it."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return orjson.dumps(content)
