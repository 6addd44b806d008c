"""JPEGs as the intake has them."""

import io

import numpy as np
from PIL import Image

from cleanplate.pixels.types import Origin, Pixels, Rgb8


def as_jpeg(rgb: Rgb8, quality: int) -> Pixels:
    """The picture, (H, W, 3), compressed and read again, with the file it came from."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "jpeg", quality=quality)
    source = buffer.getvalue()
    return Pixels(
        np.asarray(Image.open(io.BytesIO(source))), origin=Origin("jpeg", lossless=False, jpeg=source)
    )
