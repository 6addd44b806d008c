"""Enclosed grounds: what stands in a bubble is told from its line, and from all that passes through."""

import cv2
import numpy as np

from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.enclosed_ground import enclosed_ground
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import InkMask, segment_lines

PLACE = RotatedBox(150, 90, 250, 50, 0)
BLACK = (0, 0, 0)


def bubble() -> Rgb8:
    """White, with a black line, on a dark picture with some grain."""
    rgb = np.random.default_rng(3).integers(15, 75, (180, 300, 3)).astype(np.uint8)
    for colour, thick in (((255, 255, 255), -1), (BLACK, 5)):
        cv2.ellipse(rgb, (150, 90), (120, 56), 0, 0, 360, colour, thick, cv2.LINE_AA)
    return rgb


def lettered(rgb: Rgb8) -> Rgb8:
    """Letters from one end of the bubble to the other."""
    out = rgb.copy()
    cv2.putText(out, "EIGHTEEN", (26, 106), cv2.FONT_HERSHEY_SIMPLEX, 1.6, BLACK, 5, cv2.LINE_AA)
    return out


def found(rgb: Rgb8) -> tuple[InkMask, Hole]:
    (mask,) = segment_lines(rgb, [PLACE])
    flags = np.zeros(rgb.shape[:2], np.bool_)
    flags[mask.box.slices] = mask.ink
    return mask, flags


def letters(rgb: Rgb8) -> Hole:
    return np.asarray((lettered(np.full_like(rgb, 255)) < 100).all(axis=2))


def test_letters_go_and_the_line_of_a_bubble_on_a_dark_picture_stays() -> None:
    bare = bubble()
    rgb = lettered(bare)
    mask, ink = found(rgb)
    drawn = np.abs(rgb.astype(int) - bare).max(axis=2) > 60
    inside = np.zeros(bare.shape[:2], np.uint8)
    cv2.ellipse(inside, (150, 90), (116, 52), 0, 0, 360, 1, -1)
    assert ink[drawn & (inside > 0)].mean() > 0.95
    assert ink[(bare < 100).all(axis=2)].mean() < 0.001
    assert mask.beyond is not None
    assert not mask.beyond[mask.ink].any()


def test_a_line_across_the_ground_says_that_it_does_not_bound_it() -> None:
    crossed = bubble()
    cv2.line(crossed, (100, 38), (100, 142), BLACK, 3)
    rgb = lettered(crossed)
    line = np.zeros(rgb.shape[:2], np.bool_)
    line[38:142, 99:102] = True
    nothing = np.zeros_like(line)
    inside = PLACE.inside(Box(0, 0, 300, 180))
    assert enclosed_ground(rgb, letters(rgb), inside, nothing, line, 33) is None
    assert enclosed_ground(rgb, letters(rgb), inside, nothing, nothing, 33) is not None


def test_a_photo_is_no_plain_ground() -> None:
    rng = np.random.default_rng(1)
    coarse = rng.integers(60, 255, (12, 20, 3)).astype(np.uint8)
    rgb = lettered(np.asarray(cv2.resize(coarse, (300, 180), interpolation=cv2.INTER_CUBIC), np.uint8))
    nothing = np.zeros(rgb.shape[:2], np.bool_)
    assert enclosed_ground(rgb, letters(rgb), ~nothing, nothing, nothing, 33) is None


def test_a_ground_that_is_not_convex_has_no_hull() -> None:
    rgb = np.full((180, 300, 3), 30, np.uint8)
    rgb[60:120] = rgb[:, 140:160] = 255  # a cross
    rgb = lettered(np.asarray(rgb, np.uint8))
    nothing = np.zeros(rgb.shape[:2], np.bool_)
    inside = nothing.copy()
    inside[62:118] = True
    assert enclosed_ground(rgb, letters(rgb), inside, nothing, nothing, 33) is None
