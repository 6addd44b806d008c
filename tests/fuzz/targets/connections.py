"""What comes on a connection: heads, bodies by length and in chunks, trailers, several requests at once."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from tests.fuzz.target import Target
from tests.fuzz.wire import Wire

from cleanplate.settings import Settings
from cleanplate.transport.request_target import RequestTargetMiddleware

CUT: Final = b"\xff|\xff"
"""Parts an input into what comes at once."""


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        size = len(await Request(scope, receive).body())
    except ClientDisconnect:
        return
    await PlainTextResponse(f"{size}")(scope, receive, send)


@cache
def _wire() -> Wire:
    return Wire(RequestTargetMiddleware(_echo), Settings())


def run(data: bytes) -> str:
    """Send it, and leave."""
    found = _wire().statuses(data.split(CUT))
    return f"{max(found, default=0)}"


def _seeds() -> Mapping[str, bytes]:
    head = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\n"
    return {
        "get": b"GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n",
        "length": head + b"Content-Length: 5\r\n\r\nab" + CUT + b"cde",
        "chunks": head
        + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n",
        "two": b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET //b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "upgrade": head + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 1\r\n\r\na",
        "old": b"GET http://x/y HTTP/1.0\r\n\r\n",
        "expect": head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n" + CUT + b"ab",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "empty lines": b"\r\n\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    }


_WORDS: Final = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\0",
        b" ",
        b"\t",
        b"Content-Length: 0\r\n",
        b"Content-Length: 18446744073709551616\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Host: y\r\n",
        b"Connection: close\r\n",
    ),
    *(
        b"0\r\n\r\n",
        b"ffffffff\r\n",
        b"HTTP/1.1",
        b"HTTP/2.0",
        b"Expect: 100-continue\r\n",
        b"\x80",
        CUT,
        b": ",
    ),
    *(b"X: " + b"a" * 70_000 + b"\r\n", b"A: b\r\n" * 2000, b"%00", b"//", b"CONNECT a:1 HTTP/1.1\r\n"),
)
TARGETS: Final = (Target("connections", run, _seeds, words=_WORDS),)
