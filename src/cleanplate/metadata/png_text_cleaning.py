"""Text chunks of a PNG without pictures in them.

Format: PNG specification, third edition, 11.3.3.
"""

import zlib
from dataclasses import dataclass

from cleanplate.metadata import dropped_metadata as names
from cleanplate.metadata.embedded_pictures import holds_picture, inflate, without_encoded_pictures
from cleanplate.pixels.types import Chunk

_COMPRESSED = 1
_PROFILE = "Raw profile type"
_TIME_BYTES = 7


@dataclass(frozen=True, slots=True)
class _Text:
    """`head` is all that stands before the words, keyword included."""

    head: bytes
    words: bytes
    compressed: bool


def clean_text_chunk(chunk: Chunk) -> tuple[Chunk | None, str]:
    """The chunk as it can stay, and a name for what is gone of it: "" where that is nothing.

    Words that spell a picture in base64 are cut out of the text. None for a chunk that is broken, or holds a
    picture in any other way.
    """
    kind, content = chunk
    if kind == b"tIME":
        return (chunk, "") if len(content) == _TIME_BYTES else (None, names.name_broken(names.PNG_TIME))
    keyword = content.partition(b"\0")[0].decode("latin-1")[:79]
    name = names.name_picture_in(names.png_text(keyword))
    text = _read(kind, content)
    if text is None or holds_picture(text.head):
        return None, name
    if not holds_picture(text.words):
        return chunk, ""
    kept = without_encoded_pictures(text.words)
    if kept == text.words or keyword.startswith(_PROFILE) or holds_picture(kept):
        return None, name
    return (kind, text.head + (zlib.compress(kept) if text.compressed else kept)), name


def _read(kind: bytes, content: bytes) -> _Text | None:
    """None for what cannot be read, or is longer than any text."""
    keyword, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return _Text(keyword + b"\0", rest, compressed=False)
    if kind == b"zTXt":
        return _inflate(keyword + b"\0" + rest[:1], rest[1:])
    parts = rest[2:].split(b"\0", 2)
    if len(parts) != 3:  # noqa: PLR2004 - language, translated keyword, words
        return None
    head = content[: len(content) - len(parts[2])]
    if rest[0] == _COMPRESSED:
        return _inflate(head, parts[2])
    return _Text(head, parts[2], compressed=False)


def _inflate(head: bytes, data: bytes) -> _Text | None:
    words = inflate(data)
    return None if words is None else _Text(head, words, compressed=True)
