"""The chunks of a PNG that are kept as they are: words, dates, and what colours mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cleanplate.metadata import dropped_metadata as names
from cleanplate.pixels.types import Chunk

_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_COLOUR: Final[Mapping[bytes, int]] = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4}
"""Bytes of each; any other number says nothing about colours, and could be anything."""
_XMP = b"XML:com.adobe.xmp\0"
_HIDDEN = b"Raw profile type "
_IPTC = b"Raw profile type iptc\0"
_MOST = 1000
_SIDE_DATA: Mapping[bytes, str] = {b"caBX": names.MANIFEST}


@dataclass(frozen=True, slots=True)
class KeptChunks:
    """Chunks in the file's order; see `Origin.text_chunks` and `Origin.colour_chunks`."""

    text: tuple[Chunk, ...]
    colour: tuple[Chunk, ...]


def kept_chunks(data: bytes) -> KeptChunks:
    """What to keep of a PNG that a decoder has found sound. At most the first thousand."""
    text, colour = list[Chunk](), list[Chunk]()
    for name, content in _chunks(data):
        if _COLOUR.get(name) == len(content):
            colour.append((name, content))
        elif name in _TEXT and len(text) < _MOST and not _has_field_of_its_own(content):
            text.append((name, content))
    # of each that says what colours mean a file has one
    return KeptChunks(tuple(text), tuple(dict(colour).items()))


def png_side_data(data: bytes) -> tuple[str, ...]:
    """Names for what is in the file apart from picture, EXIF, XMP, profile and words; each once."""
    found, position = list[str](), 8
    while position + 12 <= len(data):
        name = data[position + 4 : position + 8]
        if name in _SIDE_DATA:
            found.append(_SIDE_DATA[name])
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return tuple(dict.fromkeys(found))


def _has_field_of_its_own(content: bytes) -> bool:
    """Whether a text is a way to keep XMP, EXIF or a profile, which have fields of their own.

    Kept with those it would contradict them: another orientation, a thumbnail of the picture as it was.
    """
    hidden = content.startswith(_HIDDEN) and not content.startswith(_IPTC)
    return hidden or content.startswith(_XMP)


def _chunks(data: bytes) -> Iterator[Chunk]:
    """Name and content of the chunks that may be kept, up to the end of the picture."""
    position = 8
    while position + 12 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        name = data[position + 4 : position + 8]
        if name == b"IEND":
            return
        if name in _TEXT or name in _COLOUR:
            yield name, data[position + 8 : position + 8 + size]
        position += 12 + size
