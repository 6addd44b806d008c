"""A mask becomes flags without a copy of it in floats or in colour."""

import tracemalloc
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_rules import PictureRules, Repaint
from cleanplate.pixels.types import Pixels

SIDE_PX = 2048
RULES = PictureRules(formats=("png",), max_bytes=1 << 24, max_side_px=SIDE_PX, max_pixels=SIDE_PX**2)
MOST_BYTES_A_PIXEL = 3.5
"""The decoder's samples, what Pillow copies them from, and the flags; the rest is small."""


@pytest.mark.parametrize("repaint", ["white", "nonzero"])
@pytest.mark.parametrize("mode", ["L", "1"])
def test_a_grey_mask_takes_a_few_bytes_a_pixel(mode: str, repaint: Repaint) -> None:
    levels = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    levels[200:900, 300:1500] = 255
    file = BytesIO()
    Image.fromarray(levels).convert(mode).save(file, "PNG")
    rules = replace(RULES, repaint=repaint)
    picture = Pixels(np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8))
    decode_mask(file.getvalue(), rules, picture)
    tracemalloc.start()
    try:
        mask = decode_mask(file.getvalue(), rules, picture)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(mask.flags, levels > 0)
    assert peak <= MOST_BYTES_A_PIXEL * levels.size
