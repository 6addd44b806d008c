"""A result as a file of no more than so many bytes."""

from dataclasses import replace
from typing import Final

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.errors import PictureSize
from cleanplate.pixels.types import Format, Pixels

_QUALITIES: Final = (95, 90, 80, 65, 50, 30, 20, 10)


def encode_within(pixels: Pixels, options: EncodeOptions, max_bytes: int | None) -> tuple[bytes, Format]:
    """The file, and its format: that of `options`, or else the best JPEG that is not larger than `max_bytes`.

    Raises:
        PictureSize: there is none, or a side is longer than the format can hold.
    """
    data = encode(pixels, options)
    if max_bytes is None or len(data) <= max_bytes:
        return data, options.format
    anew = replace(pixels, origin=replace(pixels.origin, jpeg=None))
    for quality in _QUALITIES:
        data = encode(anew, replace(options, format="jpeg", quality=quality))
        if len(data) <= max_bytes:
            return data, "jpeg"
    raise PictureSize(f"the result has no room in a file of {max_bytes} bytes")
