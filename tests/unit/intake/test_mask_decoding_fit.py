"""Masks of another size than the picture: refused, or resized where the rules say so."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cleanplate.errors import MaskMismatch
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_rules import Fit, PictureRules
from cleanplate.pixels.types import Mask, Origin, Pixels

RULES = PictureRules(formats=("png",), max_bytes=2**20, max_side_px=4096, max_pixels=2**24)


def corner(width: int, height: int) -> bytes:
    """A mask whose upper left quarter is white."""
    values = np.zeros((height, width), np.uint8)
    values[: height // 2, : width // 2] = 255
    out = BytesIO()
    Image.fromarray(values).save(out, "PNG")
    return out.getvalue()


def fitted(size: tuple[int, int], fit: Fit, *, orientation: int = 1) -> Mask:
    """On a picture of 60 x 40 px."""
    picture = Pixels(rgb=np.zeros((40, 60, 3), np.uint8), origin=Origin(orientation=orientation))
    return decode_mask(corner(*size), replace(RULES, fit=fit), picture)


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        ((60, 40), "exact"),
        ((30, 20), "aspect"),
        ((600, 400), "aspect"),
        ((6, 4), "scale"),
        ((10, 80), "scale"),
    ],
)
def test_the_quarter_stays_a_quarter(size: tuple[int, int], fit: Fit) -> None:
    wanted = np.zeros((40, 60), np.bool_)
    wanted[:20, :30] = True
    np.testing.assert_array_equal(fitted(size, fit).flags, wanted)


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        ((30, 20), "exact"),
        ((61, 40), "exact"),
        ((40, 60), "aspect"),
        ((50, 40), "aspect"),
        ((4, 4), "aspect"),
    ],
)
def test_other_shapes_are_refused(size: tuple[int, int], fit: Fit) -> None:
    with pytest.raises(MaskMismatch, match=f"{size[0]}x{size[1]} px, but the image is 60x40 px"):
        fitted(size, fit)


def test_a_side_that_was_rounded_is_the_same_shape() -> None:
    assert fitted((21, 13), "aspect").flags.shape == (40, 60)
    assert fitted((21, 14), "aspect").flags.shape == (40, 60)


def test_one_drawn_before_the_picture_was_turned() -> None:
    turned = fitted((20, 30), "aspect", orientation=6).flags
    assert turned.shape == (40, 60)
    assert turned[10, 50]  # upper left, a quarter turn clockwise: upper right
    assert turned.sum() == 600
