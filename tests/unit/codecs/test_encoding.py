"""Encode: kinds of files, depth, transparency, metadata."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import TiffImageFile

from cleanplate.codecs.codec_table import MEDIA_TYPES, WRITABLE
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Format, Native, Origin, Pixels

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>a note</x:xmpmeta>"


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010F] = orientation, "A camera"
    tags.get_ifd(0x8825)[0x0001] = "N"
    return tags.tobytes()


def origin(orientation: int = 6) -> Origin:
    return Origin(orientation=orientation, icc=ICC, exif=exif(orientation), xmp=XMP, dpi=(300, 300))


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("target", sorted(WRITABLE))
def test_each_format_is_what_it_says(target: Format) -> None:
    image = opened(encode(Pixels(rgb=noise(9, 14, 3)), EncodeOptions(format=target)))
    assert (image.format or "").lower() == target
    assert image.size == (14, 9)
    assert MEDIA_TYPES[target] == Image.MIME[target.upper()]


@pytest.mark.parametrize("target", sorted(WRITABLE - {"jpeg"}))
def test_lossless_formats_keep_every_value(target: Format) -> None:
    rgb = noise(9, 14, 3)
    np.testing.assert_array_equal(np.asarray(opened(encode(Pixels(rgb=rgb), EncodeOptions(target)))), rgb)


@pytest.mark.parametrize("target", sorted(WRITABLE))
def test_the_servers_reply_tells_nothing_but_the_picture(target: Format) -> None:
    pixels = Pixels(rgb=noise(9, 14, 3), origin=origin())
    data = encode(pixels, EncodeOptions(target, upright=True, metadata=False))
    image = opened(data)
    assert image.size == (14, 9)
    assert b"A camera" not in data
    assert b"a note" not in data
    assert image.info.get("icc_profile") == (None if target == "bmp" else ICC)
    assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("target", ["png", "jpeg", "webp"])
def test_the_files_own_way_keeps_all_it_carried(target: Format) -> None:
    image = opened(encode(Pixels(rgb=noise(9, 14, 3), origin=origin()), EncodeOptions(target)))
    assert image.size == (9, 14)  # as stored: orientation 6 turns it
    assert image.getexif()[0x0112] == 6
    assert image.getexif()[0x010F] == "A camera"
    assert image.getexif().get_ifd(0x8825)[0x0001] == "N"
    assert image.info["icc_profile"] == ICC
    assert image.info["xmp"] == XMP
    if target != "webp":
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_tiff_keeps_all_it_carried(depth: int) -> None:
    rgb = noise(9, 14, 3)
    own = Native(rgb.astype(np.uint16) * 257, "rgb") if depth == 16 else None
    data = encode(Pixels(rgb=rgb, native=own, origin=origin()), EncodeOptions("tiff"))
    image = Image.open(BytesIO(data))
    tags = image.getexif()
    assert (tags[0x0112], tags[0x010F], tags.get_ifd(0x8825)[0x0001]) == (6, "A camera", "N")
    assert tags[0x0102] == (depth,) * 3
    assert (image.info["icc_profile"], image.info["xmp"], image.info["dpi"]) == (ICC, XMP, (300, 300))
    image.load()
    np.testing.assert_array_equal(np.asarray(image), rgb)  # Pillow turns a TIFF upright by itself


@pytest.mark.parametrize("target", ["png", "tiff"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_stay(target: Format, channels: int) -> None:
    values = np.random.default_rng(2).integers(0, 65536, (700, 300, 3), dtype=np.uint16)
    if channels < 3:
        values = np.repeat(values[..., :1], 3, axis=2)
    opacity = values[::-1, :, 0].copy() if channels in (2, 4) else None
    own = Native(values, "rgb") if channels > 2 else Native(values[..., 0], "grey")
    rgb, origin = (values >> 8).astype(np.uint8), Origin(grey=channels < 3)
    pixels = Pixels(rgb=rgb, native=own, alpha=opacity, origin=origin)
    data = encode(pixels, EncodeOptions(target))
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert read.dtype == np.uint16
    stack = values[..., :1] if channels < 3 and read.ndim == 2 else values[..., ::-1]
    wanted = stack if opacity is None else np.dstack([stack, opacity])
    np.testing.assert_array_equal(read.reshape(wanted.shape), wanted)


def test_a_sixteen_bit_png_keeps_all_it_carried() -> None:
    rgb = noise(9, 14, 3)
    pixels = Pixels(rgb=rgb, native=Native(rgb.astype(np.uint16) * 257, "rgb"), origin=origin())
    image = opened(encode(pixels, EncodeOptions("png")))
    assert image.getexif()[0x0112] == 6
    assert (image.info["icc_profile"], image.info["xmp"]) == (ICC, XMP)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)


def test_a_format_without_opacity_shows_white_behind() -> None:
    rgb = np.zeros((16, 16, 3), np.uint8)
    opacity = np.zeros((16, 16), np.uint8)
    opacity[8:] = 255
    image = np.asarray(opened(encode(Pixels(rgb=rgb, alpha=opacity), EncodeOptions("jpeg"))))
    assert image[:8].min() > 250
    assert image[8:].max() < 5


@pytest.mark.parametrize("grey", [False, True])
def test_a_bmp_keeps_opacity_and_the_colours_below_it(grey: bool) -> None:
    rgb = np.repeat(noise(7, 5, 1), 3, axis=2) if grey else noise(7, 5, 3)
    pixels = Pixels(rgb=rgb, alpha=noise(7, 5), origin=Origin(grey=grey, dpi=(300, 300)))
    image = opened(encode(pixels, EncodeOptions("bmp")))
    assert image.mode == "RGBA"
    np.testing.assert_array_equal(np.asarray(image)[..., :3], rgb)
    np.testing.assert_array_equal(np.asarray(image)[..., 3], pixels.alpha)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize(("target", "mode"), [("png", "LA"), ("webp", "RGBA"), ("tiff", "LA"), ("jpeg", "L")])
def test_grey_stays_grey_where_it_can(target: Format, mode: str) -> None:
    grey = np.repeat(noise(8, 8, 1), 3, axis=2)
    pixels = Pixels(rgb=grey, alpha=noise(8, 8), origin=Origin(grey=True))
    assert opened(encode(pixels, EncodeOptions(target))).mode == mode


def test_colours_under_full_transparency_survive_in_webp() -> None:
    rgb, opacity = noise(20, 20, 3), np.zeros((20, 20), np.uint8)
    image = np.asarray(opened(encode(Pixels(rgb=rgb, alpha=opacity), EncodeOptions("webp"))))
    np.testing.assert_array_equal(image[..., :3], rgb)


def test_deep_pixels_in_an_eight_bit_format() -> None:
    deep = np.full((8, 8, 3), 65535, np.uint16)
    pixels = Pixels(rgb=np.full((8, 8, 3), 255, np.uint8), native=Native(deep, "rgb"), alpha=deep[..., 0])
    image = opened(encode(pixels, EncodeOptions("webp")))
    assert np.asarray(image.convert("RGBA")).min() == 255


def test_quality_matters() -> None:
    pixels = Pixels(rgb=noise(64, 64, 3), origin=Origin(lossless=False))
    for target in ("jpeg", "webp"):
        sizes = [len(encode(pixels, EncodeOptions(target, quality=quality))) for quality in (30, 95)]
        assert sizes[0] < sizes[1]


def test_an_exif_block_too_long_for_jpeg_turns_the_rows_instead() -> None:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "x" * 70_000
    pixels = Pixels(rgb=noise(9, 14, 3), origin=Origin(orientation=6, exif=tags.tobytes()))
    image = opened(encode(pixels, EncodeOptions("jpeg")))
    assert image.size == (14, 9)
    assert image.getexif().get(0x0112, 1) == 1


def test_a_broken_exif_block_does_not_stop_a_tiff() -> None:
    pixels = Pixels(rgb=noise(4, 4, 3), origin=Origin(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"))
    np.testing.assert_array_equal(np.asarray(opened(encode(pixels, EncodeOptions("tiff")))), pixels.rgb)


def test_refusals_are_clear() -> None:
    wide = Pixels(rgb=np.zeros((1, 16400, 3), np.uint8))
    with pytest.raises(PictureSize, match="WEBP holds at most 16383 px"):
        encode(wide, EncodeOptions("webp"))
    with pytest.raises(BadParameter, match="HEIF can be read but not written"):
        encode(wide, EncodeOptions("heif"))


@pytest.mark.parametrize("known", ["png", "jpeg", "tiff", "bmp"])
def test_a_resolution_that_nobody_stated_is_none(known: Format) -> None:
    """Pillow makes one up, for TIFF when it reads and for BMP when it writes."""
    rules = PictureRules(formats=(known,), max_bytes=2**20, max_side_px=99, max_pixels=9999)
    stream = BytesIO()
    Image.new("RGB", (9, 9)).save(stream, known.upper(), **({"dpi": (0, 0)} if known == "bmp" else {}))
    pixels = decode_picture(stream.getvalue(), rules)
    assert pixels.origin.dpi is None
    written = encode(pixels, EncodeOptions(format=known))
    image = Image.open(BytesIO(written))
    if isinstance(image, TiffImageFile):
        assert 0x11A not in image.tag_v2
    else:
        assert image.info.get("dpi", (0, 0)) in ((0, 0), (1, 1))
