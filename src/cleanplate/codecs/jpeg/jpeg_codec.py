"""JPEG files: Pillow decodes them; those of a JPEG are written with the blocks that no edit touched."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import cast

import numpy as np
from PIL.JpegImagePlugin import JpegImageFile

from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.concurrent_check import concurrent_check
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.jpeg.jpeg_header import NotSpliceable, read_header
from cleanplate.codecs.jpeg.jpeg_integrity import check_jpeg, refuse_unsupported, with_end_marker
from cleanplate.codecs.jpeg.jpeg_side_data import jpeg_side_data
from cleanplate.codecs.jpeg.jpeg_splice import splice_jpeg
from cleanplate.codecs.pillow_reading import decode_with_pillow
from cleanplate.codecs.pillow_writing import metadata_options, save_with_pillow
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.pixels.types import Rgb8

_MOST_EXIF_BYTES = 65533
_MOST_XMP_BYTES = _MOST_EXIF_BYTES - len(b"http://ns.adobe.com/xap/1.0/\0")
"""What fits into one segment, with its name."""


def read_jpeg(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the first picture in the file, while its coded data is checked."""
    refuse_unsupported(data)
    # the class and not Pillow's factory: of a phone's several pictures in one JPEG the first is meant
    image = JpegImageFile(BytesIO(data))
    check(*image.size)
    header = read_header(data)
    whole = with_end_marker(data, header)
    if whole is not data:
        image = JpegImageFile(BytesIO(whole))
    with concurrent_check(image.size, partial(check_jpeg, data, header)):
        raster = decode_with_pillow(image, "jpeg")
        return replace(raster, origin=replace(raster.origin, side_data=jpeg_side_data(whole), jpeg=whole))


def write_jpeg(raster: StoredRaster, quality: int) -> bytes:
    """The source with its changed blocks encoded anew; where that cannot be, every block."""
    if raster.jpeg is not None and raster.samples.dtype == np.uint8:
        with suppress(NotSpliceable):
            return splice_jpeg(raster.jpeg, cast(Rgb8, raster.samples), metadata=raster.metadata)
    options = metadata_options(raster.metadata)
    return save_with_pillow(raster, "JPEG", quality=quality, subsampling=0, **options)


JPEG = Codec(
    name="jpeg",
    media_type="image/jpeg",
    suffixes=(".jpg", ".jpeg"),
    rare_suffixes=(".jpe", ".jfif", ".jfi", ".pjpeg", ".pjp"),
    matches=lambda data: data.startswith(b"\xff\xd8\xff"),
    read=read_jpeg,
    write=write_jpeg,
    capacity=Capacity(
        cmyk=True,
        most_exif_bytes=_MOST_EXIF_BYTES,
        most_xmp_bytes=_MOST_XMP_BYTES,
        largest_side_px=65500,
    ),
)
