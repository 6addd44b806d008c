"""The ink of a line: all of it, and not the frame, the sign's edge or the arrow beside it."""

from typing import TypeAlias

import cv2
import numpy as np
import pytest
from tests.unit.text.lettering import ground, written

from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.text.rotated_box import RotatedBox
from cleanplate.text.text_segmentation import part_without_ink, rectangle, segment_lines

PLACE = RotatedBox(148, 88, 130, 44, 0)


def inked(rgb: Rgb8, place: RotatedBox = PLACE) -> Hole:
    (found,) = segment_lines(rgb, [place])
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
    (beyond,) = segment_lines(ground(60, 60), [RotatedBox(-200, -200, 20, 10, 0)])
    assert beyond.ink.size == 0


def test_the_whole_line_has_room_round_it() -> None:
    found = rectangle(ground(180, 300), PLACE)
    assert found.ink.mean() > 0.9
    assert found.box.width > PLACE.length
    assert found.box.height > PLACE.height


def photo(height: int = 180, width: int = 400, cell: int = 20) -> Rgb8:
    """Blurred light and shade of many colours, as behind a caption."""
    random = np.random.default_rng(7)
    coarse = random.integers(30, 226, (height // cell, width // cell, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(smooth + random.normal(0, 3, smooth.shape), 0, 255), np.uint8)


def lettered(rgb: Rgb8, layers: list[tuple[tuple[int, int, int], int, int]]) -> Rgb8:
    """The word in layers of (colour, thickness, offset in px)."""
    out = rgb.copy()
    for colour, thick, off in layers:
        cv2.putText(
            out, "CAPTION", (90 + off, 105 + off), cv2.FONT_HERSHEY_DUPLEX, 1.4, colour, thick, cv2.LINE_AA
        )
    return out


Layers: TypeAlias = list[tuple[tuple[int, int, int], int, int]]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@pytest.mark.parametrize(
    "layers",
    [
        [(BLACK, 8, 0), (WHITE, 3, 0)],
        [(BLACK, 12, 0), ((250, 220, 30), 3, 0)],
        [(BLACK, 4, 4), (WHITE, 3, 0)],
        [(WHITE, 13, 0), (BLACK, 8, 0), ((250, 220, 30), 3, 0)],
    ],
)
def test_outlines_and_shadows_go_with_their_letters(
    layers: list[tuple[tuple[int, int, int], int, int]],
) -> None:
    before = photo()
    after = lettered(before, layers)
    truth = np.abs(after.astype(int) - before).max(axis=2) > 12
    found = inked(after, RotatedBox(185, 90, 210, 54, 0))
    assert found[truth].mean() > 0.97
    assert found[~dilate(truth, 6)].sum() < 0.2 * truth.sum()


def test_a_line_that_letters_touch_stays_whole() -> None:
    rgb = np.full((180, 400, 3), 250, np.uint8)
    cv2.ellipse(rgb, (185, 90), (120, 75), 0, 0, 360, BLACK, 5, cv2.LINE_AA)
    line = (rgb < 100).all(axis=2)
    found = inked(lettered(rgb, [(BLACK, 4, 0)]), RotatedBox(185, 90, 214, 54, 0))
    letters = (lettered(np.full_like(rgb, 250), [(BLACK, 4, 0)]) < 100).all(axis=2)
    assert found[line & ~letters].mean() < 0.1
    assert found[letters & ~line].mean() > 0.9


def test_an_outline_on_a_dark_picture_goes_with_its_letters() -> None:
    before = np.rint(photo() * 0.12 + 20).astype(np.uint8)
    after = lettered(before, [(BLACK, 9, 0), ((250, 220, 30), 3, 0)])
    truth = np.abs(after.astype(int) - before).max(axis=2) > 12
    found = inked(after, RotatedBox(185, 90, 210, 54, 0))
    assert found[truth].mean() > 0.97
    assert found[~dilate(truth, 6)].sum() < 0.2 * truth.sum()


def test_letters_that_touch_a_wide_area_of_their_colour_are_told_from_it() -> None:
    rgb = np.full((180, 400, 3), 250, np.uint8)
    rgb[:, 272:] = 0  # the last letter runs into it
    found = inked(lettered(rgb, [(BLACK, 4, 0)]), RotatedBox(185, 90, 210, 54, 0))
    letters = np.asarray((lettered(np.full_like(rgb, 250), [(BLACK, 4, 0)]) < 100).all(axis=2))
    letters[:, 271:] = False
    assert found[letters].mean() > 0.9
    assert found[:, 275:].mean() < 0.02


def test_the_part_of_a_line_without_ink_is_told() -> None:
    ink = np.zeros((180, 400), np.bool_)
    ink[80:110, 80:180:6] = True
    place = RotatedBox(185, 95, 210, 54, 0)
    begin, end = part_without_ink(ink, place) or (0.0, 0.0)
    assert begin == pytest.approx(0.48, abs=0.06)
    assert end == pytest.approx(1.0, abs=0.06)
    ink[80:110, 180:290:6] = True
    assert part_without_ink(ink, place) is None


def test_dots_that_have_not_the_full_colour_of_their_letters_go_with_them() -> None:
    rgb = written(np.full((180, 300, 3), 240, np.uint8), "3 14", (100, 100), (20, 20, 40), 1.0)
    dots = [(130, 99), (186, 99)]
    for x, y in dots:
        rgb[y - 1 : y + 1, x - 1 : x + 1] = (140, 140, 150)
    found = inked(rgb, RotatedBox(148, 88, 120, 44, 0))
    assert [bool(found[y - 1 : y + 1, x - 1 : x + 1].all()) for x, y in dots] == [True, True]
