"""What has no place in another format is named, and all else is in the file."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.codecs.lost_metadata import lost_metadata
from cleanplate.pixels.types import Format, Origin, Pixels

RGB = np.full((9, 14, 3), 77, np.uint8)
TITLE = "a title".encode("utf-16-le") + b"\0\0"
LONG = b"Exif\0\0" + b"MM\0*" + bytes(65_530)


def opened(origin: Origin, target: Format) -> Image.Image:
    return Image.open(BytesIO(encode(Pixels(RGB, origin=origin), EncodeOptions(target))))


def tagged(**tags: object) -> bytes:
    block = Image.Exif()
    for name, value in tags.items():
        block[int(name.removeprefix("t"), 16)] = value
    return block.tobytes()


@pytest.mark.parametrize("target", ["png", "jpeg", "webp", "tiff"])
def test_ratings_titles_and_hosts_stay(target: Format) -> None:
    own = tagged(t4746=4, t9C9B=TITLE, t13C="a desk", t10F="Maker")
    tags = opened(Origin(exif=own), target).getexif()
    assert (tags[0x4746], bytes(tags[0x9C9B]), tags[0x13C], tags[0x10F]) == (4, TITLE, "a desk", "Maker")
    assert lost_metadata(Origin(exif=own), target) == ()


def test_a_tag_that_a_tiff_does_not_take_over_is_named() -> None:
    own = tagged(tC4A5=b"PrintIM", t100=14, t11A=72.0, t10F="Maker")
    assert lost_metadata(Origin(exif=own), "tiff") == ("EXIF tag 0xc4a5",)
    assert 0xC4A5 not in opened(Origin(exif=own), "tiff").getexif()
    assert lost_metadata(Origin(exif=own), "jpeg") == ()


@pytest.mark.parametrize(("spare", "lost"), [(0, False), (1, True)])
def test_xmp_and_exif_that_fill_a_segment_of_a_jpeg(spare: int, lost: bool) -> None:
    exif, xmp = LONG[: 65533 + spare].ljust(65533 + spare, b"\0"), b"x" * (65504 + spare)
    origin = Origin(exif=exif, xmp=xmp)
    image = opened(Origin(xmp=xmp), "jpeg")
    assert ("xmp" in image.info) is not lost
    assert lost_metadata(origin, "jpeg") == (("EXIF", "XMP") if lost else ())
    assert lost_metadata(origin, "webp") == ()


def test_the_resolution_is_in_a_webp_or_named() -> None:
    dpi = (300.0, 150.0)
    tags = opened(Origin(dpi=dpi), "webp").getexif()
    assert (tags[0x11A], tags[0x11B], tags[0x128]) == (300, 150, 2)
    assert lost_metadata(Origin(dpi=dpi), "webp") == ()
    for block, lost in (
        (tagged(t11A=300.0, t11B=150.0, t128=2), ()),
        (tagged(t11A=118.11, t11B=59.055, t128=3), ()),
        (tagged(t11A=72.0, t11B=72.0, t128=2), ("resolution",)),
        (tagged(t10F="Maker"), ("resolution",)),
        (b"Exif\0\0broken", ("resolution",)),
    ):
        assert lost_metadata(Origin(dpi=dpi, exif=block), "webp") == lost
        assert lost_metadata(Origin(dpi=dpi, exif=block), "png") == ()


def test_of_two_words_for_one_tag_one_is_named() -> None:
    text = tuple((b"tEXt", words) for words in (b"Comment\0one", b"Comment\0two", b"Mood\0fine"))
    origin = Origin(text_chunks=(*text, (b"tIME", b"\7\xe4\1\2\3\4\5")))
    assert opened(origin, "jpeg").getexif()[0x10E] == "two"
    assert lost_metadata(origin, "jpeg") == ("PNG text 'Comment'", "PNG text 'Mood'", "PNG time")
    assert lost_metadata(origin, "png") == ()
