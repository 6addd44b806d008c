"""Addresses and what a field says of a picture: URL, data URI, base64; percent-encoding, ranges, targets."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from tests.fuzz.target import Target

from cleanplate.errors import BadInput
from cleanplate.intake.sources import Inline, parse_source
from cleanplate.transport.byte_ranges import ByteRange, is_known, requested_range
from cleanplate.transport.request_target import RequestTargetMiddleware

_MOST_BYTES: Final = 4096
_SIZE: Final = 1000
_VALIDATORS: Final = {"etag": '"a"', "last-modified": "Sun, 29 Nov 2026 12:00:00 GMT"}


def run_source(data: bytes) -> str:
    """Read the string of a picture field."""
    try:
        source = parse_source(data.decode("utf-8", "surrogatepass"), max_bytes=_MOST_BYTES)
    except (BadInput, UnicodeDecodeError):
        return "refused"
    if isinstance(source, Inline):
        assert len(source.data) <= _MOST_BYTES
        return "bytes"
    source.url.encode()
    return "a URL"


def run_range(data: bytes) -> str:
    """Read `Range`, `If-Range` and `If-None-Match`, a line each."""
    names = (b"range", b"if-range", b"if-none-match")
    headers = [(name, line) for name, line in zip(names, data.split(b"\n"), strict=False) if line]
    request = Request({"type": "http", "method": "GET", "headers": headers})
    found = requested_range(request, _SIZE, _VALIDATORS)
    is_known(request, _VALIDATORS)
    if isinstance(found, ByteRange):
        assert 0 <= found.start < found.end <= _SIZE
        return "a part"
    return found or "all"


def run_target(data: bytes) -> str:
    """Give a request's target, as it stands in its head, its one spelling."""
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing(_message: Message) -> None:
        """Nobody reads it."""

    raw, _, query = data.partition(b"?")
    scope = {
        "type": "http",
        "raw_path": raw,
        "path": raw.decode("latin-1"),
        "query_string": query,
        "headers": [],
    }
    asyncio.run(RequestTargetMiddleware(app)(scope, None, nothing))  # type: ignore[arg-type]
    assert "//" not in seen[0]["path"]
    return "a path"


def _sources() -> Mapping[str, bytes]:
    return {
        "URL": b"https://user.example:8080/a%20b?c=d#e",
        "IPv6": b"http://[::1%25eth0]:80/",
        "data": b"data:image/png;base64,iVBORw0KGgoAAAAN",
        "bare": b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
        "folded": b"iVBORw0KGgoAAAANSUhEUgAA\r\nAAEAAAABCAYAAAAfFcSJAAAA\r\nDUlEQVR42mNk",
        "percents": b"data:;base64,%69VBORw0KGgo%41%2B%2F%3D",
        "path": b"/etc/passwd",
        "foreign": "data:image/png;base64,\u540d\ud800".encode("utf-8", "surrogatepass"),
    }


def _ranges() -> Mapping[str, bytes]:
    return {"part": b'bytes=0-99\n"a"\n"a", W/"b"', "end": b"bytes=-5", "open": b"bytes= 5-\n\n*"}


def _targets() -> Mapping[str, bytes]:
    return {
        "path": b"/api//v1/tasks?a=b",
        "absolute": b"http://user@host:80/a%2fb",
        "no path": b"https://host",
        "dots": b"//..//%2e%2e",
    }


_WORDS: Final = (
    b"%",
    b"%2B",
    b"\xe5\x90\x8d",
    b" ",
    b"\r\n",
    b"=",
    b";base64,",
    b"[",
    b"]",
    b"@",
    b"\xed\xa0\x80",
    b"://",
)
TARGETS: Final = (
    Target("sources", run_source, _sources, words=_WORDS),
    Target("ranges", run_range, _ranges, words=(b"bytes=", b"-", b",", b'"', b"W/", b"9" * 101)),
    Target(
        "request-targets",
        run_target,
        _targets,
        words=(b"//", b"http://", b"%2f", b"%", b"\xff", b"?", b"#", b"@"),
    ),
)
