"""Raster: the samples of a file as its decoder gives them, upright, with what the file was.

Pixels come first, all of them, and an error there is the end: no metadata is read before.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any, TypeAlias, cast

import numpy as np
from PIL import Image, features
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from cleanplate.codecs.bmp.damage import check_bmp
from cleanplate.codecs.bmp.reader import bmp_header, samples_of
from cleanplate.codecs.concurrent_check import alongside
from cleanplate.codecs.container_damage import check_boxes, check_webp
from cleanplate.codecs.decoder_samples import SUPPORTED, Values, cmyk, deep, plain
from cleanplate.codecs.gif_damage import GifFrame, check_gif
from cleanplate.codecs.jpeg.damage import check_jpeg, refuse_unsupported, with_end
from cleanplate.codecs.jpeg.header import read_header
from cleanplate.codecs.orientation import upright
from cleanplate.codecs.palette_indices import indexed
from cleanplate.codecs.png.chunks import Kept, kept_chunks
from cleanplate.codecs.png.damage import check_png
from cleanplate.codecs.sniff import webp_lossless, webp_size
from cleanplate.codecs.suppressed_warnings import no_warnings
from cleanplate.codecs.tiff.damage import check_tiff
from cleanplate.codecs.tiff.pages import picture_page
from cleanplate.errors import BadInput, NotAPicture
from cleanplate.metadata.exif_reading import exif_of
from cleanplate.metadata.side_data import beside
from cleanplate.pixels.types import Format, Native, Origin, Samples

SizeCheck: TypeAlias = Callable[[int, int], None]
"""Called with width and height before anything is decoded; raises `BadInput` when they are refused."""

_COMPRESSION, _RESOLUTION = 0x103, 0x11A
_PNG_BITS, _DEEP = 24, 16
"""Where a PNG has its bits a channel, and how many Pillow would cut."""
_LOSSY_TIFF = frozenset({6, 7, 50001})
_SANE_DPI = (1.0, 30000.0)

# Pillow's classes themselves are called, not Image.open: its limit on pixels is global, ours are rules.
# JpegImageFile and not its factory: of a phone's several pictures in one JPEG the first is meant.


@dataclass(frozen=True, slots=True)
class Raster:
    """One decoded picture, upright.

    Attributes:
        values: (H, W) grey or (H, W, 3) RGB, uint8 or uint16; the array may be read-only.
        opacity: (H, W) of the same type, or None when the file has none.
        origin: what the file was; `icc` is whatever profile it has.
        native: samples of a kind that `values` is only a view of: indices, or CMYK.
    """

    values: Samples
    opacity: Samples | None
    origin: Origin
    native: Native | None = None


def read_raster(data: bytes, known: Format, check: SizeCheck) -> Raster:
    """Decode a file whose format is known.

    Raises:
        BadInput: what `check` raised.
        NotAPicture: broken, animated, of several pages, or of a kind that is not supported.
    """
    try:
        with no_warnings():
            return _READERS[known](data, check)
    except BadInput:
        raise
    except (
        Exception
    ) as error:  # decoders raise anything for a broken file, up to struct.error and MemoryError
        raise NotAPicture(
            f"this {known.upper()} is broken or incomplete", log=f"{known}: {type(error).__name__}: {error}"
        ) from error


def _still(image: ImageFile, known: Format, check: SizeCheck) -> ImageFile:
    """The opened file, if it is one picture of a size that is accepted; it is not decoded yet.

    Raises:
        BadInput: what `check` raised.
        NotAPicture: it is animated.
    """
    check(*image.size)
    _refuse_several(image, known)
    return image


def _loaded(image: ImageFile, data: bytes, known: Format, *, unturned: ImageFile | None = None) -> Raster:
    """A picture's samples, and then what else the file says.

    Args:
        unturned: the same picture opened again, where loading it takes a tag away.
    """
    image.load()
    found = deep(image, data, known)
    values, opacity = found or plain(image)
    native = None if found else _native(image, data, known)
    origin = _origin(unturned or image, known, data)
    # Pillow and OpenCV turn a TIFF by themselves, and nothing else
    orientation = 1 if known == "tiff" else origin.orientation
    return _turned(Raster(values, opacity, origin, native), orientation)


def _read_jpeg(data: bytes, check: SizeCheck) -> Raster:
    refuse_unsupported(data)
    check(*JpegImageFile(BytesIO(data)).size)
    header = read_header(data)
    whole = with_end(data, header)
    with alongside(partial(check_jpeg, data, header)):
        return _loaded(JpegImageFile(BytesIO(whole)), whole, "jpeg")


def _read_png(data: bytes, check: SizeCheck) -> Raster:
    image = _still(PngImageFile(BytesIO(data)), "png", check)
    if data[_PNG_BITS] == _DEEP:
        check_png(data)  # before it is decoded, for OpenCV tells standard error of damage
        return _loaded(image, data, "png")
    with alongside(partial(check_png, data)):
        return _loaded(image, data, "png")


def _read_avif(data: bytes, check: SizeCheck) -> Raster:
    if not features.check("avif"):  # some builds of Pillow go without
        raise NotAPicture("AVIF cannot be read by this installation of Pillow")
    image = _still(AvifImageFile(BytesIO(data)), "avif", check)
    check_boxes(data)
    return _loaded(image, data, "avif")


def _read_webp(data: bytes, check: SizeCheck) -> Raster:
    check(*webp_size(data))  # its decoder reserves memory for the canvas as soon as it is made
    check_webp(data)
    return _loaded(_still(WebPImageFile(BytesIO(data)), "webp", check), data, "webp")


def _read_tiff(data: bytes, check: SizeCheck) -> Raster:
    page = picture_page(data)
    image, again = _tiff_page(data, page.number), _tiff_page(data, page.number)
    check(*image.size)
    # before it is decoded, for libtiff tells standard error of each row that is broken
    check_tiff(again, data, page.tags)
    return _loaded(image, data, "tiff", unturned=again)


def _tiff_page(data: bytes, page: int) -> TiffImageFile:
    try:
        image = TiffImageFile(BytesIO(data))
        if page:
            image.seek(page)
    except SyntaxError as error:
        if "pixel mode" not in str(error):
            raise
        raise NotAPicture(f"TIFF with samples of this kind is not supported, {SUPPORTED}") from error
    return image


def _read_gif(data: bytes, check: SizeCheck) -> Raster:
    image = _still(GifImageFile(BytesIO(data)), "gif", check)
    frame = check_gif(data)
    raster = _loaded(image, data, "gif")
    return raster if frame.covers else _alone(raster, frame)


def _alone(raster: Raster, frame: GifFrame) -> Raster:
    """A picture that covers a part of its canvas: what lies outside is clear."""
    there = np.zeros(raster.values.shape[:2], np.uint8)
    there[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width] = 255
    opacity = there if raster.opacity is None else cast(Samples, np.minimum(there, raster.opacity))
    return replace(raster, opacity=opacity, native=None)


def _read_bmp(data: bytes, check: SizeCheck) -> Raster:
    header = bmp_header(data)
    check(header.width, header.height)
    check_bmp(data, header)
    if header.bits in (16, 32) and (header.may_be_clear or any(header.masks)):
        values: Values = samples_of(data, header)
        return _turned(Raster(*values, Origin(format="bmp", dpi=_dpi(header.dpi))), 1)
    return _loaded(BmpImageFile(BytesIO(data)), data, "bmp")


def _read_heif(data: bytes, check: SizeCheck) -> Raster:
    # here, because its library takes a while to load and few send HEIF; it ships no types
    from pi_heif import open_heif  # type: ignore[import-untyped]

    file = open_heif(BytesIO(data))
    check(*file.size)
    check_boxes(data)
    image = file.to_pillow()
    # libheif has turned the picture, and pi_heif has set the EXIF tag to match
    origin = replace(_origin(image, "heif", data), orientation=1)
    return _turned(Raster(*plain(image), origin), 1)


_READERS: Mapping[Format, Callable[[bytes, SizeCheck], Raster]] = {
    "jpeg": _read_jpeg,
    "png": _read_png,
    "webp": _read_webp,
    "tiff": _read_tiff,
    "gif": _read_gif,
    "bmp": _read_bmp,
    "heif": _read_heif,
    "avif": _read_avif,
}


def _turned(raster: Raster, orientation: int) -> Raster:
    opacity, native = raster.opacity, raster.native
    return Raster(
        values=upright(raster.values, orientation),
        opacity=None if opacity is None else upright(opacity, orientation),
        origin=replace(raster.origin, grey=raster.values.ndim == 2),  # noqa: PLR2004 - (H, W)
        native=None if native is None else replace(native, samples=upright(native.samples, orientation)),
    )


def _native(image: ImageFile, data: bytes, known: Format) -> Native | None:
    """Indices or CMYK, as they are in the file; None for any other kind."""
    if image.mode == "CMYK":
        return cmyk(image)
    if image.mode in ("P", "1"):
        return indexed(image, bits=data[24] if known == "png" else None)
    return None


def _refuse_several(image: ImageFile, known: Format) -> None:
    if getattr(image, "n_frames", 1) > 1:
        raise NotAPicture(f"this {known.upper()} has several frames (it is animated), send one still picture")


# --- what the file was -------------------------------------------------------------------------------------


def _origin(image: Image.Image, known: Format, data: bytes) -> Origin:
    exif, orientation = exif_of(image, known)
    chunks = kept_chunks(data) if known == "png" else Kept((), ())
    return Origin(
        format=known,
        lossless=_lossless(image, known, data),
        orientation=orientation,
        icc=_block(image, "icc_profile"),
        exif=exif,
        xmp=_block(image, "xmp"),
        dpi=_dpi(image.info.get("dpi")) if _says_dpi(image) else None,
        text=chunks.text,
        beside=beside(data, known),
        gamma=chunks.gamma,
        jpeg=data if known == "jpeg" else None,
    )


def _lossless(image: Image.Image, known: Format, data: bytes) -> bool:
    if known == "webp":
        return webp_lossless(data)
    if isinstance(image, TiffImageFile):
        return image.tag_v2.get(_COMPRESSION) not in _LOSSY_TIFF
    return known in ("png", "bmp", "gif")


def _block(image: Image.Image, name: str) -> bytes | None:
    block = image.info.get(name)
    return block if isinstance(block, bytes) and block else None


def _says_dpi(image: Image.Image) -> bool:
    """Whether a resolution is in the file: Pillow makes one up for a TIFF."""
    return not isinstance(image, TiffImageFile) or _RESOLUTION in image.tag_v2


def _dpi(said: Any) -> tuple[float, float] | None:
    """Dots per inch; a value that no file format could hold again is dropped."""
    try:
        x, y = (float(value) for value in said)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    low, high = _SANE_DPI
    return (x, y) if all(math.isfinite(v) and low <= v <= high for v in (x, y)) else None
