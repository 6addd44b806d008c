"""HEIF files (HEIC): libheif decodes them, none is written."""

from dataclasses import replace
from io import BytesIO

from cleanplate.codecs.codec import Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck, turn_upright
from cleanplate.codecs.decoder_samples import plain_samples
from cleanplate.codecs.heif.iso_boxes import check_boxes, is_heif
from cleanplate.codecs.pillow_reading import read_origin
from cleanplate.metadata import dropped_metadata as names

_SIDE_DATA: tuple[tuple[bytes, str], ...] = (
    (b"aux:hdrgainmap", names.GAIN_MAP),
    (b"tmap", names.GAIN_MAP),
    (b"auxid:2\0", names.DEPTH_MAP),
    (b"auxiliary:depth", names.DEPTH_MAP),
    (b"effectsmatte", names.PORTRAIT_MATTE),
    (b"thmb", names.THUMBNAIL),
    (b"c2pa", names.MANIFEST),
)
_HEAD_BYTES = 1 << 17


def read_heif(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the main picture."""
    # here, because its library takes a while to load and few send HEIF; it ships no types
    from pi_heif import open_heif  # type: ignore[import-untyped]

    file = open_heif(BytesIO(data))
    check(*file.size)
    check_boxes(data)
    image = file.to_pillow()
    # libheif has turned the picture, and pi_heif has set the EXIF tag to match
    origin = replace(read_origin(image, "heif"), orientation=1, side_data=heif_side_data(data))
    return turn_upright(DecodedRaster(*plain_samples(image), origin), 1)


def heif_side_data(data: bytes) -> tuple[str, ...]:
    """Names for what is in the file apart from picture, EXIF, XMP and profile; each once. Nothing is decoded.

    Source: ISO 23008-12; Apple's and Google's names of auxiliary pictures.
    """
    head = data[:_HEAD_BYTES]
    found = [name for word, name in _SIDE_DATA if word in head]
    if b"moov" in data[-_HEAD_BYTES:] or b"mpvd" in data:
        found.append(names.MOTION_VIDEO)
    return tuple(dict.fromkeys(found))


HEIF = Codec(
    name="heif",
    media_type="image/heic",
    suffixes=(".heic", ".heif", ".hif"),
    matches=is_heif,
    read=read_heif,
)
