"""A BMP with opacity: four bytes a pixel, and a header that says what they are.

Source: BITMAPV4HEADER of Windows GDI.
"""

import struct
from typing import cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.stored_raster import StoredRaster

_HEADER_BYTES, _BEFORE_BYTES = 108, 14
_FIELDS = 3
_MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
_SRGB = b"BGRs"
_INCHES_IN_METRE = 39.3701


def write_with_opacity(raster: StoredRaster) -> bytes:
    """The bytes of a file. Colours of clear pixels stay what they are.

    Args:
        raster: (H, W, 2) grey or (H, W, 4) RGB of 8 bits, the last channel is opacity.
    """
    pixels = _pixels(cast(NDArray[np.uint8], raster.samples))
    height, width = pixels.shape[:2]
    offset = _BEFORE_BYTES + _HEADER_BYTES
    dots = [round(value * _INCHES_IN_METRE) for value in raster.metadata.dpi or (0, 0)]
    before = struct.pack("<2sIHHI", b"BM", offset + pixels.nbytes, 0, 0, offset)
    info = struct.pack(
        "<IiiHHIIiiII", _HEADER_BYTES, width, height, 1, 32, _FIELDS, pixels.nbytes, *dots, 0, 0
    )
    header = (info + struct.pack("<4I4s", *_MASKS, _SRGB)).ljust(_HEADER_BYTES, b"\0")
    return b"".join([before, header, pixels[::-1].tobytes()])


def _pixels(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) blue, green, red, opacity."""
    order = [0, 0, 0, 1] if samples.shape[2] == 2 else [2, 1, 0, 3]  # noqa: PLR2004 - grey
    return samples[..., order]
