"""What is missing of the letters of a line: their dots go with them, specks of a picture do not."""

import cv2
import numpy as np
import pytest
from tests.unit.text.lettering import written

from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.text.letter_rest import letter_rest

DOTS = [(57, 62), (99, 62), (144, 62)]
LETTERS_PX = 22.0


def page(colour: int = 235) -> tuple[Rgb8, Hole]:
    """A line with small dots, and its letters without them."""
    plain = np.full((100, 240, 3), colour, np.uint8)
    letters = written(plain, "3 1 4 5 9", (40, 62), (40, 40, 60), 0.8)
    flags = (letters != plain).any(axis=2)
    for x, y in DOTS:
        letters[y - 1 : y + 1, x : x + 2] = (150, 150, 155)  # of two pixels none is of the full colour
    return letters, np.asarray(flags)


def rest_of(rgb: Rgb8, letters: Hole, colour: int = 235) -> Hole:
    inside = np.zeros(letters.shape, np.bool_)
    inside[34:70, 30:200] = True
    behind = np.full(rgb.shape, colour, np.uint8)
    return letter_rest(rgb, behind, letters, inside, np.zeros_like(letters), LETTERS_PX)


def dots(rest: Hole) -> list[bool]:
    return [bool(rest[y - 1 : y + 1, x : x + 2].all()) for x, y in DOTS]


def test_decimal_points_go_with_their_digits() -> None:
    rgb, letters = page()
    rest = rest_of(rgb, letters)
    assert dots(rest) == [True, True, True]
    assert np.count_nonzero(rest) == 4 * len(DOTS)


def test_thin_strokes_of_which_only_the_soft_edges_were_seen_are_made_whole() -> None:
    rgb, letters = page()
    core = np.asarray(cv2.erode(letters.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
    rest = rest_of(rgb, letters & ~core)
    assert rest[core].all()


@pytest.mark.parametrize("specks", [300, 40])
def test_specks_of_the_letters_colour_all_over_the_picture_stay(specks: int) -> None:
    rgb, letters = page()
    random = np.random.default_rng(1)
    for y, x in zip(random.integers(0, 98, specks), random.integers(0, 238, specks), strict=True):
        rgb[y : y + 2, x : x + 2] = (90, 90, 100)
    assert not rest_of(rgb, letters).any()


def test_what_stands_on_a_ground_of_its_own_stays() -> None:
    rgb, letters = page()
    rgb[50:69, 180:199] = (190, 200, 120)  # a badge of another colour, with a dot in it
    rgb[59:61, 189:191] = (60, 60, 75)
    rest = rest_of(rgb, letters)
    assert dots(rest) == [True, True, True]
    assert not rest[:, 178:].any()


def test_another_colour_and_another_line_stay() -> None:
    rgb, letters = page()
    x, y = DOTS[0]
    rgb[y - 1 : y + 1, x : x + 2] = (250, 60, 40)
    rgb[90:92, 100:102] = (150, 150, 155)
    rest = rest_of(rgb, letters)
    assert not rest[y - 1 : y + 1, x : x + 2].any()
    assert not rest[80:].any()


def test_letters_like_their_ground_tell_nothing() -> None:
    rgb, letters = page()
    rgb[letters] = 226
    assert not rest_of(rgb, letters).any()
