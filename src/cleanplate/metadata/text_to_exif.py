"""Words about a picture: from the text chunks of a PNG to the EXIF that other formats have."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from PIL import Image

from cleanplate.metadata.exif_tags import ARTIST, COPYRIGHT, DESCRIPTION, EXIF_HEADER, SOFTWARE
from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.metadata.png_words import MOST_TEXT_BYTES, chunk_text
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


def text_to_exif(metadata: Metadata) -> Metadata:
    """The same, with those words in EXIF that have a tag there.

    Only for a file without an EXIF block of its own: its maker's notes would not survive a new one.
    """
    words = words_for_exif(metadata.text_chunks)
    if not words:
        return metadata
    tags = Image.Exif()
    tags.load(metadata.exif or b"")
    for tag, (_, text) in words.items():
        tags[tag] = text.encode()
    return replace(metadata, exif=EXIF_HEADER + tags.tobytes().removeprefix(EXIF_HEADER))


def words_for_exif(chunks: tuple[Chunk, ...]) -> dict[int, tuple[str, str]]:
    """Keyword and text by the EXIF tag that they go to; no other words are kept."""
    words = dict(_words(chunks))
    return {tag: (keyword, words[keyword]) for keyword, tag in _TAGS.items() if keyword in words}


def _words(chunks: tuple[Chunk, ...]) -> Iterator[tuple[str, str]]:
    for kind, content in chunks:
        keyword, _, rest = content.partition(b"\0")
        text = chunk_text(kind, rest) if keyword.decode("latin-1") in _TAGS else None
        if text and len(text.encode()) <= MOST_TEXT_BYTES:
            yield keyword.decode("latin-1"), text
