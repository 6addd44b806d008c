"""The one place where all that a file carried beside its pixels is made fit for an edited picture."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from cleanplate.metadata.exif_cleaning import cleaned_exif
from cleanplate.metadata.png_text_cleaning import cleaned_chunk
from cleanplate.metadata.xmp_cleaning import cleaned_xmp
from cleanplate.pixels.types import Chunk, Origin

_Clean: TypeAlias = Callable[[bytes], tuple[bytes | None, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What may be written, and names for what may not, each once, such as "EXIF thumbnail"."""

    origin: Origin
    dropped: tuple[str, ...]


def cleaned(origin: Origin) -> Cleaned:
    """`origin` without any picture of how things were, and without words that promise one.

    Gone are thumbnails, previews and whatever holds a picture, however it is spelled. Orientation, camera,
    places, authors, titles, resolution and profile stay; blocks without pictures stay byte for byte.
    """
    exif, from_exif = _block(cleaned_exif, origin.exif)
    xmp, from_xmp = _block(cleaned_xmp, origin.xmp)
    text, from_text = _texts(origin.text)
    dropped = tuple(dict.fromkeys((*origin.beside, *from_exif, *from_xmp, *from_text)))
    return Cleaned(replace(origin, exif=exif, xmp=xmp, text=text, beside=()), dropped)


def _block(clean: _Clean, block: bytes | None) -> tuple[bytes | None, tuple[str, ...]]:
    return clean(block) if block else (block, ())


def _texts(chunks: tuple[Chunk, ...]) -> tuple[tuple[Chunk, ...], list[str]]:
    results = [cleaned_chunk(chunk) for chunk in chunks]
    kept = tuple(chunk for chunk, _ in results if chunk is not None)
    return kept, [name for _, name in results if name]
