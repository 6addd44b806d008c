"""A reply that is sent as it comes, and lets go of what it reads from, however it ends."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class StreamedReply(StreamingResponse):
    """Closes its pieces when all are sent or the client leaves, which Starlette leaves to the collector.

    Args:
        pieces: of the body. One that reads from another closes that one (`contextlib.aclosing`).
        status: of the reply.
        headers: of the reply.
    """

    def __init__(
        self, pieces: AsyncGenerator[bytes], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(pieces, status, headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)
