"""Finished pictures inside a reply, in base64: read while it is sent, never held all together."""

import base64
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, closing
from functools import partial
from typing import Any, Final, TypeAlias

import orjson

from cleanplate.api.services import Services
from cleanplate.errors import BlobMissing
from cleanplate.tasks.task import Output
from cleanplate.transport.streamed_reply import StreamedReply

_DIGITS, _BYTES = 4, 3
"""So many digits of base64 stand for so many bytes."""
_NUMBER_DIGITS: Final = 4

Parts: TypeAlias = Sequence[bytes | Output]
"""Of a reply: bytes as they are, and results that are read when it is their turn."""


def base64_of(services: Services, output: Output) -> str:
    """One whole result. Raises `StorageFailed`."""
    return base64.b64encode(services.objects.get(output.key)).decode()


class JsonWithResults:
    """Makes JSON in which strings stand for results: `slot` gives each, `parts` has files in their place."""

    def __init__(self) -> None:
        self._secret: Final = secrets.token_hex().encode()
        self._outputs: dict[bytes, Output] = {}

    def slot(self, output: Output) -> str:
        """What to write where the base64 of this result belongs."""
        name = self._secret + f"{len(self._outputs):0{_NUMBER_DIGITS}}".encode()
        self._outputs[name] = output
        return name.decode()

    def parts(self, content: Mapping[str, Any]) -> Parts:
        """The JSON of a content that has slots."""
        text, size = orjson.dumps(content), len(self._secret) + _NUMBER_DIGITS
        found: list[bytes | Output] = []
        start = 0
        while (at := text.find(self._secret, start)) >= 0:
            found += [text[start:at], self._outputs[text[at : at + size]]]
            start = at + size
        return [*found, text[start:]]


def length_of(services: Services, parts: Parts) -> int:
    """Bytes of a reply of these parts. Raises `StorageFailed`, `BlobMissing` where a result is gone."""
    return sum(len(part) if isinstance(part, bytes) else _digits_of(services, part) for part in parts)


def _digits_of(services: Services, output: Output) -> int:
    info = services.objects.info(output.key)
    if info is None:
        raise BlobMissing("a stored file could not be read", log=f"{output.key}: it is not there")
    return -(-info.size_bytes // _BYTES) * _DIGITS


async def sent(services: Services, parts: Parts) -> AsyncGenerator[bytes]:
    """The parts as they go over the wire. Raises `StorageFailed`."""
    for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            async with aclosing(_encoded(services, part)) as pieces:
                async for piece in pieces:
                    yield piece


async def _encoded(services: Services, output: Output) -> AsyncGenerator[bytes]:
    read, rest = services.threads.read_file, b""
    with closing(await read(partial(services.objects.open_range, output.key))) as pieces:
        while (piece := await read(partial(next, pieces, None))) is not None:
            data = rest + piece
            whole = len(data) - len(data) % _BYTES
            rest = data[whole:]
            yield base64.b64encode(data[:whole])
    yield base64.b64encode(rest)


class ResultsResponse(StreamedReply):
    """A JSON reply with results in it, and its length.

    Raises:
        StorageFailed: where it is made: a result cannot be read.
    """

    media_type = "application/json"

    def __init__(self, services: Services, parts: Parts, headers: Mapping[str, str]) -> None:
        length = length_of(services, parts)
        super().__init__(sent(services, parts), headers={**headers, "content-length": str(length)})
