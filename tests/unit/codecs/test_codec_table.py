"""The table of formats: every one is in it, and each file and each name belongs to one of them."""

from io import BytesIO
from typing import get_args

import pytest
from PIL import Image
from tests.unit.codecs.mutants import corpus

from cleanplate.codecs.codec_table import (
    CODECS,
    MEDIA_TYPES,
    WRITABLE,
    foreign_name,
    format_of_suffix,
    is_picture_name,
    sniff,
    writable_name,
)
from cleanplate.errors import BadParameter
from cleanplate.pixels.types import Format


def test_every_format_is_in_it_once() -> None:
    assert set(CODECS) == set(MEDIA_TYPES) == set(get_args(Format))
    assert all(name == codec.name for name, codec in CODECS.items())
    suffixes = [suffix for codec in CODECS.values() for suffix in (*codec.suffixes, *codec.rare_suffixes)]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)
    assert {"jpeg", "png", "bmp", "webp", "tiff"} == WRITABLE


@pytest.mark.parametrize("name", sorted(corpus()))
def test_a_file_is_of_one_format(name: str) -> None:
    data = corpus()[name].data
    matching = [codec.name for codec in CODECS.values() if codec.matches(data)]
    assert matching == [sniff(data)]


def test_avif_is_no_heif() -> None:
    file = BytesIO()
    Image.new("RGB", (16, 16)).save(file, "AVIF")
    assert sniff(file.getvalue()) == "avif"
    assert not CODECS["heif"].matches(file.getvalue())
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1avif") == "avif", "a brand beside the main one"
    assert sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "heif"


@pytest.mark.parametrize(
    "data", [b"", b"BM", b"BM" + bytes(20), b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypisom" + bytes(8)]
)
def test_what_is_none_of_them(data: bytes) -> None:
    assert sniff(data) is None
    assert foreign_name(data) is None


def test_formats_that_are_not_read_have_names() -> None:
    assert foreign_name(b"%PDF-1.7") == "PDF"
    assert foreign_name(b"II+\0\x08\0") == "BigTIFF"
    assert sniff(b"II+\0\x08\0") is None


def test_names_and_suffixes() -> None:
    assert format_of_suffix(".JPG") == "jpeg"
    for suffix in (".gif", ".heic", ""):
        with pytest.raises(BadParameter, match=r"use \.jpg, \.jpeg, \.png, \.bmp, \.webp, \.tif, \.tiff$"):
            format_of_suffix(suffix)
    assert is_picture_name("a/b.HEIC")
    assert not is_picture_name("notes.txt")
    assert [writable_name(name) for name in ("a.JPG", "b.heic")] == ["a.JPG", "b.heic.png"]
    assert writable_name("photo", "jpeg") == "photo.jpg"
    assert writable_name("photo", "heif") == writable_name("photo") == "photo.png"
    assert writable_name("b.heic", "jpeg") == "b.heic.png"


@pytest.mark.parametrize("suffix", [".jfif", ".JPE", ".jfi", ".pjpeg", ".pjp"])
def test_every_suffix_of_a_jpeg(suffix: str) -> None:
    assert format_of_suffix(suffix) == "jpeg"
    assert is_picture_name(f"a{suffix}")
    assert writable_name(f"a{suffix}") == f"a{suffix}"
