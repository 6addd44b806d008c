"""Decode: what a file has beyond 8 bits of sRGB stays at hand as its own samples."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from tests.unit import profiles
from tests.unit.intake.test_picture_decoding import RULES, SRGB, chunk, refusal, rgb, saved

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.intake.picture_decoding import decode_picture


def test_a_cmyk_jpeg_with_a_wrong_profile_goes_by_the_plain_rule() -> None:
    cmyk = Image.fromarray(np.full((16, 16, 3), 200, np.uint8)).convert("CMYK")
    pixels = decode_picture(saved(cmyk, "JPEG", icc_profile=SRGB, quality=100), RULES)
    assert pixels.origin.icc is None  # it would say something about `rgb`
    assert pixels.native is not None
    assert (pixels.native.space, pixels.native.icc) == ("cmyk", SRGB)
    assert np.abs(pixels.rgb.astype(int) - 200).max() < 4


@pytest.mark.parametrize(
    ("mode", "icc"), [("RGB", profiles.p3()), ("L", profiles.grey()), ("P", profiles.adobe())]
)
def test_a_profile_that_is_not_srgb_stays_with_the_samples(mode: str, icc: bytes) -> None:
    image = Image.fromarray(rgb()).convert(mode)
    gamma = chunk(b"gAMA", (45455).to_bytes(4, "big"))
    png = saved(image, icc_profile=icc)
    pixels = decode_picture(png[:33] + gamma + png[33:], RULES)
    assert pixels.native is not None
    np.testing.assert_array_equal(pixels.native.samples, np.asarray(image))
    assert pixels.native.icc == icc
    assert (pixels.origin.icc, pixels.origin.colour_chunks) == (None, ())
    source = ImageCms.ImageCmsProfile(BytesIO(icc))
    plain = image.convert("RGB") if mode == "P" else image
    wanted = ImageCms.profileToProfile(plain, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert wanted is not None
    assert np.abs(pixels.rgb.astype(int) - np.asarray(wanted)).max() <= 1


@pytest.mark.parametrize("icc", [SRGB, b"a broken profile", profiles.grey(), profiles.cmyk()])
def test_srgb_and_what_cannot_be_used_need_no_second_copy(icc: bytes) -> None:
    pixels = decode_picture(saved(rgb(), icc_profile=icc), RULES)
    assert pixels.native is None
    assert pixels.origin.icc == icc
    np.testing.assert_array_equal(pixels.rgb, rgb())


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_indices_are_the_files_own(kind: str) -> None:
    image = Image.fromarray(rgb()).quantize(50)
    pixels = decode_picture(saved(image, kind), RULES)
    assert pixels.native is not None
    assert pixels.native.palette is not None
    np.testing.assert_array_equal(pixels.native.samples, np.asarray(image))
    known = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(pixels.native.palette.entries[: len(known)], known)
    np.testing.assert_array_equal(pixels.rgb, np.asarray(image.convert("RGB")))


def test_an_index_without_an_entry_is_damage() -> None:
    rows = zlib.compress(b"\0\0\1\7")
    head = struct.pack(">IIBBBBB", 3, 1, 8, 3, 0, 0, 0)
    pieces = (
        chunk(b"IHDR", head),
        chunk(b"PLTE", b"\1\2\3\4\5\6"),
        chunk(b"IDAT", rows),
        chunk(b"IEND", b""),
    )
    assert "broken" in refusal(b"\x89PNG\r\n\x1a\n" + b"".join(pieces))


def test_more_entries_than_an_index_can_name_make_it_wider() -> None:
    head = struct.pack(">IIBBBBB", 8, 1, 1, 3, 0, 0, 0)
    pieces = (
        chunk(b"IHDR", head),
        chunk(b"PLTE", bytes(range(30))),
        chunk(b"IDAT", zlib.compress(b"\0\x5a")),
        chunk(b"IEND", b""),
    )
    pixels = decode_picture(b"\x89PNG\r\n\x1a\n" + b"".join(pieces), RULES)
    assert pixels.native is not None
    assert pixels.native.palette is not None
    assert (pixels.native.palette.bits, len(pixels.native.palette.entries)) == (4, 10)
    for target in ("png", "tiff"):
        again = decode_picture(encode(pixels, EncodeOptions(target)), RULES)
        np.testing.assert_array_equal(again.rgb, pixels.rgb)


def test_the_source_of_a_jpeg_is_at_hand() -> None:
    data = saved(rgb(), "JPEG")
    assert decode_picture(data, RULES).origin.jpeg == data
    assert decode_picture(saved(rgb()), RULES).origin.jpeg is None


def test_exif_that_an_older_program_hid_in_text_is_exif() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    words = PngInfo()
    words.add_text(
        "Raw profile type exif", f"\nexif\n{len(exif.tobytes()):8}\n{exif.tobytes().hex()}\n", zip=True
    )
    origin = decode_picture(saved(rgb(), pnginfo=words), RULES).origin
    assert origin.orientation == 6
    assert origin.text_chunks == ()
    assert origin.exif is not None
    assert b"A camera" in origin.exif
