"""Encode: pixels become the bytes of a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any, TypeAlias, cast

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cleanplate.errors import BadParameter, PictureSize
from cleanplate.imaging.composite import flatten, shallow
from cleanplate.imaging.deepfile import Samples, png16, tiff
from cleanplate.imaging.metadata import Metadata, bare, kept
from cleanplate.imaging.orientation import as_stored
from cleanplate.imaging.types import Format, Pixels

MEDIA_TYPES: Mapping[Format, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "heif": "image/heic",
}
SUFFIXES: Mapping[str, Format] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".bmp": "bmp",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".heic": "heif",
    ".heif": "heif",
}
WRITABLE: frozenset[Format] = frozenset({"jpeg", "png", "bmp", "webp", "tiff"})

_DEEP: frozenset[Format] = frozenset({"png", "tiff"})
_TRANSPARENT: frozenset[Format] = frozenset({"png", "tiff", "webp"})
_LARGEST_SIDE_PX: Mapping[Format, int] = {"jpeg": 65500, "webp": 16383}
_JPEG_BLOCK_BYTES = 65000
"""What surely fits into one JPEG segment beside its name (65533 bytes in all)."""
_PNG_LEVEL = 1  # level 6 takes 5 s for 4096 x 4096 px and saves a tenth


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """How to write a picture.

    Attributes:
        format: one of `WRITABLE`.
        upright: write the rows upright. False writes them as the original file stored them, with the EXIF
            tag that turns them; formats without EXIF (bmp) are upright in any case.
        metadata: keep EXIF (without its thumbnail), XMP and DPI. The ICC profile stays in any case.
        quality: 1..100, for JPEG, and for WEBP when the original was lossy.
    """

    format: Format
    upright: bool = False
    metadata: bool = True
    quality: int = 95


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Rows as they go into the file, and what goes with them."""

    samples: Samples
    metadata: Metadata
    lossless: bool
    quality: int


def format_of_suffix(suffix: str) -> Format:
    """The format to write for a file name's suffix, such as ".jpg"; case does not matter.

    Raises:
        BadParameter: an unknown suffix, or one that can be read but not written.
    """
    chosen = SUFFIXES.get(suffix.lower())
    if chosen is None or chosen not in WRITABLE:
        works = ", ".join(name for name, known in SUFFIXES.items() if known in WRITABLE)
        raise BadParameter(f"cannot write {suffix or 'a file without a suffix'}: use {works}")
    return chosen


def is_picture_name(name: str | PurePath) -> bool:
    """Whether a file of this name should be a picture that can be read."""
    return PurePath(name).suffix.lower() in SUFFIXES


def writable_name(name: str) -> str:
    """The same file name; with the suffix .png where its own format cannot be written."""
    path = PurePath(name)
    return name if SUFFIXES.get(path.suffix.lower()) in WRITABLE else str(path.with_suffix(".png"))


def encode(pixels: Pixels, options: EncodeOptions) -> bytes:
    """The bytes of one file.

    Grey stays grey, 16 bits stay 16 and opacity stays where the format can hold them; otherwise 16 bits
    are rounded to 8 and transparency is composited on white. A lossless format, `upright=False` and the
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
    return _WRITERS[options.format](_sheet(pixels, options))


def _sheet(pixels: Pixels, options: EncodeOptions) -> _Sheet:
    stored = pixels.origin.orientation
    orientation = 1 if options.upright or not _carries_exif(pixels, options) else stored
    choose = kept if options.metadata else bare
    return _Sheet(
        samples=_samples(pixels, options.format, orientation),
        metadata=choose(pixels.origin, orientation),
        lossless=pixels.origin.lossless,
        quality=options.quality,
    )


def _carries_exif(pixels: Pixels, options: EncodeOptions) -> bool:
    if options.format == "jpeg":
        return len(pixels.origin.exif or b"") <= _JPEG_BLOCK_BYTES
    return options.format != "bmp"


def _samples(pixels: Pixels, target: Format, orientation: int) -> Samples:
    """Rows in file order, with just the channels and the depth that the file will have."""
    if target not in _TRANSPARENT:
        pixels = flatten(pixels)
    values: Samples = pixels.rgb
    opacity = pixels.alpha
    if pixels.deep is not None and target in _DEEP:
        values = pixels.deep
    elif opacity is not None and opacity.dtype == np.uint16:
        opacity = shallow(cast(np.ndarray[Any, np.dtype[np.uint16]], opacity))
    if pixels.origin.grey:
        values = values[..., 0]
    if opacity is not None:
        values = cast(Samples, np.dstack([values, opacity]))
    return cast(Samples, np.ascontiguousarray(as_stored(values, orientation)))


def _png(sheet: _Sheet) -> bytes:
    if sheet.samples.dtype == np.uint16:
        return png16(cast(np.ndarray[Any, np.dtype[np.uint16]], sheet.samples), sheet.metadata)
    text = PngInfo()
    if sheet.metadata.xmp:
        text.add_itxt("XML:com.adobe.xmp", sheet.metadata.xmp.decode("utf-8", "replace"))
    return _save(sheet, "PNG", compress_level=_PNG_LEVEL, pnginfo=text, **_common(sheet.metadata))


def _jpeg(sheet: _Sheet) -> bytes:
    options = _common(sheet.metadata)
    for name in ("exif", "xmp"):
        if len(options.get(name, b"")) > _JPEG_BLOCK_BYTES:
            del options[name]
    return _save(sheet, "JPEG", quality=sheet.quality, subsampling=0, **options)


def _webp(sheet: _Sheet) -> bytes:
    options = _common(sheet.metadata)
    if sheet.lossless:
        # exact: colours under full transparency are values of the file too; quality is effort here
        return _save(sheet, "WEBP", lossless=True, exact=True, quality=20, method=1, **options)
    return _save(sheet, "WEBP", quality=sheet.quality, **options)


def _bmp(sheet: _Sheet) -> bytes:
    dpi = sheet.metadata.dpi
    return _save(sheet, "BMP", **({"dpi": dpi} if dpi else {}))


def _tiff(sheet: _Sheet) -> bytes:
    return tiff(sheet.samples, sheet.metadata)


_Writer: TypeAlias = Callable[[_Sheet], bytes]
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


def _save(sheet: _Sheet, name: str, **options: Any) -> bytes:
    out = BytesIO()
    Image.fromarray(sheet.samples).save(out, name, **options)
    return out.getvalue()
