"""Tiles cover a picture once, stay within their size, and see their margin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanplate.pixels.tiles import GRID_PX, scaled, tiles
from cleanplate.pixels.types import Box


@given(width=st.integers(1, 700), height=st.integers(1, 700), side=st.sampled_from([16, 96, 128]))
def test_every_pixel_is_kept_once(width: int, height: int, side: int) -> None:
    counts = np.zeros((height, width), np.uint8)
    for tile in tiles(width, height, side, 8):
        counts[tile.kept.slices] += 1
        assert 0 < tile.kept.width <= side
        assert 0 < tile.kept.height <= side
        assert tile.kept.left % GRID_PX == tile.kept.top % GRID_PX == 0
    assert (counts == 1).all()


def test_a_tile_sees_its_margin_up_to_the_border() -> None:
    first, *_, last = tiles(300, 200, 128, 8)
    assert (first.kept, first.seen) == (Box(0, 0, 96, 96), Box(0, 0, 104, 104))
    assert (last.kept, last.seen) == (Box(192, 96, 300, 200), Box(184, 88, 300, 200))
    assert (first.within, last.within) == (Box(0, 0, 96, 96), Box(8, 8, 116, 112))


def test_what_is_within_is_what_is_kept() -> None:
    picture = np.arange(200 * 300).reshape(200, 300)
    for tile in tiles(300, 200, 64, 16):
        assert (picture[tile.seen.slices][tile.within.slices] == picture[tile.kept.slices]).all()


@pytest.mark.parametrize("factor", [1, 3])
def test_scaled(factor: int) -> None:
    assert scaled(Box(1, 2, 3, 4), factor) == Box(factor, 2 * factor, 3 * factor, 4 * factor)
