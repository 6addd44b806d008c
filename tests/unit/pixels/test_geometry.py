"""Boxes round holes."""

import numpy as np
import pytest

from cleanplate.pixels.geometry import CELL_PX, MIN_CONTEXT_PX, at_least, bounds, grow, regions
from cleanplate.pixels.types import Box, Hole


def holes(width: int, height: int, *boxes: Box) -> Hole:
    hole = np.zeros((height, width), np.bool_)
    for box in boxes:
        hole[box.slices] = True
    return hole


def overlap(first: Box, second: Box) -> bool:
    return (
        first.left < second.right
        and second.left < first.right
        and first.top < second.bottom
        and second.top < first.bottom
    )


@pytest.mark.parametrize("box", [Box(3, 4, 9, 11), Box(0, 0, 1, 1), Box(39, 29, 40, 30), Box(0, 0, 40, 30)])
def test_bounds_are_tight(box: Box) -> None:
    assert bounds(holes(40, 30, box)) == box


def test_bounds_of_nothing() -> None:
    assert bounds(holes(7, 5)) is None


def test_grow_stops_at_the_picture() -> None:
    assert grow(Box(5, 5, 8, 8), 2, 100, 100) == Box(3, 3, 10, 10)
    assert grow(Box(5, 5, 8, 8), 20, 20, 9) == Box(0, 0, 20, 9)


def test_no_hole_needs_no_crop() -> None:
    assert regions(holes(100, 80)) == []


def test_a_small_hole_gets_the_least_context() -> None:
    crop = regions(holes(1000, 1000, Box(500, 400, 510, 404)))
    margin = MIN_CONTEXT_PX
    assert crop == [Box(500 - margin, 400 - margin, 510 + margin, 404 + margin)]


def test_context_is_half_of_what_changes() -> None:
    # the side that changes is 200 + 2 * 30, half of it is 130, and the margin comes on top
    assert regions(holes(1000, 1000, Box(400, 400, 600, 500)), margin_px=30) == [Box(240, 240, 760, 660)]


def test_far_holes_get_crops_of_their_own() -> None:
    crops = regions(holes(2000, 1000, Box(10, 10, 60, 60), Box(1900, 900, 1950, 950)))
    assert [(crop.width, crop.height) for crop in crops] == [(124, 124), (164, 164)]


def test_near_holes_share_a_crop() -> None:
    specks = [Box(500 + 20 * n, 500 + 7 * n, 503 + 20 * n, 502 + 7 * n) for n in range(20)]
    assert len(regions(holes(1500, 1500, *specks))) == 1


def test_a_merged_crop_reaches_what_its_parts_did_not() -> None:
    """The common crop of three is wide enough to touch the fourth hole; none of theirs was."""
    chain = [Box(left, 500, left + 10, 510) for left in (500, 620, 740)]
    last = Box(930, 500, 940, 510)
    assert len(regions(holes(1600, 1000, chain[-1], last))) == 2
    assert len(regions(holes(1600, 1000, *chain, last))) == 1


@pytest.mark.parametrize("density", [0.00002, 0.001, 0.5, 1.0])
@pytest.mark.parametrize("size", [(700, 500), (1001, 13), (7, 13), (1, 1), (CELL_PX, CELL_PX * 9 + 1)])
def test_crops_hold_every_hole_and_never_overlap(size: tuple[int, int], density: float) -> None:
    width, height = size
    hole = np.random.default_rng(7).random((height, width)) < density
    crops = regions(hole, margin_px=3)
    left = hole.copy()
    for crop in crops:
        assert hole[crop.slices].any()
        left[crop.slices] = False
    assert not left.any()
    assert not any(overlap(a, b) for number, a in enumerate(crops) for b in crops[:number])


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        (Box(100, 100, 120, 140), Box(60, 70, 160, 170)),
        (Box(0, 10, 20, 300), Box(0, 10, 100, 300)),
        (Box(280, 250, 300, 260), Box(200, 200, 300, 300)),
        (Box(5, 5, 200, 200), Box(5, 5, 200, 200)),
    ],
)
def test_a_box_grows_to_a_side(box: Box, wanted: Box) -> None:
    assert at_least(box, 100, 300, 300) == wanted


def test_a_box_grows_no_further_than_the_picture() -> None:
    assert at_least(Box(10, 10, 20, 20), 512, 300, 200) == Box(0, 0, 300, 200)
    assert at_least(Box(10, 10, 20, 20), 0, 300, 200) == Box(10, 10, 20, 20)
