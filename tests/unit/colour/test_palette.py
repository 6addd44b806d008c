"""Palettes: old indices and entries stay, new pixels get the best there is or new entries."""

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.colour.native_samples import srgb_view
from cleanplate.colour.palette import MOST_NEW
from cleanplate.compositing.paste import Patch, paste
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Box, Native, Origin, Palette, Pixels, Rgb8

SIZE = 40
BOX = Box(8, 6, 32, 30)
RULES = PictureRules(formats=("png", "tiff", "bmp"), max_bytes=2**20, max_side_px=999, max_pixels=2**20)
FEW = np.array([[0, 0, 0], [255, 255, 255], [200, 0, 0]], np.uint8)


def indexed(palette: Palette, indices: NDArray[np.uint8] | None = None) -> Pixels:
    if indices is None:
        count = len(palette.entries)
        indices = np.random.default_rng(2).integers(0, count, (SIZE, SIZE), dtype=np.uint8)
    own = Native(indices, "index", palette=palette)
    alpha = None if palette.opacity is None else palette.opacity[indices]
    return Pixels(srgb_view(own), alpha, Origin(grey=palette.fixed), own)


def pasted(pixels: Pixels, fill: Rgb8, share: float = 1.0) -> tuple[Pixels, Native, Palette]:
    alpha = np.full((BOX.height, BOX.width), share, np.float32)
    after = paste(pixels, [Patch(BOX, fill, alpha)])
    assert after.native is not None
    assert after.native.palette is not None
    outside = np.ones((SIZE, SIZE), np.bool_)
    outside[BOX.slices] = False
    assert pixels.native is not None
    assert (after.native.samples[outside] == pixels.native.samples[outside]).all()
    np.testing.assert_array_equal(after.rgb, srgb_view(after.native))
    return after, after.native, after.native.palette


def plain(*colour: int) -> Rgb8:
    return np.broadcast_to(np.array(colour, np.uint8), (BOX.height, BOX.width, 3)).copy()


def slope() -> Rgb8:
    right = np.linspace(0, 255, BOX.width).astype(np.uint8)
    return np.broadcast_to(
        np.stack([right, right // 2, 255 - right], axis=-1), (BOX.height, BOX.width, 3)
    ).copy()


def test_colours_that_are_there_need_no_new_entries() -> None:
    after, _, palette = pasted(indexed(Palette(FEW)), plain(200, 2, 0))
    assert (after.rgb[BOX.slices] == (200, 0, 0)).all()
    np.testing.assert_array_equal(palette.entries, FEW)


def test_new_colours_go_behind_the_old_ones() -> None:
    after, _, palette = pasted(indexed(Palette(FEW)), slope())
    np.testing.assert_array_equal(palette.entries[:3], FEW)
    assert 3 < len(palette.entries) <= 3 + MOST_NEW
    assert np.abs(after.rgb[BOX.slices].astype(int) - slope()).mean() < 4


def test_a_full_palette_stays_and_its_error_is_spread() -> None:
    greys = np.repeat(np.arange(0, 256, 32, dtype=np.uint8), 32)[:, None].repeat(3, axis=1)
    greys[:, 0] += np.tile(np.arange(32, dtype=np.uint8), 8)  # 256 that are used and differ
    every = np.resize(np.arange(256, dtype=np.uint8), (SIZE, SIZE))
    after, _, palette = pasted(indexed(Palette(greys), every), plain(120, 112, 112))
    assert palette.entries is greys
    inside = after.rgb[BOX.slices][4:-4, 4:-4].astype(float)
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) > 1
    assert np.abs(inside.mean(axis=(0, 1)) - (120, 112, 112)).max() < 6


def test_the_filling_at_the_end_of_a_palette_is_room() -> None:
    padded = np.concatenate([FEW, np.zeros((253, 3), np.uint8)])
    indices = np.random.default_rng(2).integers(0, 3, (SIZE, SIZE), dtype=np.uint8)
    _, _, palette = pasted(indexed(Palette(padded), indices), plain(10, 200, 90))
    np.testing.assert_array_equal(palette.entries[:3], FEW)
    assert len(palette.entries) == 256
    assert (palette.entries == (10, 200, 90)).all(axis=1).any()


def test_an_entry_in_use_is_never_room() -> None:
    padded = np.concatenate([FEW, np.zeros((253, 3), np.uint8)])
    indices = np.full((SIZE, SIZE), 255, np.uint8)
    _, _, palette = pasted(indexed(Palette(padded), indices), plain(10, 200, 90))
    np.testing.assert_array_equal(palette.entries, padded)


def test_opacity_stays_by_pixel() -> None:
    opacity = np.array([255, 0, 90], np.uint8)
    before = indexed(Palette(FEW, opacity))
    after, own, palette = pasted(before, slope())
    assert palette.opacity is not None
    assert before.alpha is not None
    np.testing.assert_array_equal(palette.opacity[own.samples], before.alpha)
    assert (palette.opacity[3:] == 255).all()
    assert after.alpha is before.alpha


def test_bits_grow_only_with_the_palette() -> None:
    sixteen = np.random.default_rng(1).integers(0, 256, (16, 3), dtype=np.uint8)
    assert pasted(indexed(Palette(sixteen, bits=4)), plain(*sixteen[7].tolist()))[2].bits == 4
    assert pasted(indexed(Palette(sixteen, bits=4)), slope())[2].bits == 8


def test_half_a_patch_is_half_way_between() -> None:
    before = indexed(Palette(FEW), np.zeros((SIZE, SIZE), np.uint8))
    after, _, _ = pasted(before, plain(100, 200, 50), share=0.5)
    assert np.abs(after.rgb[BOX.slices].astype(int) - (50, 100, 25)).max() <= 1


def black_and_white(image: Image.Image) -> Pixels:
    palette = Palette(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), bits=1, fixed=True)
    return indexed(palette, np.asarray(image.convert("1")).astype(np.uint8))


def test_letters_stay_sharp() -> None:
    page = Image.new("L", (SIZE, SIZE), 255)
    for line in range(4):
        ImageDraw.Draw(page).text((2, 10 * line), "letters", fill=0, font=ImageFont.load_default(10))
    _, own, palette = pasted(black_and_white(page.point(lambda v: 255 * (v > 128))), plain(240, 240, 240))
    assert (own.samples[BOX.slices] == 1).all()
    assert len(palette.entries) == 2


@pytest.mark.parametrize("tone", [70, 128, 180])
def test_dots_make_the_same_grey(tone: int) -> None:
    dots = black_and_white(Image.new("L", (SIZE, SIZE), tone))
    rolled = np.random.default_rng(3).integers(0, 256, (SIZE, SIZE, 1)) < tone
    fill = np.repeat(np.where(rolled, 255, 0), 3, axis=2).astype(np.uint8)
    alpha = np.zeros((SIZE, SIZE), np.float32)
    alpha[BOX.slices] = 1
    after = paste(dots, [Patch(Box(0, 0, SIZE, SIZE), fill, alpha)]).native
    assert after is not None
    made = after.samples[BOX.slices].astype(int)
    assert abs(made.mean() * 255 - tone) < 25
    clumped = (fill[BOX.slices][..., 0] > 0).astype(int)
    assert np.abs(np.diff(made, axis=1)).mean() > 1.2 * np.abs(np.diff(clumped, axis=1)).mean()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_indices_of_any_width_are_written_and_read(kind: str, bits: int) -> None:
    entries = np.random.default_rng(bits).integers(0, 256, (1 << bits, 3), dtype=np.uint8)
    before = indexed(Palette(entries, bits=bits))
    assert before.native is not None
    data = encode(before, EncodeOptions("png" if kind == "png" else "tiff"))
    read = np.asarray(Image.open(BytesIO(data)))
    np.testing.assert_array_equal(read, before.native.samples)
    again = decode_picture(data, RULES).native
    assert again is not None
    assert again.palette is not None
    assert again.palette.bits == bits
    np.testing.assert_array_equal(again.palette.entries, entries)


def test_sixteen_bits_of_an_entry_survive() -> None:
    deep = np.array([[0, 300, 65535], [10, 20, 30], [1000, 2000, 3000], [7, 7, 7]], np.uint16)
    palette = Palette((deep >> 8).astype(np.uint8), bits=2, map16=deep)
    data = encode(indexed(palette), EncodeOptions("tiff"))
    found = decode_picture(data, RULES).native
    assert found is not None
    assert found.palette is not None
    assert found.palette.map16 is not None
    np.testing.assert_array_equal(found.palette.map16, deep)
