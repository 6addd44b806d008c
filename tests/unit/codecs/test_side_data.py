"""What else is in a file: named, and never an error."""

import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.unit.metadata.test_metadata_cleaning import full

from cleanplate.codecs.heif.heif_codec import heif_side_data
from cleanplate.codecs.jpeg.jpeg_side_data import jpeg_side_data
from cleanplate.codecs.png.png_chunks import png_side_data
from cleanplate.codecs.tiff.tiff_pages import tiff_side_data
from cleanplate.codecs.webp.webp_chunks import webp_side_data
from cleanplate.pixels.types import Format

FINDERS: Mapping[Format, Callable[[bytes], tuple[str, ...]]] = {
    "jpeg": jpeg_side_data,
    "png": png_side_data,
    "webp": webp_side_data,
    "tiff": tiff_side_data,
    "heif": heif_side_data,
}


def plain(kind: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (16, 16), (1, 2, 3)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_a_plain_file_has_nothing_beside_its_picture(kind: Format) -> None:
    assert FINDERS[kind](plain(kind)) == ()


def test_a_manifest_of_origin() -> None:
    chunk = b"caBX" + b"jumb"
    png = plain("png")
    png = png[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + png[33:]
    assert png_side_data(png) == ("C2PA manifest",)
    webp = plain("webp") + b"C2PA" + struct.pack("<I", 5) + b"jumb\0\0"
    assert webp_side_data(webp) == ("C2PA manifest",)


def test_pages_and_resources_of_a_tiff() -> None:
    file = BytesIO()
    tags = Image.Exif()
    tags[34377] = b"8BIM" + bytes(20)
    Image.new("RGB", (16, 16)).save(file, "TIFF", exif=tags)
    assert tiff_side_data(file.getvalue()) == ("Photoshop resources",)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        (b"urn:com:apple:photo:2020:aux:hdrgainmap\0", "Ultra HDR gain map"),
        (b"urn:mpeg:hevc:2015:auxid:2\0", "depth map"),
        (b"urn:com:apple:photo:2018:aux:portraiteffectsmatte\0", "portrait matte"),
    ],
)
def test_further_pictures_of_a_heif(word: bytes, name: str) -> None:
    assert heif_side_data(b"\0\0\0\x18ftypheic" + bytes(99) + word) == (name,)


def test_a_gain_map_by_either_standard() -> None:
    iso = b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"
    jpeg = plain("jpeg")
    segment = b"\xff\xe2" + struct.pack(">H", len(iso) + 2) + iso
    assert jpeg_side_data(jpeg[:2] + segment + jpeg[2:]) == ("Ultra HDR gain map",)


@pytest.mark.parametrize("kind", sorted(FINDERS))
def test_broken_files_do_no_harm(kind: Format) -> None:
    rng = np.random.default_rng(1)
    data = full("png" if kind == "heif" else kind)
    for _ in range(150):
        broken = bytearray(data[: rng.integers(0, len(data))])
        for position in rng.integers(0, max(len(broken), 1), 8):
            if broken:
                broken[position] = rng.integers(0, 256)
        FINDERS[kind](bytes(broken))
