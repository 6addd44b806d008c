"""Bars under captions and large translucent letters: lifted where the picture shines through, else left."""

import cv2
import numpy as np
import pytest
from tests.unit.text.test_text_segmentation import lettered, photo

from cleanplate.compositing.paste import paste
from cleanplate.pixels.types import Hole, Pixels, Rgb8
from cleanplate.text.caption_bar import caption_bars
from cleanplate.text.flat_layer import layer_of
from cleanplate.text.layer_extent import layer_extent
from cleanplate.text.layer_lifting import lift_bars, lift_marks
from cleanplate.text.rotated_box import RotatedBox

PLACE = RotatedBox(185, 90, 210, 54, 0)
CELL = 60
WHITE = (255, 255, 255)


def barred(rgb: Rgb8, left: int = 60, right: int = 312) -> Rgb8:
    """The picture with a black bar of half strength."""
    out = rgb.copy()
    out[60:122, left:right] = np.rint(out[60:122, left:right] * 0.5)
    return out


def off(rgb: Rgb8, truth: Rgb8, where: Hole) -> float:
    return float(np.sqrt(((rgb.astype(float) - truth)[where] ** 2).mean()))


@pytest.mark.parametrize(("left", "right"), [(60, 312), (0, 400)])
def test_a_bar_is_found_and_measured(left: int, right: int) -> None:
    (bar,) = caption_bars(lettered(barred(photo(cell=CELL), left, right), [(WHITE, 3, 0)]), [PLACE])
    assert abs(bar.box.left - left) <= 1
    assert abs(bar.box.right - right) <= 1
    assert (abs(bar.box.top - 60), abs(bar.box.bottom - 122)) <= (1, 1)
    assert bar.layer.through == pytest.approx(0.5, abs=0.05)


def test_what_lies_under_a_bar_comes_back() -> None:
    truth = photo(cell=CELL)
    rgb = lettered(barred(truth), [(WHITE, 3, 0)])
    everywhere = np.ones(rgb.shape[:2], np.bool_)
    done = lift_bars(rgb, np.zeros_like(everywhere), everywhere, [PLACE])
    assert done.bars == 1
    made = paste(Pixels(rgb), done.patches).rgb
    inside = np.zeros_like(everywhere)
    inside[64:118, 66:306] = True
    letters = (lettered(np.zeros_like(rgb), [(WHITE, 3, 0)]) > 8).any(axis=2)
    assert done.hole[letters].mean() > 0.97
    assert off(made, truth, inside & ~done.hole) < 10
    assert off(rgb, truth, inside & ~done.hole) > 40


def test_a_bar_is_found_by_its_clearer_edge_where_the_photo_changes_at_the_other() -> None:
    rgb = photo(cell=CELL)
    rgb[122:, :180] = rgb[122:, :180][:, ::-1]  # the picture goes on as another one below half of the bar
    (bar,) = caption_bars(lettered(barred(rgb), [(WHITE, 3, 0)]), [PLACE])
    assert (abs(bar.box.top - 60), abs(bar.box.bottom - 122)) <= (1, 1)
    assert bar.layer.through == pytest.approx(0.5, abs=0.05)


def test_the_soft_edge_of_a_frame_is_no_bar() -> None:
    rgb = photo(cell=CELL)
    rgb[59:123, 60:312] = np.rint(rgb[59:123, 60:312] * 0.4)
    rgb[60:122, 60:312] = 0
    rgb[64:118, 64:308] = 255
    assert caption_bars(lettered(rgb, [((0, 0, 0), 3, 0)]), [PLACE]) == []


def test_a_sign_and_a_picture_without_a_bar_have_none() -> None:
    sign = photo(cell=CELL)
    sign[60:122, 60:312] = (30, 90, 40)
    for rgb in (lettered(photo(cell=CELL), [(WHITE, 3, 0)]), lettered(sign, [(WHITE, 3, 0)])):
        assert caption_bars(rgb, [PLACE]) == []


def large(rgb: Rgb8, share: float) -> tuple[Rgb8, Hole]:
    """A large white letter of some strength over the picture, and where it is."""
    layer = np.zeros(rgb.shape[:2], np.uint8)
    cv2.putText(layer, "NO", (60, 150), cv2.FONT_HERSHEY_SIMPLEX, 5, 255, 30, cv2.LINE_AA)
    alpha = layer[..., None] / 255 * share
    return np.rint(rgb * (1 - alpha) + 255 * alpha).astype(np.uint8), np.asarray(layer > 0)


def test_a_large_translucent_letter_is_lifted() -> None:
    truth = photo(200, 360, CELL)
    rgb, hole = large(truth, 0.5)
    everywhere = np.ones_like(hole)
    done = lift_marks(rgb, hole, hole, everywhere, [RotatedBox(170, 95, 290, 150, 0)])
    assert done.marks == 1
    assert done.hole.sum() < 0.7 * hole.sum()
    made = paste(Pixels(rgb), done.patches).rgb
    assert off(made, truth, hole & ~done.hole) < 8


def test_an_opaque_letter_has_no_layer_to_lift() -> None:
    rgb, hole = large(photo(200, 360, CELL), 1.0)
    assert layer_of(rgb, hole, np.zeros_like(hole)) is None
    done = lift_marks(rgb, hole, hole, np.ones_like(hole), [RotatedBox(170, 95, 290, 150, 0)])
    assert (done.marks, done.patches) == (0, [])
    assert (done.hole == hole).all()


def test_a_cloud_like_the_letters_is_not_darkened() -> None:
    truth = photo(200, 480, CELL)
    cv2.circle(truth, (390, 100), 80, (225, 228, 230), -1, cv2.LINE_AA)
    rgb, hole = large(truth, 0.5)
    cloud = np.zeros_like(hole)
    cloud[80:120, 360:420] = True
    taken = hole | cloud  # what looks like the letters was taken for one
    layer = layer_of(rgb, hole, np.zeros_like(hole))
    assert layer is not None
    found = layer_extent(rgb, taken, np.zeros_like(hole), layer, 100)
    assert found[cloud & ~hole].mean() < 0.1
    assert found[hole].mean() > 0.9
