"""TIFF files: Pillow and libtiff decode them, OpenCV those of 16 bits in colour."""

from dataclasses import replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.codecs.codec import Capacity, Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.codecs.decoder_samples import SUPPORTED, Values, plain_samples
from cleanplate.codecs.deep_samples import deep_samples
from cleanplate.codecs.pillow_reading import native_samples, read_origin
from cleanplate.codecs.tiff.tiff_integrity import check_tiff
from cleanplate.codecs.tiff.tiff_pages import picture_page, tiff_side_data
from cleanplate.codecs.tiff.tiff_writer import write_tiff
from cleanplate.colour.bit_depth import DEEP_SCALE
from cleanplate.errors import NotAPicture
from cleanplate.metadata.exif_tags import DESCRIPTIVE_TAGS, DIRECTORY_TAGS, TIFF_TAGS
from cleanplate.pixels.types import Native, Origin, Palette

_BITS, _COMPRESSION, _PHOTOMETRIC, _RESOLUTION = 0x102, 0x103, 0x106, 0x11A
_COLOUR_MAP, _EXTRA_SAMPLES = 0x140, 0x152
_RGB, _PREMULTIPLIED, _DEEP_BITS = 2, 1, 16
_LOSSY = frozenset({6, 7, 50001})


def read_tiff(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the one page that is the picture."""
    page = picture_page(data)
    # twice: loading a page takes tags away
    image, unloaded = _open_page(data, page.number), _open_page(data, page.number)
    check(*image.size)
    # before it is decoded, for libtiff tells standard error of each row that is broken
    check_tiff(unloaded, data, page.tags)
    image.load()
    deep = _deep_colours(image, data)
    values, opacity = deep or plain_samples(image)
    native = None if deep else _native_samples(image)
    # Pillow and OpenCV turn a TIFF by themselves, and nothing else
    return turn_upright(DecodedRaster(values, opacity, _origin(unloaded, data), native), 1)


def _open_page(data: bytes, page: int) -> TiffImageFile:
    try:
        image = TiffImageFile(BytesIO(data))
        if page:
            image.seek(page)
    except SyntaxError as error:
        if "pixel mode" not in str(error):
            raise
        raise NotAPicture(f"TIFF with samples of this kind is not supported, {SUPPORTED}") from error
    return image


def _deep_colours(image: TiffImageFile, data: bytes) -> Values | None:
    """Samples that Pillow would cut to 8 bits; None for a page without such. It leaves grey its 16 bits."""
    tags = image.tag_v2
    is_deep = (
        set(tags.get(_BITS, ())) == {_DEEP_BITS}
        and tags.get(_PHOTOMETRIC) == _RGB
        and _PREMULTIPLIED not in tags.get(_EXTRA_SAMPLES, ())
    )
    return deep_samples(data, page=image.tell()) if is_deep else None


def _native_samples(image: TiffImageFile) -> Native | None:
    bits = int(image.tag_v2[_BITS][0]) if image.mode == "P" else None
    native = native_samples(image, index_bits=bits)
    if native is None or native.palette is None or native.palette.fixed:
        return native
    return replace(native, palette=replace(native.palette, map16=_colour_map(image, native.palette)))


def _colour_map(image: TiffImageFile, palette: Palette) -> NDArray[np.uint16] | None:
    """The 16 bits of the entries, where they say more than the eight that are shown."""
    values = image.tag_v2.get(_COLOUR_MAP)
    if values is None or len(values) != palette.entries.size:
        return None
    deep = np.array(values, np.uint16).reshape(3, -1).T
    same = (deep == palette.entries.astype(np.uint16) * DEEP_SCALE).all()
    return None if same else np.ascontiguousarray(deep)


def _origin(unloaded: TiffImageFile, data: bytes) -> Origin:
    origin = read_origin(unloaded, "tiff", exif=_exif, has_dpi=_RESOLUTION in unloaded.tag_v2)
    lossless = unloaded.tag_v2.get(_COMPRESSION) not in _LOSSY
    return replace(origin, lossless=lossless, side_data=tiff_side_data(data))


def _exif(image: Image.Image) -> bytes | None:
    """The tags that describe the picture and not its rows, as the block that other formats have."""
    tags, chosen = image.getexif(), Image.Exif()
    chosen.endian = tags.endian
    for tag in DESCRIPTIVE_TAGS:
        if tag in tags:
            chosen[tag] = tags[tag]
    for tag in DIRECTORY_TAGS:
        if tag in tags:
            chosen[tag] = tags.get_ifd(tag)
    return chosen.tobytes() if chosen else None


TIFF = Codec(
    name="tiff",
    media_type="image/tiff",
    suffixes=(".tif", ".tiff"),
    matches=lambda data: data.startswith((b"II*\0", b"MM\0*")),
    read=read_tiff,
    write=write_tiff,
    capacity=Capacity(
        opacity=True,
        deep=True,
        deep_grey_opacity=False,
        palettes=True,
        cmyk=True,
        exif_tags=TIFF_TAGS,
    ),
)
