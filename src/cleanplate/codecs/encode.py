"""Encode: pixels become the bytes of a file."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePath
from typing import Any, TypeAlias, cast

import numpy as np
from PIL import Image

from cleanplate.codecs.bmp.writer import bmp
from cleanplate.codecs.convert_for_format import suited
from cleanplate.codecs.encoded_raster import Sheet
from cleanplate.codecs.jpeg.header import NotSpliceable
from cleanplate.codecs.jpeg.splice import splice
from cleanplate.codecs.orientation import as_stored
from cleanplate.codecs.png.writer import furnished, png
from cleanplate.codecs.tiff.writer import tiff
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.metadata.blocks import Metadata, bare, kept
from cleanplate.metadata.cleaning import cleaned
from cleanplate.metadata.icc_cleaning import cleaned_icc
from cleanplate.metadata.text_to_exif import with_text_in_exif
from cleanplate.pixels.types import Format, Pixels, Rgb8, Samples

MEDIA_TYPES: Mapping[Format, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "heif": "image/heic",
    "avif": "image/avif",
    "gif": "image/gif",
}
SUFFIXES: Mapping[str, Format] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".jfi": "jpeg",
    ".pjpeg": "jpeg",
    ".pjp": "jpeg",
    ".png": "png",
    ".bmp": "bmp",
    ".dib": "bmp",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".heic": "heif",
    ".heif": "heif",
    ".hif": "heif",
    ".avif": "avif",
    ".gif": "gif",
}
_RARE = frozenset({".jpe", ".jfif", ".jfi", ".pjpeg", ".pjp", ".dib"})
"""Written as well, but nobody has to be told."""
_SUFFIX_OF: Mapping[Format, str] = {"jpeg": ".jpg", "bmp": ".bmp", "webp": ".webp", "tiff": ".tif"}
WRITABLE: frozenset[Format] = frozenset({"jpeg", "png", "bmp", "webp", "tiff"})

_LARGEST_SIDE_PX: Mapping[Format, int] = {"jpeg": 65500, "webp": 16383}
_JPEG_BLOCK_BYTES = 65000
"""What surely fits into one JPEG segment beside its name (65533 bytes in all)."""
_ICC_SPACE = slice(16, 20)
_PNG_LEVEL = 1  # level 6 takes 5 s for 4096 x 4096 px and saves a tenth


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """How to write a picture.

    Attributes:
        format: one of `WRITABLE`.
        upright: write the rows upright. False writes them as the original file stored them, with the EXIF
            tag that turns them; formats without EXIF (bmp) are upright in any case.
        metadata: keep EXIF, XMP, DPI and PNG text, without the pictures in them (`cleaning.origin`). What
            says how colours are meant (ICC profile; gAMA, cHRM, sRGB and cICP of a PNG) stays in any case.
        quality: 1..100, for WEBP when the original was lossy, and for JPEG when the original was none. A JPEG
            of a JPEG keeps the tables and the blocks of its source, and only changed blocks are made anew.
    """

    format: Format
    upright: bool = False
    metadata: bool = True
    quality: int = 95


def format_of_suffix(suffix: str) -> Format:
    """The format to write for a file name's suffix, such as ".jpg"; case does not matter.

    Raises:
        BadParameter: an unknown suffix, or one that can be read but not written.
    """
    chosen = SUFFIXES.get(suffix.lower())
    if chosen is None or chosen not in WRITABLE:
        works = ", ".join(name for name, known in SUFFIXES.items() if known in WRITABLE and name not in _RARE)
        raise BadParameter(f"cannot write {suffix or 'a file without a suffix'}: use {works}")
    return chosen


def is_picture_name(name: str | PurePath) -> bool:
    """Whether a file of this name should be a picture that can be read."""
    return PurePath(name).suffix.lower() in SUFFIXES


def writable_name(name: str, known: Format | None = None) -> str:
    """The same file name; with another suffix after it where its own names no format that can be written.

    Args:
        name: of the picture.
        known: the format of the picture, for a name that says nothing about it; .png where that is not known.
    """
    named = SUFFIXES.get(PurePath(name).suffix.lower())
    if named in WRITABLE:
        return name
    return name + (_SUFFIX_OF.get(known, ".png") if known and named is None else ".png")


def encode(pixels: Pixels, options: EncodeOptions) -> bytes:
    """The bytes of one file.

    The file's own samples are written where the format can hold them: 16 bits, a palette, CMYK, colours of a
    profile. Otherwise the sRGB view of them, in 8 bits and without that profile; transparency is composited
    on white where there is no room for it. Grey stays grey. A lossless format, `upright=False` and the
    original's own depth give back the stored values bit for bit.

    Raises:
        BadParameter: a format that can only be read.
        PictureSize: a side is longer than the format can hold.
    """
    if options.format not in WRITABLE:
        raise BadParameter(f"{options.format.upper()} can be read but not written")
    most = _LARGEST_SIDE_PX.get(options.format)
    if most and max(pixels.width, pixels.height) > most:
        raise PictureSize(f"{options.format.upper()} holds at most {most} px a side")
    quality = None if pixels.origin.lossless and options.format == "webp" else options.quality
    return _WRITERS[options.format](_sheet(pixels, options), quality)


def _sheet(pixels: Pixels, options: EncodeOptions) -> Sheet:
    pixels = suited(pixels, options.format)
    if options.metadata:
        pixels = replace(pixels, origin=cleaned(pixels.origin).origin)
    stored = pixels.origin.orientation
    orientation = 1 if options.upright or not _carries_exif(pixels, options) else stored
    choose = kept if options.metadata else bare
    metadata = choose(pixels.origin, orientation)
    if options.format != "png" and not pixels.origin.exif:
        metadata = with_text_in_exif(metadata)
    own = pixels.native
    return Sheet(
        samples=cast(Samples, np.ascontiguousarray(as_stored(_samples(pixels), orientation))),
        metadata=replace(metadata, icc=_profile(pixels)),
        cmyk=own is not None and own.space == "cmyk",
        palette=None if own is None else own.palette,
        jpeg=pixels.origin.jpeg if orientation == stored else None,
    )


def _carries_exif(pixels: Pixels, options: EncodeOptions) -> bool:
    if options.format == "jpeg":
        return len(pixels.origin.exif or b"") <= _JPEG_BLOCK_BYTES
    return options.format != "bmp"


def _profile(pixels: Pixels) -> bytes | None:
    """What describes the samples that are written; a profile of grey says nothing about colours."""
    own = pixels.native
    icc = own.icc if own is not None and own.icc else pixels.origin.icc
    grey_only = icc is not None and icc[_ICC_SPACE] == b"GRAY"
    return None if icc is None or (grey_only and not pixels.origin.grey) else cleaned_icc(icc) or None


def _samples(pixels: Pixels) -> Samples:
    if pixels.native is not None:
        values = pixels.native.samples
    else:
        values = pixels.rgb[..., 0] if pixels.origin.grey else pixels.rgb
    indexed = pixels.native is not None and pixels.native.palette is not None
    if pixels.alpha is None or indexed:  # a palette says itself what is clear
        return values
    return cast(Samples, np.dstack([values, pixels.alpha]))


def _png(sheet: Sheet, _quality: int | None) -> bytes:
    if sheet.palette is not None or sheet.samples.dtype == np.uint16:
        return png(sheet)
    return furnished(_save(sheet, "PNG", compress_level=_PNG_LEVEL), sheet.metadata)


def _jpeg(sheet: Sheet, quality: int | None) -> bytes:
    """The source with its changed blocks encoded anew; where that cannot be, every block."""
    if sheet.jpeg is not None and sheet.samples.dtype == np.uint8:
        with suppress(NotSpliceable):
            return splice(sheet.jpeg, cast(Rgb8, sheet.samples), metadata=sheet.metadata)
    options = _common(sheet.metadata)
    for name in ("exif", "xmp"):
        if len(options.get(name, b"")) > _JPEG_BLOCK_BYTES:
            del options[name]
    return _save(sheet, "JPEG", quality=quality, subsampling=0, **options)


def _webp(sheet: Sheet, quality: int | None) -> bytes:
    options = _common(sheet.metadata)
    if quality is None:
        # exact: colours under full transparency are values of the file too; quality is effort here
        return _save(sheet, "WEBP", lossless=True, exact=True, quality=20, method=1, **options)
    return _save(sheet, "WEBP", quality=quality, **options)


def _bmp(sheet: Sheet, _quality: int | None) -> bytes:
    if sheet.samples.ndim == 3 and sheet.samples.shape[2] in (2, 4):  # noqa: PLR2004 - with opacity
        return bmp(sheet)
    return _save(sheet, "BMP", dpi=sheet.metadata.dpi or (0, 0))  # else Pillow makes one up


def _tiff(sheet: Sheet, _quality: int | None) -> bytes:
    return tiff(sheet)


_Writer: TypeAlias = Callable[[Sheet, int | None], bytes]
"""The second is the quality, 1..100; None where it is lossless."""
_WRITERS: Mapping[Format, _Writer] = {
    "png": _png,
    "jpeg": _jpeg,
    "webp": _webp,
    "bmp": _bmp,
    "tiff": _tiff,
}


def _common(metadata: Metadata) -> dict[str, Any]:
    """The blocks there are, by Pillow's names."""
    blocks = {
        "icc_profile": metadata.icc,
        "exif": metadata.exif,
        "xmp": metadata.xmp,
        "dpi": metadata.dpi,
    }
    return {name: block for name, block in blocks.items() if block}


def _save(sheet: Sheet, name: str, **options: Any) -> bytes:
    out = BytesIO()
    _image(sheet).save(out, name, **options)
    return out.getvalue()


def _image(sheet: Sheet) -> Image.Image:
    if sheet.cmyk:
        height, width = sheet.samples.shape[:2]
        return Image.frombuffer("CMYK", (width, height), cast(Any, sheet.samples), "raw", "CMYK", 0, 1)
    if sheet.palette is not None and sheet.palette.fixed:
        return Image.fromarray(sheet.samples > 0)
    image = Image.fromarray(sheet.samples)
    if sheet.palette is not None:
        image.putpalette(sheet.palette.entries.tobytes())
    return image
