"""What Pillow says of an opened file, the same for every format: samples first, metadata after them.

Pillow's classes themselves are called, not `Image.open`: its limit on pixels is global, ours are rules.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

from PIL import Image
from PIL.ImageFile import ImageFile

from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.codecs.decoder_samples import cmyk_samples, plain_samples
from cleanplate.codecs.palette_indices import palette_samples
from cleanplate.errors import NotAPicture
from cleanplate.metadata.exif_reading import embedded_exif, read_exif
from cleanplate.pixels.types import Format, Native, Origin

_File = TypeVar("_File", bound=ImageFile)
_SANE_DPI = (1.0, 30000.0)


def check_still(image: _File, known: Format, check: SizeCheck) -> _File:
    """The opened file, if it is one picture of a size that is accepted; it is not decoded yet.

    Raises:
        BadInput: what `check` raised.
        NotAPicture: it is animated.
    """
    check(*image.size)
    if getattr(image, "n_frames", 1) > 1:
        raise NotAPicture(f"this {known.upper()} has several frames (it is animated), send one still picture")
    return image


def decode_with_pillow(image: ImageFile, known: Format) -> DecodedRaster:
    """A picture's samples, upright, and then what else Pillow finds in the file."""
    image.load()
    values, opacity = plain_samples(image)
    native = native_samples(image)
    origin = read_origin(image, known)
    return turn_upright(DecodedRaster(values, opacity, origin, native), origin.orientation)


def native_samples(image: ImageFile, *, index_bits: int | None = None) -> Native | None:
    """Indices or CMYK of a loaded picture, as they are in the file; None for any other kind.

    Args:
        index_bits: of an index in the file, where it is known.
    """
    if image.mode == "CMYK":
        return cmyk_samples(image)
    return palette_samples(image, bits=index_bits) if image.mode in ("P", "1") else None


def read_origin(
    image: Image.Image,
    known: Format,
    *,
    exif: Callable[[Image.Image], bytes | None] = embedded_exif,
    has_dpi: bool = True,
) -> Origin:
    """What a loaded file was, of a lossy format; what only one format has is left to its own reader.

    Args:
        exif: finds the EXIF block; what it raises counts as no block.
        has_dpi: whether a resolution is in the file: Pillow makes one up for some.
    """
    block, orientation = read_exif(image, exif)
    return Origin(
        format=known,
        lossless=False,
        orientation=orientation,
        icc=_block(image, "icc_profile"),
        exif=block,
        xmp=_block(image, "xmp"),
        dpi=sane_dpi(image.info.get("dpi")) if has_dpi else None,
    )


def sane_dpi(value: Any) -> tuple[float, float] | None:
    """Dots per inch, (x, y); None for a value that no file format could hold again."""
    try:
        x, y = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    low, high = _SANE_DPI
    return (x, y) if all(math.isfinite(v) and low <= v <= high for v in (x, y)) else None


def _block(image: Image.Image, name: str) -> bytes | None:
    block = image.info.get(name)
    return block if isinstance(block, bytes) and block else None
