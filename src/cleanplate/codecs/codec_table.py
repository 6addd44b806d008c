"""The table of all formats, and what is looked up in it: by signature, by suffix, by name."""

from collections.abc import Mapping
from pathlib import PurePath

from cleanplate.codecs.bmp.bmp_codec import BMP
from cleanplate.codecs.codec import Codec
from cleanplate.codecs.gif.gif_codec import GIF
from cleanplate.codecs.heif.avif_codec import AVIF
from cleanplate.codecs.heif.heif_codec import HEIF
from cleanplate.codecs.jpeg.jpeg_codec import JPEG
from cleanplate.codecs.png.png_codec import PNG
from cleanplate.codecs.tiff.tiff_codec import TIFF
from cleanplate.codecs.webp.webp_codec import WEBP
from cleanplate.errors import BadParameter
from cleanplate.pixels.types import Format

CODECS: Mapping[Format, Codec] = {
    codec.name: codec for codec in (JPEG, PNG, BMP, WEBP, TIFF, HEIF, AVIF, GIF)
}
MEDIA_TYPES: Mapping[Format, str] = {name: codec.media_type for name, codec in CODECS.items()}
WRITABLE: frozenset[Format] = frozenset(name for name, codec in CODECS.items() if codec.write is not None)

_BY_SUFFIX: Mapping[str, Codec] = {
    suffix: codec for codec in CODECS.values() for suffix in (*codec.suffixes, *codec.rare_suffixes)
}
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"8BPS", "Photoshop"),
    (b"<svg", "SVG"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
)


def sniff(data: bytes) -> Format | None:
    """The format by its signature, whatever name or media type came with it."""
    return next((codec.name for codec in CODECS.values() if codec.matches(data)), None)


def foreign_name(data: bytes) -> str | None:
    """The name of a picture format that Cleanplate does not read, for a clearer message."""
    return next((name for signature, name in _FOREIGN if data.startswith(signature)), None)


def format_of_suffix(suffix: str) -> Format:
    """The format to write for a file name's suffix, such as ".jpg"; case does not matter.

    Raises:
        BadParameter: an unknown suffix, or one that can be read but not written.
    """
    codec = _BY_SUFFIX.get(suffix.lower())
    if codec is None or codec.write is None:
        works = ", ".join(name for known in CODECS.values() if known.write for name in known.suffixes)
        raise BadParameter(f"cannot write {suffix or 'a file without a suffix'}: use {works}")
    return codec.name


def is_picture_name(name: str | PurePath) -> bool:
    """Whether a file of this name should be a picture that can be read."""
    return PurePath(name).suffix.lower() in _BY_SUFFIX


def writable_name(name: str, known: Format | None = None) -> str:
    """The same file name; with another suffix after it where its own names no format that can be written.

    Args:
        name: of the picture.
        known: the format of the picture, for a name that says nothing about it; .png where that is not known.
    """
    named = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    if named is not None and named.write is not None:
        return name
    wanted = CODECS[known] if known and named is None else PNG
    return name + (wanted if wanted.write is not None else PNG).suffixes[0]
