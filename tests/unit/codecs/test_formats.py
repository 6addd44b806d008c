"""Formats with more than one way to say a picture: GIF, AVIF, pages of a TIFF, and a BMP's fourth byte."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.codecs.mutants import HEIGHT, SCENE, WIDTH
from tests.unit.intake.test_picture_decoding import RULES, cv_encoded, refusal, saved

from cleanplate.codecs.codec_table import sniff
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.intake.picture_decoding import decode_picture

ALPHA = SCENE[..., 2]


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize("mode", ["P", "L", "1"])
def test_a_still_gif(mode: str, interlace: int) -> None:
    image = Image.fromarray(SCENE).convert(mode)
    pixels = decode_picture(saved(image, "GIF", interlace=interlace), RULES)
    np.testing.assert_array_equal(pixels.rgb, np.asarray(image.convert("RGB")))
    assert (pixels.alpha, pixels.origin.format, pixels.origin.lossless) == (None, "gif", True)
    assert encode(pixels, EncodeOptions("png"))


def test_a_clear_colour_of_a_gif() -> None:
    image = Image.fromarray(SCENE[..., 0] // 64 * 64).convert("P")
    pixels = decode_picture(saved(image, "GIF", transparency=image.getpixel((0, 0))), RULES)
    assert pixels.alpha is not None
    assert set(np.unique(pixels.alpha)) == {0, 255}


def test_around_a_gif_that_covers_a_part_of_its_canvas_is_nothing() -> None:
    data = bytearray(saved(Image.fromarray(SCENE).convert("P"), "GIF"))
    data[6:10] = struct.pack("<HH", WIDTH + 10, HEIGHT + 5)
    pixels = decode_picture(bytes(data), RULES)
    assert (pixels.width, pixels.height) == (WIDTH + 10, HEIGHT + 5)
    assert pixels.alpha is not None
    assert pixels.alpha[:HEIGHT, :WIDTH].min() == 255
    assert pixels.alpha[HEIGHT:].max() == pixels.alpha[:, WIDTH:].max() == 0


def test_a_still_avif() -> None:
    image = Image.fromarray(np.dstack([SCENE, ALPHA]))
    pixels = decode_picture(saved(image, "AVIF", quality=100, subsampling="4:4:4"), RULES)
    assert np.abs(pixels.rgb.astype(int) - SCENE).mean() < 3
    assert pixels.alpha is not None
    assert np.abs(pixels.alpha.astype(int) - ALPHA).mean() < 3
    assert (pixels.origin.format, pixels.origin.lossless) == ("avif", False)


def test_an_avif_that_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = decode_picture(saved(Image.fromarray(SCENE), "AVIF", exif=exif), RULES)
    assert (pixels.width, pixels.height) == (HEIGHT, WIDTH)


@pytest.mark.parametrize(
    ("brands", "known"),
    [
        (b"avif\0\0\0\0avifmif1miaf", "avif"),
        (b"mif1\0\0\0\0mif1miafavif", "avif"),
        (b"avis\0\0\0\0avismsf1", "avif"),
        (b"heic\0\0\0\0mif1heic", "heif"),
        (b"mif1\0\0\0\0mif1heic", "heif"),
        (b"isom\0\0\0\0isommp42", None),
    ],
)
def test_one_container_has_two_formats(brands: bytes, known: str | None) -> None:
    box = (len(brands) + 8).to_bytes(4, "big") + b"ftyp" + brands
    assert sniff(box + b"\0\0\0\x10mdat....avif") == known


def pages(*pictures: tuple[NDArray[Any], dict[int, int]], compression: str = "raw") -> bytes:
    """A TIFF of several pages, each with its tags."""
    images = [Image.fromarray(values) for values, _ in pictures]
    for image, (_, tags) in zip(images, pictures, strict=True):
        image.encoderinfo = {"tiffinfo": tags, "compression": compression}
    out = BytesIO()
    images[0].save(
        out, "TIFF", save_all=True, append_images=images[1:], tiffinfo=pictures[0][1], compression=compression
    )
    return out.getvalue()


SMALL = np.ascontiguousarray(SCENE[::4, ::4])


@pytest.mark.parametrize(("tag", "compression"), [(254, "raw"), (254, "tiff_lzw"), (255, "raw")])
@pytest.mark.parametrize("first", [True, False])
def test_the_page_of_full_resolution_is_the_picture(tag: int, compression: str, first: bool) -> None:
    order = [(SCENE, dict[int, int]()), (SMALL, {tag: tag - 253})]
    data = pages(*(order[::-1] if first else order), compression=compression)
    np.testing.assert_array_equal(decode_picture(data, RULES).rgb, SCENE)


def test_several_pages_of_full_resolution_are_several_pictures() -> None:
    assert "several pages" in refusal(pages((SCENE, {}), (SMALL, {254: 1}), (SCENE, {})))
    assert "several pages" in refusal(pages((SMALL, {254: 1}), (SMALL, {254: 1})))
    np.testing.assert_array_equal(decode_picture(pages((SMALL, {254: 1})), RULES).rgb, SMALL)
    assert "raw photograph" in refusal(pages((SMALL, {254: 1, 330: 8})))


def test_a_chain_of_pages_has_an_end() -> None:
    small = [(SMALL, {254: 1})]
    np.testing.assert_array_equal(decode_picture(pages((SCENE, {}), *(small * 63)), RULES).rgb, SCENE)
    assert "more than 64 pages" in refusal(pages((SCENE, {}), *(small * 64)))


def _one_tile(width: int, height: int) -> bytes:
    """A grey TIFF of 12 x 8 pixels in one packed tile of that size."""
    packed = zlib.compress(bytes(width) * height, 1)
    tags = [(256, 12), (257, 8), (258, 8), (259, 8), (262, 1), (277, 1), (322, width), (323, height)]
    tags += [(324, 8), (325, len(packed))]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    start = 8 + len(packed)
    header = b"II*\0" + struct.pack("<I", start)
    return header + packed + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_a_tile_for_which_a_decoder_would_take_all_memory() -> None:
    assert decode_picture(_one_tile(256, 256), RULES).rgb.shape == (8, 12, 3)
    assert "broken" in refusal(_one_tile(65_520, 16_000))


def test_a_deep_page_behind_a_small_one() -> None:
    deep = cv_encoded(".tiff", SCENE.astype(np.uint16)[..., ::-1] * 257)
    small = pages((SMALL, {254: 1}))
    (first,) = struct.unpack_from("<I", small, 4)
    (count,) = struct.unpack_from("<H", small, first)
    chained = bytearray(small) + bytes(len(small) % 2)
    struct.pack_into("<I", chained, first + 2 + 12 * count, _moved(deep, chained))
    pixels = decode_picture(bytes(chained), RULES)
    assert pixels.native is not None
    np.testing.assert_array_equal(pixels.native.samples, SCENE.astype(np.uint16) * 257)


def _moved(page: bytes, into: bytearray) -> int:
    """Append a TIFF of one page with all its places moved; returns where its directory is then."""
    move, data = len(into), bytearray(page)
    at = int.from_bytes(page[4:8], "little")
    (count,) = struct.unpack_from("<H", page, at)
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, many = struct.unpack_from("<HHI", page, entry)
        (value,) = struct.unpack_from("<I", page, entry + 8)
        outside = sizes[kind] * many > 4
        if tag == 273:
            places = range(value, value + 4 * many, 4) if outside else [entry + 8]
            for place in places:
                struct.pack_into("<I", data, place, struct.unpack_from("<I", page, place)[0] + move)
        if outside:
            struct.pack_into("<I", data, entry + 8, value + move)
    into += data
    return move + at


def bmp(values: NDArray[Any], masks: tuple[int, ...], *, header: int = 108, kind: int = 3) -> bytes:
    """A BMP of 16 or 32 bits, top row first; a header of 40 bytes has its masks behind it."""
    rows = b"".join(row.tobytes() + bytes(-row.nbytes % 4) for row in values)
    bits, (height, width) = values.itemsize * 8, values.shape
    info = struct.pack("<IiiHHIIiiII", header, width, -height, 1, bits, kind, len(rows), 2835, 2835, 0, 0)
    spelled = struct.pack(f"<{len(masks)}I", *masks)
    head = info.ljust(40, b"\0") + spelled if header == 40 else (info + spelled).ljust(header, b"\0")
    offset = 14 + len(head)
    return struct.pack("<2sIII", b"BM", offset + len(rows), 0, offset) + head + rows


BGRA = (SCENE.astype(np.uint32) << np.array([16, 8, 0], np.uint32)).sum(axis=2, dtype=np.uint32)
BGRA |= ALPHA.astype(np.uint32) << 24
MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


@pytest.mark.parametrize(
    ("masks", "header", "kind"),
    [(MASKS, 108, 3), (MASKS, 124, 3), (MASKS, 56, 3), (MASKS, 40, 6), ((), 40, 0), (MASKS, 108, 0)],
    ids=["V4", "V5", "V3", "alpha bit fields", "fourth byte", "V4 without fields"],
)
def test_opacity_of_a_bmp(masks: tuple[int, ...], header: int, kind: int) -> None:
    pixels = decode_picture(bmp(BGRA, masks, header=header, kind=kind), RULES)
    np.testing.assert_array_equal(pixels.rgb, SCENE)
    np.testing.assert_array_equal(pixels.alpha, ALPHA)
    assert pixels.origin.dpi == pytest.approx((72, 72), abs=0.1)
    again = decode_picture(encode(pixels, EncodeOptions("bmp")), RULES)
    np.testing.assert_array_equal(again.rgb, SCENE)
    np.testing.assert_array_equal(again.alpha, ALPHA)


@pytest.mark.parametrize("fourth", [0, 255])
def test_a_fourth_byte_that_says_nothing(fourth: int) -> None:
    values = (BGRA & 0xFFFFFF) | np.uint32(fourth << 24)
    pixels = decode_picture(bmp(values, (), header=40, kind=0), RULES)
    np.testing.assert_array_equal(pixels.rgb, SCENE)
    assert pixels.alpha is None


@pytest.mark.parametrize(
    ("dtype", "masks", "most"),
    [
        (np.uint16, (0x7C00, 0x3E0, 0x1F, 0x8000), (31, 31, 31, 1)),
        (np.uint16, (0xF00, 0xF0, 0xF, 0xF000), (15, 15, 15, 15)),
        (np.uint32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000), (1023, 1023, 1023, 3)),
    ],
    ids=["1555", "4444", "2 10 10 10"],
)
def test_fields_of_odd_widths(dtype: type, masks: tuple[int, ...], most: tuple[int, ...]) -> None:
    values = np.random.default_rng(5).integers(0, 2 ** (np.dtype(dtype).itemsize * 8), (9, 11), dtype)
    pixels = decode_picture(bmp(values, masks), RULES)
    assert pixels.alpha is not None
    found = np.dstack([pixels.rgb, pixels.alpha])
    for n, (mask, top) in enumerate(zip(masks, most, strict=True)):
        wanted = ((values & dtype(mask)).astype(np.uint64) * 255) // np.uint64(mask // top) // np.uint64(top)
        assert np.abs(found[..., n].astype(int) - wanted.astype(int)).max() <= 1
