"""A text that a PNG carries under a keyword, read without decoding the picture.

Source: W3C PNG, 5.3 (chunks), 11.3.3 (tEXt, zTXt, iTXt).
"""

import zlib
from typing import Final

MOST_TEXT_BYTES: Final = 1 << 13
"""Of one text; a longer one is no words about a picture, and EXIF has one block for all."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KINDS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_MOST_CHUNKS: Final = 4096
_MOST_BYTES: Final = 2**16
_COMPRESSED: Final = 1
_AROUND: Final = 12
"""Length, name and sum of a chunk."""


def png_text(data: bytes, keyword: str) -> str:
    """The first such text before the end of the file; "" where there is none that can be read, or no PNG."""
    at = len(_SIGNATURE) if data.startswith(_SIGNATURE) else len(data)
    for _ in range(_MOST_CHUNKS):
        if at + _AROUND > len(data):
            break
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if name in _KINDS and size <= _MOST_BYTES:
            found, _, rest = data[at + 8 : at + 8 + size].partition(b"\0")
            if found == keyword.encode("latin-1"):
                return chunk_text(name, rest) or ""
        at += _AROUND + size
    return ""


def chunk_text(kind: bytes, rest: bytes) -> str | None:
    """What follows the keyword in a chunk of text; None when it is broken."""
    try:
        if kind == b"tEXt":
            return rest.decode("latin-1")
        if kind == b"zTXt":
            return _inflate(rest[1:]).decode("latin-1")
        if kind == b"iTXt":
            words = rest[2:].split(b"\0", 2)[2]  # behind language and translated keyword
            return (_inflate(words) if rest[0] == _COMPRESSED else words).decode()
    except (zlib.error, UnicodeDecodeError, IndexError):
        pass
    return None


def _inflate(data: bytes) -> bytes:
    return zlib.decompressobj().decompress(data, MOST_TEXT_BYTES + 1)
