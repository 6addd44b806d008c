"""The one place where a file's metadata is made fit for an edited picture."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from cleanplate.metadata.exif_cleaning import clean_exif
from cleanplate.metadata.png_text_cleaning import clean_text_chunk
from cleanplate.pixels.types import Chunk, Origin

_Clean: TypeAlias = Callable[[bytes], tuple[bytes | None, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class CleanMetadata:
    """What may be written, and names for what may not, each once, such as "EXIF thumbnail"."""

    origin: Origin
    dropped: tuple[str, ...]


def clean_metadata(origin: Origin) -> CleanMetadata:
    """`origin` without any picture of how things were, and without words that promise one.

    Gone are thumbnails, previews and whatever holds a picture, however it is spelled. Orientation, camera,
    places, authors, titles, resolution and profile stay; blocks without pictures stay byte for byte.
    """
    if origin.metadata_clean:
        return CleanMetadata(origin, ())
    exif, from_exif = _block(clean_exif, origin.exif)
    xmp, from_xmp = _block(_clean_xmp, origin.xmp)
    text, from_text = _texts(origin.text_chunks)
    dropped = tuple(dict.fromkeys((*origin.side_data, *from_exif, *from_xmp, *from_text)))
    origin = replace(origin, exif=exif, xmp=xmp, text_chunks=text, side_data=(), metadata_clean=True)
    return CleanMetadata(origin, dropped)


def _clean_xmp(packet: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    from cleanplate.metadata.xmp_cleaning import (
        clean_xmp,
    )  # few pictures have any, and it brings parsers along

    return clean_xmp(packet)


def _block(clean: _Clean, block: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    return clean(block) if block else (block, ())


def _texts(chunks: tuple[Chunk, ...]) -> tuple[tuple[Chunk, ...], list[str]]:
    results = [clean_text_chunk(chunk) for chunk in chunks]
    kept = tuple(chunk for chunk, _ in results if chunk is not None)
    return kept, [name for _, name in results if name]
