"""Request bodies: read within limits, and parsed as JSON."""

import asyncio
import codecs
import re
from typing import Any, Final

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from cleanplate.errors import BadParameter

_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF = re.compile(rb"%b(?!%b)|(?<!%b)%b" % (_HIGH, _LOW, _HIGH, _LOW))
"""Half a surrogate pair, in JSON without escaped backslashes."""
_OTHER_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
BODY_TIMEOUT_S: Final = 120.0
"""Seconds a client may take to send one request body."""


class BrokenJson(BadParameter):
    """A body that was to be JSON cannot be read as such. `hint`: what to do about it, if that is known."""

    def __init__(self, hint: str = "") -> None:
        super().__init__("the body is not valid JSON" + (f": {hint}" if hint else ""))
        self.hint = hint


async def read_body(request: Request, max_bytes: int, *, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """The whole body of a request, counted while it comes.

    Raises:
        HTTPException: 413 over `max_bytes`, 408 when it takes longer than `timeout_s`, 400 when it is
            compressed, or the client went away.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise HTTPException(400, "A compressed request body is not taken: send it without Content-Encoding.")
    try:
        async with asyncio.timeout(timeout_s):
            return await _read_body(request, max_bytes)
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400) from None


async def _read_body(request: Request, max_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise HTTPException(413)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise HTTPException(413)  # `BodyDrainingMiddleware` takes the rest
        parts.append(part)
    return b"".join(parts)


def load_json(body: bytes) -> Any:
    """The JSON value of a body; a byte order mark before it is left out.

    Half a surrogate pair becomes U+FFFD: clients that cut a prompt by its length send such halves.

    Raises:
        BrokenJson: it is no JSON, or not in UTF-8.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        mended = body if b"\x00" in body else _without_halves(body)
        if mended != body:
            return load_json(mended)
        if body.startswith(_OTHER_MARKS) or b"\x00" in body[:4]:
            raise BrokenJson("it must be in UTF-8") from error
        raise BrokenJson from error


def _without_halves(body: bytes) -> bytes:
    hidden = body.replace(rb"\\", b"\x00")
    return _HALF.sub(rb"\\ufffd", hidden).replace(b"\x00", rb"\\")


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `BadParameter` for anything else."""
    value = load_json(body)
    if not isinstance(value, dict):
        raise BadParameter("the body is not a JSON object")
    return value
