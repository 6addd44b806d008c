"""Bodies that a server compressed although it was asked not to. What comes out is counted while it comes."""

import zlib
from collections.abc import Callable, Mapping
from typing import Final

from cleanplate.errors import DownloadFailed, InputTooLarge
from cleanplate.intake.sources import looks_like_picture

_MOST_LAYERS: Final = 2
_EITHER: Final = 32 + zlib.MAX_WBITS
"""zlib's word for gzip or zlib, whichever the header says."""
_BARE: Final = -zlib.MAX_WBITS
_GZIP: Final = b"\x1f\x8b"


def decode_content(data: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body without its `Content-Encoding`. A picture that bears the name of one wrongly stays as it is.

    Raises:
        DownloadFailed: the encoding is not gzip or deflate, or the data is broken or ends too early.
        InputTooLarge: more than `max_bytes` would come out; no more than that is ever made.
    """
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > _MOST_LAYERS or any(name not in _DECODERS for name in names):
        raise DownloadFailed("the server sent data in a compression that is not read here")
    for name in reversed(names):
        if looks_like_picture(data):
            return data
        try:
            data = _DECODERS[name](data, max_bytes)
        except zlib.error as error:
            raise DownloadFailed("the compressed data of the server is broken") from error
        except OverflowError:
            raise InputTooLarge(f"the file is larger than {max_bytes} bytes when it is unpacked") from None
    return data


def _gunzip(data: bytes, max_bytes: int) -> bytes:
    """All members of a gzip file, one after another; what follows them is no part of it."""
    made = bytearray()
    while data.startswith(_GZIP) or not made:
        part, data = _inflate(data, _EITHER, max_bytes - len(made))
        made += part
        if not part and not data.startswith(_GZIP):
            break
    return bytes(made)


def _undeflate(data: bytes, max_bytes: int) -> bytes:
    """As the standard has it, in zlib's wrapping; or bare, as many servers have it."""
    try:
        return _inflate(data, _EITHER, max_bytes)[0]
    except zlib.error:
        return _inflate(data, _BARE, max_bytes)[0]


def _inflate(data: bytes, kind: int, max_bytes: int) -> tuple[bytes, bytes]:
    """What was packed, and the bytes behind it. Raises `OverflowError` before more than `max_bytes`."""
    stream = zlib.decompressobj(kind)
    made = stream.decompress(data, max_bytes + 1)
    if len(made) > max_bytes:
        raise OverflowError
    if not stream.eof:
        raise DownloadFailed("the download broke off")
    return made, stream.unused_data


_DECODERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
}
