"""What else is in a file: named, and never an error."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.unit.metadata.test_cleaning import full

from cleanplate.metadata.side_data import beside
from cleanplate.pixels.types import Format


def plain(kind: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (16, 16), (1, 2, 3)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "bmp", "webp", "tiff"])
def test_a_plain_file_has_nothing_beside_its_picture(kind: Format) -> None:
    assert beside(plain(kind), kind) == ()


def test_a_manifest_of_origin() -> None:
    chunk = b"caBX" + b"jumb"
    png = plain("png")
    png = png[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    assert beside(png, "png") == ("C2PA manifest",)
    webp = plain("webp") + b"C2PA" + struct.pack("<I", 5) + b"jumb\0\0"
    assert beside(webp, "webp") == ("C2PA manifest",)


def test_pages_and_resources_of_a_tiff() -> None:
    file = BytesIO()
    tags = Image.Exif()
    tags[34377] = b"8BIM" + bytes(20)
    Image.new("RGB", (16, 16)).save(file, "TIFF", exif=tags)
    assert beside(file.getvalue(), "tiff") == ("Photoshop resources",)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        (b"urn:com:apple:photo:2020:aux:hdrgainmap\0", "Ultra HDR gain map"),
        (b"urn:mpeg:hevc:2015:auxid:2\0", "depth map"),
        (b"urn:com:apple:photo:2018:aux:portraiteffectsmatte\0", "portrait matte"),
    ],
)
def test_further_pictures_of_a_heif(word: bytes, name: str) -> None:
    assert beside(b"\0\0\0\x18ftypheic" + bytes(99) + word, "heif") == (name,)


def test_a_gain_map_by_either_standard() -> None:
    iso = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"
    jpeg = plain("jpeg")
    segment = b"\xff\xe2" + struct.pack(">H", len(iso) + 2) + iso
    assert beside(jpeg[:2] + segment + jpeg[2:], "jpeg") == ("Ultra HDR gain map",)


@pytest.mark.parametrize("kind", ["jpeg", "png", "bmp", "webp", "tiff", "heif"])
def test_broken_files_do_no_harm(kind: Format) -> None:
    rng = np.random.default_rng(1)
    data = full("png" if kind == "heif" else kind)
    for _ in range(150):
        broken = bytearray(data[: rng.integers(0, len(data))])
        for position in rng.integers(0, max(len(broken), 1), 8):
            if broken:
                broken[position] = rng.integers(0, 256)
        beside(bytes(broken), kind)
