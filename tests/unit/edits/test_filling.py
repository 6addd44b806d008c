"""What a mask, a keep mask and transparency come to, before anything is filled."""

import numpy as np
import pytest

from cleanplate.edits.parts import filling
from cleanplate.errors import BadInput, NothingToErase
from cleanplate.pixels.types import Mask, Pixels

SHAPE = (20, 30)
LEFT, MIDDLE, RIGHT = np.s_[:, :10], np.s_[:, 10:20], np.s_[:, 20:]


def mask(*parts: tuple[slice, slice]) -> Mask:
    flags = np.zeros(SHAPE, np.bool_)
    for part in parts:
        flags[part] = True
    return Mask(flags)


def picture(opacity: np.ndarray[tuple[int, int], np.dtype[np.uint8]] | None = None) -> Pixels:
    return Pixels(np.full((*SHAPE, 3), 90, np.uint8), alpha=opacity)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_nobody_can_see_is_no_source(dtype: type[np.uint8]) -> None:
    opacity = np.full(SHAPE, np.iinfo(dtype).max, dtype)
    opacity[LEFT] = 0
    opacity[MIDDLE] = 1
    wanted = filling.plan(picture(opacity), mask(RIGHT), None)
    assert wanted.excluded[LEFT].all()
    assert not wanted.excluded[MIDDLE].any(), "what can hardly be seen has a colour of its own"
    assert not wanted.excluded[RIGHT].any()


def test_what_is_kept_is_no_source_and_no_part_of_the_hole() -> None:
    wanted = filling.plan(picture(), mask(MIDDLE, RIGHT), mask(RIGHT))
    np.testing.assert_array_equal(wanted.hole, mask(MIDDLE).flags)
    np.testing.assert_array_equal(wanted.keep, mask(RIGHT).flags)
    np.testing.assert_array_equal(wanted.excluded, wanted.keep)


def test_what_is_kept_and_what_is_transparent_are_excluded_together() -> None:
    opacity = np.full(SHAPE, 255, np.uint8)
    opacity[LEFT] = 0
    wanted = filling.plan(picture(opacity), mask(MIDDLE), mask(RIGHT))
    np.testing.assert_array_equal(wanted.excluded, mask(LEFT, RIGHT).flags)
    np.testing.assert_array_equal(wanted.keep, mask(RIGHT).flags)


def test_a_mask_that_leaves_nothing_to_do_is_refused() -> None:
    with pytest.raises(NothingToErase, match="no pixel of it is painted"):
        filling.plan_for_drawn_mask(picture(), mask(), None)
    with pytest.raises(NothingToErase, match="covers all of the mask"):
        filling.plan_for_drawn_mask(picture(), mask(MIDDLE), mask(MIDDLE, RIGHT))


def _why(wanted: filling.Plan) -> str:
    with pytest.raises(BadInput) as raised:
        filling.crops(wanted, lambda box, alpha, report: wanted.pixels.rgb[box.slices], lambda *_: None)
    return raised.value.public


def test_why_nothing_is_left_is_said_of_what_covers_it() -> None:
    clear = np.full(SHAPE, 255, np.uint8)
    clear[LEFT] = 0
    nothing = "nothing is left to fill from: the hole"
    wanted = filling.plan(picture(), mask(LEFT, MIDDLE, RIGHT), None, dilate_px=0)
    assert _why(wanted) == f"{nothing} covers the whole picture"
    wanted = filling.plan(picture(), mask(LEFT, RIGHT), None, dilate_px=6)
    assert _why(wanted) == f"{nothing}, grown by 6 px, covers the whole picture"
    wanted = filling.plan(picture(clear), mask(MIDDLE, RIGHT), None, dilate_px=0)
    assert _why(wanted) == f"{nothing} covers all of the picture that can be seen"
    wanted = filling.plan(picture(clear), mask(MIDDLE), mask(RIGHT), dilate_px=0)
    assert _why(wanted) == f"{nothing} covers all of the picture that can be seen and is not to be kept"
    wanted = filling.plan(picture(), mask(LEFT, RIGHT), None, dilate_px=2, feather_px=4)
    said = f"{nothing}, grown by 2 px, with its soft edge of 4 px, covers the whole picture"
    assert _why(wanted) == said


@pytest.mark.parametrize(("dilate_px", "feather_px"), [(0, 3), (6, 3), (7, 2), (8, 1), (9, 0), (10, 3)])
def test_the_soft_edge_of_a_drawn_mask_leaves_a_pixel_where_it_can(dilate_px: int, feather_px: int) -> None:
    """The farthest pixels are 10 px from the hole."""
    wanted = filling.plan_for_drawn_mask(picture(), mask(LEFT, MIDDLE), None, dilate_px=dilate_px)
    assert wanted.feather_px == feather_px
