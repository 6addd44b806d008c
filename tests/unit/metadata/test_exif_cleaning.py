"""EXIF: every place where a picture can lie, and everything else byte for byte."""

import struct
from io import BytesIO

import pytest
from PIL import Image
from tests.unit.metadata.made_blocks import (
    ASCII,
    LONG,
    UNDEFINED,
    Directory,
    exif_block,
    thing,
)

from cleanplate.metadata.dropped_metadata import EXIF_THUMBNAIL
from cleanplate.metadata.exif_cleaning import clean_exif
from cleanplate.metadata.exif_tags import EXIF_HEADER

ORDERS = pytest.mark.parametrize("order", ["<", ">"])
CAMERA: Directory = {0x010F: (ASCII, b"Our\0"), 0x0112: (3, 6), 0x8298: (ASCII, b"a long enough copyright\0")}


def tags(block: bytes | None) -> Image.Exif:
    found = Image.Exif()
    found.load(block or b"")
    return found


@ORDERS
def test_a_thumbnail_goes_and_the_rest_stays_in_its_place(order: str) -> None:
    block = exif_block(order, CAMERA, second={0x0201: (UNDEFINED, thing()), 0x0202: (LONG, len(thing()))})
    kept, gone = clean_exif(block)
    assert gone == (EXIF_THUMBNAIL,)
    assert kept is not None
    assert thing() not in kept
    assert len(kept) < len(block) - len(thing()), "what nobody points at is no longer carried"
    assert dict(tags(kept)) == {0x010F: "Our", 0x0112: 6, 0x8298: "a long enough copyright"}
    assert not tags(kept).get_ifd(1)


@ORDERS
def test_a_thumbnail_of_plain_rows_goes_too(order: str) -> None:
    """Without a signature nothing but its directory tells that it is there."""
    rows = b"\xff\0\xff" * 200
    block = exif_block(order, CAMERA, second={0x0111: (UNDEFINED, rows), 0x0117: (LONG, len(rows))})
    kept, gone = clean_exif(block)
    assert gone == (EXIF_THUMBNAIL,)
    assert kept is not None
    assert rows[:30] not in kept


@ORDERS
@pytest.mark.parametrize(
    ("tag", "name"),
    [
        (0x927C, "maker's notes"),
        (0x9286, "0x9286"),
        (0x8649, "Photoshop"),
        (0x935C, "layers"),
        (0xC634, "DNG"),
        (0x014A, "previews"),
        (0x501B, "thumbnail"),
        (0x02BC, "XMP"),
    ],
)
def test_a_tag_that_holds_a_picture_goes(order: str, tag: int, name: str) -> None:
    inner: Directory = {0x829A: (5, (1, 125)), tag: (UNDEFINED, b"Maker\0II*\0" + thing() + b"end")}
    block = exif_block(order, CAMERA, exif=inner, gps={1: (ASCII, b"N\0")})
    kept, gone = clean_exif(block)
    assert len(gone) == 1
    assert name in gone[0]
    assert kept is not None
    assert b"\xff\xd8\xff" not in kept
    found = tags(kept)
    assert found[0x010F] == "Our"
    assert dict(found.get_ifd(0x8769)) == {0x829A: 1 / 125}
    assert dict(found.get_ifd(0x8825)) == {1: "N"}


@ORDERS
def test_notes_without_a_picture_stay_byte_for_byte(order: str) -> None:
    notes = (
        b"Nikon\0\2\x11\0\0MM\0*\0\0\0\x08"
        + struct.pack(">HHHI4sI", 1, 2, 7, 4, b"0211", 0)
        + bytes(range(256))
    )
    block = exif_block(order, CAMERA, exif={0x927C: (UNDEFINED, notes)}, gps={1: (ASCII, b"N\0")})
    assert clean_exif(block) == (block, ())


def test_what_no_tag_points_at_is_blanked() -> None:
    block = exif_block("<", CAMERA, loose=thing(), exif={0x927C: (UNDEFINED, b"PreviewAt 200" * 4)})
    kept, _ = clean_exif(block)
    assert kept is not None
    assert thing()[:9] not in kept
    assert tags(kept).get_ifd(0x8769)[0x927C] == b"PreviewAt 200" * 4


def test_what_pillow_writes_stays_byte_for_byte() -> None:
    made = Image.Exif()
    made[0x0112], made[0x010F] = 3, "Somebody"
    made.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a comment of some length"
    made.get_ifd(0x8825)[1] = "N"
    block = made.tobytes()
    assert clean_exif(block) == (block, ())


@pytest.mark.parametrize("cut", range(len(EXIF_HEADER), 200, 7))
def test_a_broken_block_does_no_harm(cut: int) -> None:
    whole = exif_block(">", CAMERA, exif={0x9286: (UNDEFINED, b"ASCII\0\0\0words")}, gps={1: (ASCII, b"N\0")})
    for block in (whole[:cut], whole[:cut] + b"\xff" * 40, whole[:cut] + thing()):
        kept, _ = clean_exif(block)
        assert kept is None or b"\xff\xd8\xff" not in kept
        if kept is not None:
            assert clean_exif(kept)[0] == kept


def test_directories_that_point_at_each_other_end() -> None:
    block = bytearray(EXIF_HEADER + b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 8, 0))
    kept, gone = clean_exif(bytes(block))
    assert kept is not None
    assert gone == ("EXIF directory 0x8769 (broken)",)
    assert not dict(tags(kept))


def test_a_file_of_pillow_with_a_thumbnail_opens_again() -> None:
    block, _ = clean_exif(exif_block("<", CAMERA, second={0x0201: (UNDEFINED, thing()), 0x0202: (LONG, 9)}))
    file = BytesIO()
    Image.new("RGB", (9, 9)).save(file, "JPEG", exif=block)
    assert Image.open(file).getexif()[0x0112] == 6


@ORDERS
@pytest.mark.parametrize("place", [0, 5, 8, 12, 30], ids=str)
def test_a_directory_over_another_or_over_the_header_is_none(order: str, place: int) -> None:
    kept, gone = clean_exif(exif_block(order, {**CAMERA, 0x8769: (LONG, place)}))
    assert gone == ("EXIF directory 0x8769 (broken)",)
    assert dict(tags(kept)) == {0x010F: "Our", 0x0112: 6, 0x8298: "a long enough copyright"}


@ORDERS
def test_what_is_no_address_leads_to_no_directory(order: str) -> None:
    kept, gone = clean_exif(exif_block(order, {**CAMERA, 0x8769: (ASCII, b"a long text")}))
    assert gone == ("EXIF directory 0x8769 (broken)",)
    assert dict(tags(kept)) == {0x010F: "Our", 0x0112: 6, 0x8298: "a long enough copyright"}
