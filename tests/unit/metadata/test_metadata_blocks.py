"""Metadata: orientation set in place, everything else byte for byte."""

import struct

import pytest
from PIL import Image

from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.metadata_blocks import all_metadata, colour_metadata
from cleanplate.pixels.types import Origin

THUMBNAIL = b"\xff\xd8 the thing that was erased \xff\xd9"


def exif(order: str = ">", orientation: int = 6) -> bytes:
    """A block with an orientation, a maker, and a second directory that holds a thumbnail."""
    magic = b"MM\0*" if order == ">" else b"II*\0"
    first_at, second_at = 8, 8 + 2 + 2 * 12 + 4
    thumbnail_at = second_at + 2 + 2 * 12 + 4
    first = struct.pack(order + "HHHIHH", 2, 0x0112, 3, 1, orientation, 0)
    first += struct.pack(order + "HHI4sI", 0x010F, 2, 4, b"Our\0", second_at)
    second = struct.pack(order + "HHHII", 2, 0x0201, 4, 1, thumbnail_at)
    second += struct.pack(order + "HHIII", 0x0202, 4, 1, len(THUMBNAIL), 0)
    return EXIF_HEADER + magic + struct.pack(order + "I", first_at) + first + second + THUMBNAIL


def read(block: bytes | None) -> Image.Exif:
    tags = Image.Exif()
    tags.load(block or b"")
    return tags


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_the_orientation_is_set_in_its_place(order: str, orientation: int) -> None:
    before = exif(order)
    after = all_metadata(Origin(exif=before, orientation=6), orientation).exif
    assert after is not None
    tags = read(after)
    assert (tags[0x0112], tags[0x010F]) == (orientation, "Our")
    assert len(after) == len(before)
    assert sum(a != b for a, b in zip(after, before, strict=True)) == (orientation != 6)


def test_a_block_without_a_thumbnail_stays_byte_for_byte() -> None:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = 3, "Somebody"
    block = tags.tobytes()
    assert all_metadata(Origin(exif=block, orientation=3), 3).exif == block


@pytest.mark.parametrize("cut", range(len(EXIF_HEADER), 90, 7))
def test_a_broken_block_does_no_harm(cut: int) -> None:
    for block in (exif()[:cut], exif()[:cut] + b"\xff" * 40):
        result = all_metadata(Origin(exif=block), 1).exif
        assert result is not None
        assert len(result) == len(block)


def test_without_a_block_the_least_one_says_how_to_turn() -> None:
    assert all_metadata(Origin(), 1).exif is None
    assert read(all_metadata(Origin(orientation=8), 8).exif)[0x0112] == 8
    assert dict(read(colour_metadata(Origin(exif=exif(), orientation=8), 8).exif)) == {0x0112: 8}


def test_bare_keeps_the_profile_alone() -> None:
    origin = Origin(icc=b"profile", exif=exif(), xmp=b"<x/>", dpi=(72, 72))
    found = colour_metadata(origin, 1)
    assert (found.icc, found.exif, found.xmp, found.dpi) == (b"profile", None, None, None)


@pytest.mark.parametrize("xmp", [b'<a tiff:Orientation="6"/>', b"<tiff:Orientation>6</tiff:Orientation>"])
def test_upright_rows_need_no_orientation_in_xmp(xmp: bytes) -> None:
    origin = Origin(xmp=xmp, orientation=6)
    assert all_metadata(origin, 1).xmp == xmp.replace(b"6", b"1")
    assert all_metadata(origin, 6).xmp == xmp
