"""Words about a picture: from the text chunks of a PNG to the EXIF that other formats have."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from PIL import Image

from cleanplate.metadata.exif_tags import ARTIST, COPYRIGHT, DESCRIPTION, EXIF_HEADER, SOFTWARE
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.pixels.types import Chunk

_TAGS: Mapping[str, int] = {
    "Comment": DESCRIPTION,
    "Title": DESCRIPTION,
    "Description": DESCRIPTION,
    "Author": ARTIST,
    "Copyright": COPYRIGHT,
    "Software": SOFTWARE,
}
"""EXIF tags by PNG keyword; the later of two with one tag wins."""
_MOST_BYTES = 1 << 13
"""Of one text; longer ones would not fit into the one block that a JPEG has for all."""
_COMPRESSED = 1


def text_to_exif(metadata: Metadata) -> Metadata:
    """The same, with those words in EXIF that have a tag there.

    Only for a file without an EXIF block of its own: its maker's notes would not survive a new one.
    """
    words = dict(_words(metadata.text_chunks))
    if not words:
        return metadata
    tags = Image.Exif()
    tags.load(metadata.exif or b"")
    for keyword, tag in _TAGS.items():
        if keyword in words:
            tags[tag] = words[keyword].encode()
    return replace(metadata, exif=EXIF_HEADER + tags.tobytes().removeprefix(EXIF_HEADER))


def _words(chunks: tuple[Chunk, ...]) -> Iterator[tuple[str, str]]:
    for kind, content in chunks:
        keyword, _, rest = content.partition(b"\0")
        text = _text(kind, rest) if keyword.decode("latin-1") in _TAGS else None
        if text and len(text.encode()) <= _MOST_BYTES:
            yield keyword.decode("latin-1"), text


def _text(kind: bytes, rest: bytes) -> str | None:
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
    return zlib.decompressobj().decompress(data, _MOST_BYTES + 1)
