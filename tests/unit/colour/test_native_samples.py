"""A file's own samples: their view, and what a fill becomes among them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit import profiles

from cleanplate.colour.native_samples import srgb_view
from cleanplate.compositing.paste import Patch, changed_outside, flatten, paste, uncovered
from cleanplate.pixels.types import Box, Native, Palette, Pixels, Rgb8, Samples, Space

HEIGHT, WIDTH = 60, 70
BOX = Box(10, 8, 60, 52)
HOLE = slice(20, 40), slice(25, 45)


def noise(*shape: int, top: int = 256) -> NDArray[np.uint16]:
    return np.random.default_rng(9).integers(0, top, shape, dtype=np.uint16)


def alpha() -> NDArray[np.float32]:
    soft = np.zeros((HEIGHT, WIDTH), np.float32)
    soft[HOLE] = 1
    soft[HOLE[0], HOLE[1].stop : HOLE[1].stop + 2] = 0.5
    return soft


def pasted(own: Native, fill: Rgb8) -> Native:
    before = Pixels(srgb_view(own), native=own)
    patch = Patch(BOX, fill[BOX.slices], alpha()[BOX.slices])
    after = paste(before, [patch])
    assert after.native is not None
    assert changed_outside(before, after, [patch]) == 0
    kept = alpha() == 0
    np.testing.assert_array_equal(after.native.samples[kept], own.samples[kept])
    np.testing.assert_array_equal(after.rgb, srgb_view(after.native))
    return after.native


KINDS: list[tuple[Samples, Space, bytes | None]] = [
    (noise(HEIGHT, WIDTH, 3).astype(np.uint8), "rgb", profiles.p3()),
    (noise(HEIGHT, WIDTH, 3, top=65536), "rgb", profiles.prophoto()),
    (noise(HEIGHT, WIDTH, 3, top=65536), "rgb", None),
    (noise(HEIGHT, WIDTH).astype(np.uint8), "grey", profiles.grey()),
    (noise(HEIGHT, WIDTH, top=65536), "grey", None),
    (noise(HEIGHT, WIDTH, 4).astype(np.uint8), "cmyk", profiles.cmyk()),
    (noise(HEIGHT, WIDTH, 4).astype(np.uint8), "cmyk", None),
]


@pytest.mark.parametrize(("samples", "space", "icc"), KINDS)
def test_only_the_hole_changes(samples: Samples, space: Space, icc: bytes | None) -> None:
    own = Native(samples, space, icc)
    after = pasted(own, np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    changed = after.samples[HOLE] != samples[HOLE]
    assert (changed if changed.ndim == 2 else changed.any(axis=2)).mean() > 0.95
    assert np.abs(srgb_view(after)[HOLE].astype(int) - 90).mean() < 6


@pytest.mark.parametrize("height", [1, 255, 256, 257, 600])
def test_the_view_is_of_all_rows(height: int) -> None:
    samples = noise(height, 5, 4).astype(np.uint8)
    image = Image.frombytes("CMYK", (5, height), samples.tobytes())
    np.testing.assert_array_equal(srgb_view(Native(samples, "cmyk")), np.asarray(image.convert("RGB")))


def test_colours_beyond_srgb_come_back() -> None:
    """A fill cannot say them; the pixels round it can."""
    down, right = np.mgrid[:HEIGHT, :WIDTH]
    vivid = np.stack([245 - right // 8, 10 + down // 8, 20 + 0 * down], axis=-1).astype(np.uint8)
    own = Native(vivid, "rgb", profiles.p3())
    after = pasted(own, srgb_view(own))
    assert np.abs(after.samples[HOLE].astype(int) - vivid[HOLE]).max() <= 4


def test_a_black_of_one_ink_stays_of_one_ink() -> None:
    inks = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    inks[..., 3] = 150 + np.mgrid[:HEIGHT, :WIDTH][1]
    for icc in (None, profiles.cmyk()):
        own = Native(inks, "cmyk", icc)
        after = pasted(own, srgb_view(own))
        assert np.abs(after.samples[HOLE].astype(int) - inks[HOLE]).max() <= 4


def test_a_patch_without_a_known_pixel_goes_by_the_profile() -> None:
    own = Native(np.zeros((HEIGHT, WIDTH, 4), np.uint8), "cmyk", None)
    fill = noise(HEIGHT, WIDTH, 3).astype(np.uint8)
    full = np.ones((HEIGHT, WIDTH), np.float32)
    after = paste(Pixels(srgb_view(own), native=own), [Patch(Box(0, 0, WIDTH, HEIGHT), fill, full)])
    np.testing.assert_array_equal(after.rgb, fill)


def test_changed_outside_counts_what_only_the_samples_show() -> None:
    own = Native(np.zeros((HEIGHT, WIDTH, 3), np.uint16), "rgb")
    before = Pixels(srgb_view(own), native=own)
    moved = own.samples.copy()
    moved[3, 4, 1], moved[30, 30, 0] = 1, 1
    after = Pixels(before.rgb, native=Native(moved, "rgb"))
    patch = Patch(BOX, np.zeros((BOX.height, BOX.width, 3), np.uint8), alpha()[BOX.slices])
    assert changed_outside(before, after, [patch]) == 1


def test_flatten_keeps_the_space_but_no_palette() -> None:
    clear = np.full((HEIGHT, WIDTH), 255, np.uint8)
    clear[:5] = 0
    wide = Native(noise(HEIGHT, WIDTH, 3).astype(np.uint8), "rgb", profiles.p3())
    flat = flatten(Pixels(srgb_view(wide), clear, native=wide))
    assert flat.native is not None
    assert (flat.native.samples[:5] == 255).all()
    assert (flat.rgb[:5] == 255).all()
    np.testing.assert_array_equal(flat.native.samples[5:], wide.samples[5:])
    palette = Palette(np.zeros((2, 3), np.uint8), np.array([255, 0], np.uint8))
    indexed = Native((clear == 0).astype(np.uint8), "index", palette=palette)
    flat = flatten(Pixels(srgb_view(indexed), clear, native=indexed))
    assert flat.native is None
    assert (flat.rgb[:5] == 255).all()


def test_uncovered_makes_a_box_opaque() -> None:
    palette = Palette(np.zeros((2, 3), np.uint8), np.array([255, 0], np.uint8))
    indexed = Native(np.ones((HEIGHT, WIDTH), np.uint8), "index", palette=palette)
    clear = np.zeros((HEIGHT, WIDTH), np.uint8)
    after = uncovered(Pixels(srgb_view(indexed), clear, native=indexed), BOX)
    assert after.native is None  # an index has just one opacity
    assert after.alpha is not None
    assert (after.alpha[BOX.slices] == 255).all()
    assert np.count_nonzero(after.alpha) == BOX.width * BOX.height
    opaque = Pixels(after.rgb)
    assert uncovered(opaque, BOX) is opaque
