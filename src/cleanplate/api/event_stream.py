"""Server-sent events, as every dialect sends them: bounded in number, and never silent for long."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cleanplate.api.endpoint import ApiCall
from cleanplate.transport.streamed_reply import StreamedReply

HEARTBEAT_S: Final = 15.0
"""Longest silence: what lies between takes a connection without a byte for dead."""
HEARTBEAT: Final = b": still here\n\n"
TOO_MANY: Final = "too many event streams are open"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamedReply):
    """Events for one client.

    Args:
        events: each as it goes over the wire; closed when the client leaves.
        refused: the reply where too many are open.
    """

    media_type = "text/event-stream"

    def __init__(self, call: ApiCall, events: AsyncGenerator[bytes], refused: Response) -> None:
        super().__init__(_begun(events), headers=_HEADERS)
        self._streams = call.services.streams
        self._account = call.caller.account
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.hold(self._account) as has_place:
            answer = super().__call__ if has_place else self._refused
            await answer(scope, receive, send)


async def _begun(events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Them, after nothing: with it the head goes out, and the client knows that it is heard."""
    async with aclosing(events):
        yield b""
        async for each in events:
            yield each


def event(name: str, content: Mapping[str, Any]) -> bytes:
    """One event with JSON as its data."""
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(content) + b"\n\n"
