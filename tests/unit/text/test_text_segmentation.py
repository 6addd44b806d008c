"""The ink of a line: all of it, and not the frame, the sign's edge or the arrow beside it."""

import cv2
import numpy as np
import pytest
from tests.unit.text.lettering import ground, written

from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import segment_ink, whole_line

PLACE = RotatedBox(148, 88, 130, 44, 0)


def inked(rgb: Rgb8, place: RotatedBox = PLACE) -> Hole:
    found = segment_ink(rgb, place)
    flags = np.zeros(rgb.shape[:2], np.bool_)
    flags[found.box.slices] = found.ink
    return flags


@pytest.mark.parametrize("colour", [(20, 20, 20), (250, 250, 250), (200, 30, 30)])
def test_all_strokes_whatever_their_colour(colour: tuple[int, int, int]) -> None:
    before = ground(180, 300)
    after = written(before, "LETTERS", (90, 100), colour, 0.9)
    truth = np.abs(after.astype(int) - before).max(axis=2) > 30
    found = inked(after)
    assert found[truth].mean() > 0.97
    assert found.mean() < 3 * truth.mean()


def test_a_frame_and_an_arrow_stay() -> None:
    rgb = written(np.full((180, 300, 3), 40, np.uint8), "WORDS", (100, 100), (240, 240, 240))
    cv2.rectangle(rgb, (60, 55), (240, 120), (240, 240, 240), 3)
    cv2.arrowedLine(rgb, (262, 130), (262, 70), (240, 240, 240), 6)
    found = inked(rgb, RotatedBox(148, 88, 120, 44, 0))
    assert not found[:, 255:].any()
    assert not found[52:58].any()
    assert found[70:105, 100:200].any()


def test_a_sign_may_end_beside_the_line() -> None:
    rgb = np.full((180, 300, 3), 20, np.uint8)
    rgb[62:114, 80:216] = (230, 80, 30)
    lettered = written(rgb, "BOLD", (95, 102), (10, 10, 10), 1.2)
    truth = (lettered != rgb).any(axis=2)
    found = inked(lettered, RotatedBox(148, 88, 134, 50, 0))
    assert found[truth].mean() > 0.9
    assert found[62:114, 80:216].mean() < 0.6


def test_a_line_that_is_cut_by_the_border() -> None:
    assert inked(ground(60, 60), RotatedBox(2, 2, 40, 20, 0)).shape == (60, 60)
    beyond = segment_ink(ground(60, 60), RotatedBox(-200, -200, 20, 10, 0))
    assert beyond.ink.size == 0


def test_the_whole_line_has_room_round_it() -> None:
    found = whole_line(ground(180, 300), PLACE)
    assert found.ink.mean() > 0.9
    assert found.box.width > PLACE.length
    assert found.box.height > PLACE.height
