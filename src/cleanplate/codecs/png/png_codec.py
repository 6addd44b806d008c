"""PNG files: Pillow decodes them, OpenCV those of 16 bits in colour; OpenCV writes what both can hold, and
indices, 16 bits and grey with opacity are written here."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.concurrent_check import concurrent_check
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.codecs.decoder_samples import Values, plain_samples
from cleanplate.codecs.deep_samples import deep_samples
from cleanplate.codecs.pillow_reading import check_still, native_samples, read_origin
from cleanplate.codecs.png.png_chunks import kept_chunks, png_side_data
from cleanplate.codecs.png.png_compression import compress
from cleanplate.codecs.png.png_integrity import check_png
from cleanplate.codecs.png.png_writer import insert_metadata, write_rows
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.metadata.exif_reading import embedded_exif

_BITS_AT, _COLOUR_AT = 24, 25
"""Where the header has its bits a channel, and its type of colour."""
_DEEP_BITS = 16
_GREY, _GREY_ALPHA = 0, 4
_GREY_ALPHA_CHANNELS = 2


def read_png(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the picture, while its checksums are checked."""
    image = check_still(PngImageFile(BytesIO(data)), "png", check)
    if data[_BITS_AT] == _DEEP_BITS:
        check_png(data)  # before it is decoded, for OpenCV tells standard error of damage
        return _decode(image, data)
    with concurrent_check(image.size, partial(check_png, data)):
        return _decode(image, data)


def _decode(image: PngImageFile, data: bytes) -> DecodedRaster:
    image.load()
    deep = _deep_colours(data)
    values, opacity = deep or plain_samples(image)
    native = None if deep else native_samples(image, index_bits=data[_BITS_AT])
    chunks = kept_chunks(data)
    origin = replace(
        read_origin(image, "png", exif=_exif),
        lossless=True,
        text_chunks=chunks.text,
        colour_chunks=chunks.colour,
        side_data=png_side_data(data),
    )
    return turn_upright(DecodedRaster(values, opacity, origin, native), origin.orientation)


def _deep_colours(data: bytes) -> Values | None:
    """Samples that Pillow would cut to 8 bits; None for a file without such. It leaves grey its 16 bits."""
    if data[_BITS_AT] != _DEEP_BITS or data[_COLOUR_AT] == _GREY:
        return None
    return deep_samples(data, grey=data[_COLOUR_AT] == _GREY_ALPHA)


def _exif(image: Image.Image) -> bytes | None:
    """The EXIF chunk; else as older programs put it: hexadecimal digits behind three lines of text."""
    if block := embedded_exif(image):
        return block
    text = image.info.get("Raw profile type exif")
    return bytes.fromhex("".join(text.split("\n")[3:])) if isinstance(text, str) else None


def write_png(raster: StoredRaster, _quality: int) -> bytes:
    """The bytes of a file, lossless."""
    plain = raster.palette is None and raster.samples.dtype == np.uint8
    if not plain or raster.channels == _GREY_ALPHA_CHANNELS:
        return write_rows(raster)
    return insert_metadata(compress(cast(NDArray[np.uint8], raster.samples)).data, raster.metadata)


PNG = Codec(
    name="png",
    media_type="image/png",
    suffixes=(".png",),
    matches=lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"),
    read=read_png,
    write=write_png,
    capacity=Capacity(opacity=True, deep=True, palettes=True, palette_opacity=True, text_chunks=True),
)
