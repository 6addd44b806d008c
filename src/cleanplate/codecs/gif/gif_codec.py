"""GIF files: Pillow decodes them, none is written."""

from dataclasses import replace
from io import BytesIO
from typing import cast

import numpy as np
from PIL.GifImagePlugin import GifImageFile

from cleanplate.codecs.codec import Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.gif.gif_integrity import GifFrame, check_gif
from cleanplate.codecs.pillow_reading import check_still, decode_with_pillow
from cleanplate.pixels.types import Samples


def read_gif(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the one picture."""
    image = check_still(GifImageFile(BytesIO(data)), "gif", check)
    frame = check_gif(data)
    raster = decode_with_pillow(image, "gif")
    raster = replace(raster, origin=replace(raster.origin, lossless=True))
    return raster if frame.covers else _clear_outside(raster, frame)


def _clear_outside(raster: DecodedRaster, frame: GifFrame) -> DecodedRaster:
    """A picture that covers a part of its canvas: what lies outside is clear."""
    there = np.zeros(raster.values.shape[:2], np.uint8)
    there[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width] = 255
    opacity = there if raster.opacity is None else cast(Samples, np.minimum(there, raster.opacity))
    return replace(raster, opacity=opacity, native=None)


GIF = Codec(
    name="gif",
    media_type="image/gif",
    suffixes=(".gif",),
    matches=lambda data: data.startswith((b"GIF87a", b"GIF89a")),
    read=read_gif,
)
