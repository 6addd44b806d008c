"""AVIF files: Pillow decodes them, none is written."""

from io import BytesIO

from PIL import features
from PIL.AvifImagePlugin import AvifImageFile

from cleanplate.codecs.codec import Codec
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.heif.iso_boxes import check_boxes, is_avif
from cleanplate.codecs.pillow_reading import check_still, decode_with_pillow
from cleanplate.errors import NotAPicture


def read_avif(data: bytes, check: SizeCheck) -> DecodedRaster:
    """Decode the picture."""
    if not features.check("avif"):  # some builds of Pillow go without
        raise NotAPicture("AVIF cannot be read by this installation of Pillow")
    image = check_still(AvifImageFile(BytesIO(data)), "avif", check)
    check_boxes(data)
    return decode_with_pillow(image, "avif")


AVIF = Codec(name="avif", media_type="image/avif", suffixes=(".avif",), matches=is_avif, read=read_avif)
