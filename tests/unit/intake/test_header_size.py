"""What the first bytes of a file say of its picture."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from cleanplate.intake.header_size import may_be_transparent, size_in_header


def _saved(kind: str, mode: str = "RGB", **options: object) -> bytes:
    stream = BytesIO()
    Image.new(mode, (300, 20)).save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        _saved("PNG"),
        _saved("PNG", "1"),
        _saved("JPEG"),
        _saved("JPEG", "L", progressive=True, icc_profile=b"x" * 200_000),
        _saved("JPEG", "CMYK"),
        _saved("WEBP"),
        _saved("WEBP", lossless=True),
        _saved("WEBP", "RGBA", exif=b"Exif\0\0II*\0"),
        _saved("BMP"),
    ],
)
def test_formats_that_say_it_at_their_beginning(data: bytes) -> None:
    assert size_in_header(data) == (300, 20)
    assert size_in_header(data[:8]) is None


def test_a_bmp_that_is_stored_from_the_top() -> None:
    data = bytearray(_saved("BMP"))
    data[22:26] = struct.pack("<i", -20)
    assert size_in_header(bytes(data)) == (300, 20)


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "AVIF"])
def test_others_are_left_to_their_decoders(kind: str) -> None:
    assert size_in_header(_saved(kind)) is None


def test_a_size_that_comes_later_is_no_size() -> None:
    assert size_in_header(b"\xff\xd8\xff\xc0\0\x11\x08\0\0\x01\x2c" + bytes(20)) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
def test_broken_files(kind: str) -> None:
    data = _saved(kind)
    for cut in range(60):
        assert size_in_header(data[:cut]) in (None, (300, 20))
        size_in_header(data[:cut] + b"\xff" * 40)


def test_a_jpeg_of_nothing_but_segments_ends() -> None:
    assert size_in_header(b"\xff\xd8" + b"\xff\xe0\0\x02" * 100_000) is None
    assert size_in_header(b"\xff\xd8" + b"\xff" * 400_000) is None
    assert size_in_header(b"\xff\xd8" + b"\xff\xe0\0\0" * 10) is None


@pytest.mark.parametrize(
    ("data", "may"),
    [
        (_saved("PNG"), False),
        (_saved("PNG", "L"), False),
        (_saved("PNG", "RGBA"), True),
        (_saved("PNG", "LA"), True),
        (_saved("PNG", "RGB", transparency=(0, 0, 0)), True),
        (_saved("PNG", "P", transparency=0), True),
        (_saved("JPEG"), False),
        (_saved("JPEG", "CMYK"), False),
        (_saved("WEBP"), False),
        (_saved("WEBP", lossless=True), False),
        (_saved("WEBP", exif=b"Exif\0\0II*\0"), False),
        (_saved("WEBP", "RGBA"), True),
        (_saved("WEBP", "RGBA", lossless=True), True),
        (_saved("GIF", "L"), True),
        (b"", True),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", False),
    ],
)
def test_whether_there_is_room_for_transparency(data: bytes, may: bool) -> None:
    assert may_be_transparent(data) is may


def test_a_word_of_the_picture_is_no_clear_colour() -> None:
    data = _saved("PNG")
    assert not may_be_transparent(data + b"tRNS")
