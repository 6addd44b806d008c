"""What of a picture's metadata has no place in a file of another format, by name, for the recipe."""

from collections.abc import Iterator

from cleanplate.codecs.codec import Capacity
from cleanplate.codecs.codec_table import CODECS
from cleanplate.metadata import dropped_metadata as names
from cleanplate.metadata.exif_reading import described_tags
from cleanplate.metadata.png_words import chunk_text
from cleanplate.metadata.resolution_in_exif import says_resolution
from cleanplate.metadata.text_to_exif import words_for_exif
from cleanplate.pixels.types import Chunk, Format, Origin


def lost_metadata(origin: Origin, chosen: Format) -> tuple[str, ...]:
    """Names for what `encoding.encode` leaves out of a file of that format; each once."""
    return tuple(dict.fromkeys(_lost(origin, CODECS[chosen].capacity)))


def _lost(origin: Origin, capacity: Capacity) -> Iterator[str]:
    if origin.exif and not capacity.has_room_for(origin.exif):
        yield names.EXIF
    if capacity.exif_tags is not None:
        yield from (names.exif_tag(tag) for tag in sorted(described_tags(origin.exif) - capacity.exif_tags))
    if origin.xmp and not capacity.has_room_for_xmp(origin.xmp):
        yield names.XMP
    if not capacity.text_chunks:
        # An EXIF block of the file's own is not rebuilt for words
        kept = {} if origin.exif else words_for_exif(origin.text_chunks)
        yield from (_name(chunk) for chunk in origin.text_chunks if _words(chunk) not in kept.values())
    own = origin.exif
    if origin.dpi and own and not capacity.resolution and not says_resolution(own, origin.dpi):
        yield names.RESOLUTION


def _name(chunk: Chunk) -> str:
    return names.PNG_TIME if chunk[0] == b"tIME" else names.png_text(_keyword(chunk))


def _words(chunk: Chunk) -> tuple[str, str | None]:
    return _keyword(chunk), chunk_text(chunk[0], chunk[1].partition(b"\0")[2])


def _keyword(chunk: Chunk) -> str:
    return chunk[1].partition(b"\0")[0].decode("latin-1")[:79]
