"""BMP files: those with opacity or fields of odd widths are read and written here, the rest by Pillow."""

from dataclasses import replace
from io import BytesIO

from PIL.BmpImagePlugin import BmpImageFile

from cleanplate.codecs.bmp.bmp_integrity import check_bmp
from cleanplate.codecs.bmp.bmp_reader import read_field_samples, read_header
from cleanplate.codecs.bmp.bmp_writer import write_with_opacity
from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.codecs.decoder_samples import Values
from cleanplate.codecs.pillow_reading import decode_with_pillow, sane_dpi
from cleanplate.codecs.pillow_writing import save_with_pillow
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.pixels.types import Origin

_LARGEST_HEADER = 128


def read_bmp(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the picture."""
    header = read_header(data)
    check(header.width, header.height)
    check_bmp(data, header)
    if header.bits in (16, 32) and (header.may_be_clear or any(header.masks)):
        values: Values = read_field_samples(data, header)
        return turn_upright(DecodedRaster(*values, Origin(format="bmp", dpi=sane_dpi(header.dpi))), 1)
    raster = decode_with_pillow(BmpImageFile(BytesIO(data)), "bmp")
    return replace(raster, origin=replace(raster.origin, lossless=True))


def write_bmp(raster: StoredRaster, _quality: int) -> bytes:
    """The bytes of a file."""
    if raster.channels in (2, 4):
        return write_with_opacity(raster)
    return save_with_pillow(raster, "BMP", dpi=raster.metadata.dpi or (0, 0))  # else Pillow makes one up


def _is_bmp(data: bytes) -> bool:
    """Two letters are not much of a signature: the size of the next header must fit too."""
    return data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in range(12, _LARGEST_HEADER)


BMP = Codec(
    name="bmp",
    media_type="image/bmp",
    suffixes=(".bmp",),
    rare_suffixes=(".dib",),
    matches=_is_bmp,
    read=read_bmp,
    write=write_bmp,
    capacity=Capacity(
        opacity=True, palettes=True, profiles=frozenset(), most_exif_bytes=None, most_xmp_bytes=None
    ),
)
