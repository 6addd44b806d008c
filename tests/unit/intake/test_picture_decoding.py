"""Decode: every kind of file becomes upright pixels, and every refusal names the field."""

import struct
import threading
import warnings
import zlib
from dataclasses import replace
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cleanplate.codecs.suppressed_warnings import suppress_warnings
from cleanplate.errors import BadInput, InputTooLarge, NotAPicture, PictureSize
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Pixels

RULES = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=10 * 2**20,
    max_side_px=4096,
    max_pixels=4096 * 4096,
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
WIDTH, HEIGHT = 14, 9


def noise(*shape: int, top: int = 256) -> NDArray[np.uint16]:
    return np.random.default_rng(11).integers(0, top, shape or (HEIGHT, WIDTH, 3), dtype=np.uint16)


def rgb() -> NDArray[np.uint8]:
    return noise().astype(np.uint8)


def saved(image: Image.Image | NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(out, kind, **options)
    return out.getvalue()


def cv_encoded(suffix: str, array: NDArray[np.uint16]) -> bytes:
    ok, data = cv2.imencode(suffix, array)
    assert ok
    return data.tobytes()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def refusal(data: bytes, rules: PictureRules = RULES, kind: type[BadInput] = NotAPicture) -> str:
    with pytest.raises(kind) as caught:
        decode_picture(data, rules, role="photo")
    assert caught.value.public.startswith("photo: ")
    return caught.value.public.removeprefix("photo: ")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_rgb(kind: str) -> None:
    pixels = decode_picture(saved(rgb(), kind, **({"lossless": True} if kind == "WEBP" else {})), RULES)
    np.testing.assert_array_equal(pixels.rgb, rgb())
    assert (pixels.native, pixels.alpha) == (None, None)
    assert pixels.origin.format == kind.lower()
    assert pixels.origin.lossless
    assert not pixels.origin.grey


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {}), ("WEBP", {}), ("TIFF", {"compression": "jpeg"})])
def test_lossy_files_say_so(kind: str, options: dict[str, str]) -> None:
    pixels = decode_picture(saved(np.full((16, 16, 3), 90, np.uint8), kind, **options), RULES)
    assert not pixels.origin.lossless
    assert np.abs(pixels.rgb.astype(int) - 90).max() < 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr"])
def test_opaque_modes(mode: str) -> None:
    image = Image.fromarray(rgb()).convert(mode)
    pixels = decode_picture(saved(image, "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"), RULES)
    np.testing.assert_array_equal(pixels.rgb, np.asarray(image.convert("RGB")))
    assert pixels.alpha is None
    assert pixels.origin.grey is (mode in ("1", "L"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_modes_with_opacity(mode: str) -> None:
    image = Image.fromarray(noise(HEIGHT, WIDTH, 4).astype(np.uint8)).convert(mode)
    pixels = decode_picture(saved(image), RULES)
    np.testing.assert_array_equal(pixels.rgb, np.asarray(image.convert("RGBA"))[..., :3])
    assert pixels.alpha is not None
    np.testing.assert_array_equal(pixels.alpha, np.asarray(image.getchannel("A")))


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_one_colour_may_be_transparent(mode: str) -> None:
    image = Image.fromarray(
        np.repeat(np.array([0, 51, 102, 153], np.uint8)[None, :, None], 3, axis=2)
    ).convert(mode)
    clear = {"L": 102, "P": image.getpixel((2, 0)), "RGB": (102, 102, 102)}[mode]
    pixels = decode_picture(saved(image, transparency=clear), RULES)
    assert pixels.alpha is not None
    assert pixels.alpha.tolist() == [[255, 255, 0, 255]]


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits(suffix: str, channels: int) -> None:
    values = noise(HEIGHT, WIDTH, channels, top=65536)
    stored = values[..., [2, 1, 0, 3][:channels]] if channels > 1 else values
    pixels = decode_picture(cv_encoded(suffix, stored), RULES)
    assert pixels.native is not None
    np.testing.assert_array_equal(pixels.native.samples, values[..., :3] if channels > 1 else values[..., 0])
    np.testing.assert_array_equal(pixels.rgb, np.rint(values[..., :3].repeat(3 // min(channels, 3), 2) / 257))
    assert pixels.origin.grey is (channels == 1)
    if channels == 4:
        assert pixels.alpha is not None
        np.testing.assert_array_equal(pixels.alpha, values[..., 3])


def test_sixteen_bits_of_grey_and_opacity() -> None:
    values = noise(HEIGHT, WIDTH, 2, top=65536)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 4, 0, 0, 0)
    pieces = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    pixels = decode_picture(b"\x89PNG\r\n\x1a\n" + b"".join(pieces), RULES)
    assert pixels.native is not None
    assert pixels.alpha is not None
    assert pixels.origin.grey
    np.testing.assert_array_equal(pixels.native.samples, values[..., 0])
    np.testing.assert_array_equal(pixels.alpha, values[..., 1])


def test_one_deep_grey_may_be_transparent() -> None:
    values = np.array([[0, 300, 65535]], np.uint16)
    pixels = decode_picture(saved(values, transparency=300), RULES)
    assert pixels.alpha is not None
    assert pixels.alpha.tolist() == [[65535, 0, 65535]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_what_the_file_carried_is_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"
    pixels = decode_picture(
        saved(rgb(), kind, exif=exif, icc_profile=SRGB, dpi=(300, 300), **_xmp(kind)), RULES
    )
    origin = pixels.origin
    assert (pixels.width, pixels.height) == (HEIGHT, WIDTH)
    assert origin.orientation == 6
    assert origin.icc == SRGB
    assert origin.exif is not None
    assert b"A camera" in origin.exif
    assert origin.dpi is None if kind == "WEBP" else origin.dpi == pytest.approx((300, 300), abs=0.01)
    assert origin.xmp == (None if kind in ("PNG", "TIFF") else b"<x/>")


def _xmp(kind: str) -> dict[str, bytes]:
    return {} if kind in ("PNG", "TIFF") else {"xmp": b"<x/>"}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "deep"])
def test_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = [None, (0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0), (0, -1), (-1, -1), (-1, 0)][orientation]
    assert turned is not None
    stored = np.zeros((4, 6, 3), np.uint8)
    stored[0, 0] = 255
    if kind == "deep":
        png = cv_encoded(".png", stored.astype(np.uint16) * 257)
        data = png[:33] + chunk(b"eXIf", exif.tobytes()[6:]) + png[33:]
    else:
        data = saved(stored, kind, exif=exif)
    pixels = decode_picture(data, RULES)
    assert (pixels.width, pixels.height) == ((6, 4) if orientation < 5 else (4, 6))
    assert pixels.rgb[turned].tolist() == [255, 255, 255]
    assert (pixels.native is not None) is (kind == "deep")


def test_a_phones_two_pictures_in_one_jpeg_give_the_first() -> None:
    first, second = (Image.new("RGB", (16, 16), colour) for colour in ("red", "blue"))
    data = saved(first, "MPO", save_all=True, append_images=[second])
    pixels = decode_picture(data, RULES)
    assert pixels.rgb[8, 8, 0] > 250
    assert pixels.origin.format == "jpeg"


def test_transparency_on_white_when_the_rules_say_so() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    pixels = decode_picture(saved(clear), replace(RULES, flatten=True))
    assert pixels.alpha is None
    assert pixels.rgb.min() == 255


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0garbage",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 60,
        # an orientation of 0 / 0, as a ratio
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x05\0\0\0\x01\0\0\0\x1a\0\0\0\0" + bytes(8),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_broken_exif_spoils_no_picture(kind: str, exif: bytes) -> None:
    pixels = decode_picture(saved(rgb(), kind, exif=exif), RULES)
    assert (pixels.width, pixels.height, pixels.origin.orientation) == (WIDTH, HEIGHT, 1)


@pytest.mark.parametrize("dpi", [(0, 0), (1e9, 1e9)])
def test_nonsense_dots_per_inch_are_dropped(dpi: tuple[float, float]) -> None:
    png = saved(rgb())
    per_metre = struct.pack(">IIB", *(min(int(value), 2**31) for value in dpi), 1)
    assert decode_picture(png[:33] + chunk(b"pHYs", per_metre) + png[33:], RULES).origin.dpi is None


def test_sizes_are_checked_at_both_ends() -> None:
    exact = replace(RULES, min_side_px=HEIGHT, max_side_px=WIDTH, max_pixels=WIDTH * HEIGHT)
    assert isinstance(decode_picture(saved(rgb()), exact), Pixels)
    tighter = (replace(exact, min_side_px=10), replace(exact, max_side_px=13), replace(exact, max_pixels=125))
    for rules in tighter:
        assert "14x9 px" in refusal(saved(rgb()), rules, PictureSize)


@pytest.mark.parametrize("kind", ["png", "webp", "bmp"])
def test_a_bomb_is_refused_by_its_header(kind: str) -> None:
    header = struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6
    bombs = {
        "png": b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        "webp": b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body,
        "bmp": b"BM" + bytes(12) + struct.pack("<IiiHHIIiiII", 40, 90_000, 90_000, 1, 24, 0, 0, 0, 0, 0, 0),
    }
    assert "each side must be 1 to 4096 px" in refusal(bombs[kind], kind=PictureSize)


def test_the_byte_limit_comes_first() -> None:
    message = refusal(b"x" * 101, replace(RULES, max_bytes=100), InputTooLarge)
    assert message == "the file has 101 bytes, at most 100 bytes are accepted"
    assert "11.0 MB" in refusal(bytes(11 * 2**20), kind=InputTooLarge)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"hello, I am a text named .png", "this is not a picture, use JPEG, PNG"),
        (b"BM is how this text begins, but it is no bitmap", "this is not a picture"),
        (saved(Image.new("F", (9, 9)), "TIFF"), "floating point is not supported, use 8 or 16 bits"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "this HEIF is broken or incomplete"),
    ],
)
def test_what_is_no_picture_for_us(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    data = saved(np.zeros((64, 64, 3), np.uint8), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert "broken" in refusal(data[:-2] + last * 20 + data[-2:])  # none repeats what another said
    assert decode_picture(data + last * 1000, RULES).width == 64  # behind the end nobody looks
    assert "too many scans" in refusal(data[:-2] + last * 1000 + data[-2:])
    assert "too many scans" in refusal(data[:2] + b"\xff\xfe\0\2" * 20_000 + data[2:])


def test_a_format_outside_the_rules() -> None:
    rules = replace(RULES, formats=("jpeg", "png"))
    for kind in ("BMP", "GIF", "AVIF"):
        assert refusal(saved(rgb(), kind), rules) == f"{kind} is not accepted, use JPEG, PNG"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "GIF", "AVIF"])
def test_several_pictures_in_one_file(kind: str) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert "several pages" in refusal(data) if kind == "TIFF" else "animated" in refusal(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "WEBP", "TIFF", "deep .png", "deep .tiff"])
def test_half_a_file(kind: str) -> None:
    large = np.random.default_rng(1).integers(0, 65536, (60, 60, 3), dtype=np.uint16)
    data = (
        cv_encoded(kind[5:], large) if kind.startswith("deep") else saved((large >> 8).astype(np.uint8), kind)
    )
    message = refusal(data[: len(data) // 2])
    assert "is broken or incomplete" in message


def test_warnings_return_when_the_last_decoder_leaves() -> None:
    before = list(warnings.filters)
    barrier, results = threading.Barrier(4), list[int]()

    def decoding() -> None:
        for _ in range(50):
            barrier.wait()
            with suppress_warnings():
                warnings.warn("about a stranger's file", stacklevel=1)
            results.append(1)

    threads = [threading.Thread(target=decoding) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 200
    assert list(warnings.filters) == before
