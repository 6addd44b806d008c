"""EXIF and XMP say the size of the picture that is there."""

import struct

import pytest
from PIL import Image

from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.metadata_blocks import all_metadata
from cleanplate.metadata.picture_size import exif_with_size, xmp_with_size
from cleanplate.pixels.types import Origin

WIDTHS, HEIGHTS = (0x100, 0xA002, 0x1001), (0x101, 0xA003, 0x1002)


def block(endian: str = "<", width: int = 400, height: int = 300) -> bytes:
    tags = Image.Exif()
    tags.endian = endian
    tags[0x100], tags[0x101], tags[0x10F] = width, height, "Maker"
    own = tags.get_ifd(0x8769)
    own[0xA002], own[0xA003], own[0x927C] = width, height, b"notes" * 5
    own[0xA005] = {0x1001: width, 0x1002: height}
    return EXIF_HEADER + tags.tobytes().removeprefix(EXIF_HEADER)


def sizes(exif: bytes) -> set[tuple[int, int]]:
    tags = Image.Exif()
    tags.load(exif)
    own = tags.get_ifd(0x8769)
    related = own[0xA005] if isinstance(own[0xA005], dict) else tags.get_ifd(0xA005)
    return {(tags[0x100], tags[0x101]), (own[0xA002], own[0xA003]), (related[0x1001], related[0x1002])}


@pytest.mark.parametrize("endian", ["<", ">"])
def test_every_size_is_the_new_one_and_nothing_moves(endian: str) -> None:
    before = block(endian)
    assert sizes(before) == {(400, 300)}
    after = exif_with_size(before, 70000, 600)
    assert sizes(after) == {(70000, 600)}
    assert len(after) == len(before)
    assert b"notes" * 5 in after


def test_a_block_that_is_right_stays_byte_for_byte() -> None:
    assert exif_with_size(block(), 400, 300) == block()


@pytest.mark.parametrize("cut", range(len(EXIF_HEADER), len(block()), 9))
def test_a_broken_block_does_no_harm(cut: int) -> None:
    for broken in (block()[:cut], block()[:cut] + b"\xff" * 40):
        assert len(exif_with_size(broken, 7, 8)) == len(broken)


def test_a_directory_that_leads_to_itself_ends() -> None:
    loop = EXIF_HEADER + b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8769, 4, 1, 8, 0)
    assert exif_with_size(loop, 7, 8) == loop


@pytest.mark.parametrize(
    "packet",
    [
        b'<a tiff:ImageWidth="400" tiff:ImageLength=\'300\' exif:PixelXDimension = "400"/>',
        b"<tiff:ImageWidth>400</tiff:ImageWidth><exif:PixelYDimension>300</exif:PixelYDimension>",
    ],
)
def test_xmp_too(packet: bytes) -> None:
    assert xmp_with_size(packet, 1600, 1200) == packet.replace(b"400", b"1600").replace(b"300", b"1200")
    assert xmp_with_size(b"<a size='400'/>", 1, 2) == b"<a size='400'/>"


def test_all_metadata_say_the_size_that_is_written() -> None:
    origin = Origin(exif=block(), xmp=b'<a tiff:ImageWidth="400"/>')
    told = all_metadata(origin, 1, (800, 600))
    assert told.exif is not None
    assert (sizes(told.exif), told.xmp) == ({(800, 600)}, b'<a tiff:ImageWidth="800"/>')
