"""Paste and flatten: the promise that nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.colour.bit_depth import to_8_bit
from cleanplate.colour.native_samples import srgb_view
from cleanplate.compositing.paste import Patch, changed_outside, flatten, paste
from cleanplate.pixels.types import Alpha, Box, Native, Origin, Pixels, Rgb8

BOX = Box(5, 3, 17, 15)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def picture(*, deep: bool = False, grey: bool = False, opacity: bool = False) -> Pixels:
    channels = 1 if grey else 3
    values = rng().integers(0, 65536, (24, 31, channels), dtype=np.uint16)
    values = np.repeat(values, 3 // channels, axis=2)
    alpha = rng().integers(0, 65536, (24, 31), dtype=np.uint16) if opacity else None
    if deep:
        own = Native(values[..., 0], "grey") if grey else Native(values, "rgb")
        return Pixels(rgb=to_8_bit(values), native=own, alpha=alpha, origin=Origin(grey=grey))
    eight = None if alpha is None else to_8_bit(alpha)
    return Pixels(rgb=to_8_bit(values), alpha=eight, origin=Origin(grey=grey))


def ramp() -> Alpha:
    alpha = np.zeros((BOX.height, BOX.width), np.float32)
    alpha[1:-1, 1:-1] = 0.3
    alpha[3:-3, 3:-3] = 1
    return alpha


def noise() -> Rgb8:
    return rng().integers(0, 256, (BOX.height, BOX.width, 3), dtype=np.uint8)


def deepest(pixels: Pixels) -> NDArray[np.uint8] | NDArray[np.uint16]:
    return pixels.rgb if pixels.native is None else pixels.native.samples


def whole(alpha: Alpha) -> Alpha:
    frame = np.zeros((24, 31), np.float32)
    frame[BOX.slices] = alpha
    return frame


@pytest.mark.parametrize("deep", [False, True])
def test_what_changes_where_no_patch_had_a_say_is_counted(deep: bool) -> None:
    before, patches = picture(deep=deep), [Patch(BOX, noise(), ramp())]
    after = paste(before, patches)
    assert changed_outside(before, after, patches) == 0
    spoilt = after.rgb.copy()
    spoilt[BOX.top, BOX.left] ^= 1  # in the patch's box, where its alpha is 0
    spoilt[0, 0, 1] ^= 1
    assert changed_outside(before, replace(after, rgb=spoilt), patches) == 4
    if after.native is not None:
        samples = after.native.samples.copy()
        samples[BOX.top, BOX.left] ^= 1
        native = replace(after.native, samples=samples)
        assert changed_outside(before, replace(after, native=native), patches) == 3


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("deep", [False, True])
def test_only_the_mask_changes(deep: bool, grey: bool) -> None:
    before = picture(deep=deep, grey=grey, opacity=True)
    after = paste(before, [Patch(BOX, noise(), ramp())])
    kept = whole(ramp()) == 0
    np.testing.assert_array_equal(after.rgb[kept], before.rgb[kept])
    assert (after.rgb[~kept] != before.rgb[~kept]).any(axis=1).mean() > 0.9
    assert after.alpha is before.alpha
    assert after.origin is before.origin
    np.testing.assert_array_equal(deepest(after)[kept], deepest(before)[kept])
    if after.native is not None:
        np.testing.assert_array_equal(after.rgb, srgb_view(after.native))
    if grey:
        assert (after.rgb == after.rgb[..., :1]).all()


@pytest.mark.parametrize("deep", [False, True])
def test_full_alpha_is_the_fill_and_half_is_between(deep: bool) -> None:
    before, fill, alpha = picture(deep=deep), noise(), ramp()
    after = paste(before, [Patch(BOX, fill, alpha)])
    old, new = deepest(before), deepest(after)
    scale = 257 if deep else 1
    np.testing.assert_array_equal(new[BOX.slices][alpha == 1], fill[alpha == 1].astype(np.uint16) * scale)
    soft = (alpha > 0) & (alpha < 1)
    exact = old[BOX.slices][soft] * 0.7 + fill[soft] * 0.3 * scale
    assert np.abs(new[BOX.slices][soft] - exact).max() <= 0.51


def test_the_input_is_not_written_to() -> None:
    before = picture(deep=True)
    paste(before, [Patch(BOX, noise(), ramp())])
    again = picture(deep=True)
    np.testing.assert_array_equal(before.rgb, again.rgb)
    np.testing.assert_array_equal(deepest(before), deepest(again))


def test_several_patches_later_over_earlier() -> None:
    black, white = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    alpha = np.ones((4, 4), np.float32)
    after = paste(picture(), [Patch(Box(0, 0, 4, 4), black, alpha), Patch(Box(2, 2, 6, 6), white, alpha)])
    assert (after.rgb[:2, :4] == 0).all()
    assert (after.rgb[2:6, 2:6] == 255).all()


def test_no_patch_no_copy() -> None:
    before = picture()
    assert paste(before, []) is before


def test_shallow_rounds_every_value() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    np.testing.assert_array_equal(to_8_bit(values), np.rint(values / 257).astype(np.uint8))


@pytest.mark.parametrize("deep", [False, True])
def test_flatten_puts_white_behind(deep: bool) -> None:
    before = picture(deep=deep, opacity=True)
    after = flatten(before)
    assert after.alpha is None
    assert before.alpha is not None
    top = 65535 if deep else 255
    share = before.alpha[..., None] / top
    assert np.abs(deepest(after) - (deepest(before) * share + top * (1 - share))).max() <= 0.51


def test_flatten_keeps_an_opaque_picture() -> None:
    before = picture()
    assert flatten(before) is before
    opaque = replace(before, alpha=np.full((24, 31), 255, np.uint8))
    assert flatten(opaque).rgb is before.rgb
