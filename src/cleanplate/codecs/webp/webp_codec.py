"""WEBP files: Pillow decodes and encodes them."""

from dataclasses import replace
from io import BytesIO

import numpy as np
from PIL.WebPImagePlugin import WebPImageFile

from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.pillow_reading import check_still, decode_with_pillow
from cleanplate.codecs.pillow_writing import metadata_options, save_with_pillow
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.codecs.webp.webp_chunks import check_webp, is_lossless, webp_side_data, webp_size

_DECODER_BYTES = 8
"""For each pixel: the decoder has two canvases of four bytes."""


def read_webp(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the picture.

    Raises:
        MemoryError: there is too little for the decoder.
    """
    width, height = webp_size(data)
    check(width, height)  # its decoder reserves memory for the canvas as soon as it is made
    check_webp(data)
    try:
        raster = decode_with_pillow(check_still(WebPImageFile(BytesIO(data)), "webp", check), "webp")
    except (OSError, EOFError):
        # It says the same of a broken file and of too little memory: what it takes is asked for, not used.
        np.empty(width * height * _DECODER_BYTES, np.uint8)
        raise
    origin = replace(raster.origin, lossless=is_lossless(data), side_data=webp_side_data(data))
    return replace(raster, origin=origin)


def write_webp(raster: StoredRaster, quality: int) -> bytes:
    """The bytes of a file, lossless where the source was."""
    options = metadata_options(raster.metadata)
    if raster.lossless_source:
        # exact: colours under full transparency are values of the file too; quality is effort here
        return save_with_pillow(raster, "WEBP", lossless=True, exact=True, quality=20, method=1, **options)
    return save_with_pillow(raster, "WEBP", quality=quality, **options)


WEBP = Codec(
    name="webp",
    media_type="image/webp",
    suffixes=(".webp",),
    matches=lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP",
    read=read_webp,
    write=write_webp,
    capacity=Capacity(opacity=True, profiles=frozenset({"rgb"}), resolution=False, largest_side_px=16383),
)
