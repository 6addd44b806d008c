"""Tilted rectangles: how they are read, cut out and laid back."""

import cv2
import numpy as np
import pytest

from cleanplate.pixels.types import Box, Rgb8
from cleanplate.text.rotated_box import RotatedBox, crop_level, overlap, put_back, smallest_box_round


def drawn(place: RotatedBox) -> Rgb8:
    """A white rectangle on black whose first half, as it is read, is red."""
    canvas = np.zeros((200, 300, 3), np.uint8)
    corners = np.rint(place.corners()).astype(np.int32)
    cv2.fillConvexPoly(canvas, corners, (255, 255, 255))
    angle = np.deg2rad(place.angle_deg)
    half = place.moved(-place.length / 4 * np.cos(angle), -place.length / 4 * np.sin(angle))
    half = RotatedBox(half.x, half.y, place.length / 2, place.height, place.angle_deg)
    cv2.fillConvexPoly(canvas, np.rint(half.corners()).astype(np.int32), (255, 0, 0))
    return canvas


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, -35.0, 55.0])
def test_the_smallest_rectangle_is_turned_as_people_read(angle_deg: float) -> None:
    place = RotatedBox(150, 100, 120, 40, angle_deg)
    found = smallest_box_round(np.rint(place.corners()).astype(np.int32)[:, None])
    assert found.angle_deg == pytest.approx(angle_deg, abs=2)
    assert (found.length, found.height) == pytest.approx((120, 40), abs=3)
    assert not found.upright


def test_a_column_is_upright_and_a_square_is_level() -> None:
    column = smallest_box_round(np.rint(RotatedBox(150, 100, 20, 120, 0).corners()).astype(np.int32)[:, None])
    assert column.upright
    assert column.length == pytest.approx(120, abs=2)
    square = smallest_box_round(np.rint(RotatedBox(150, 100, 60, 58, 3).corners()).astype(np.int32)[:, None])
    assert abs(square.angle_deg) < 10


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, -30.0])
@pytest.mark.parametrize("height_px", [10, 40, 90])
def test_what_is_cut_lies_level_with_its_beginning_at_the_left(angle_deg: float, height_px: int) -> None:
    place = RotatedBox(150, 100, 120, 40, angle_deg)
    level = crop_level(drawn(place), place, height_px)
    assert level.shape == (height_px, 3 * height_px, 3)
    inner = level[height_px // 4 : -height_px // 4]
    assert inner[:, height_px // 4 : height_px].mean(axis=(0, 1)) == pytest.approx([255, 0, 0], abs=12)
    assert inner[:, 2 * height_px : -height_px // 4].mean(axis=(0, 1)) == pytest.approx([255] * 3, abs=12)


def test_laid_back_it_is_where_it_was() -> None:
    place = RotatedBox(150, 100, 120, 40, 25)
    picture = drawn(place)
    back = put_back(crop_level(picture, place, 40), place, 300, 200)
    inside = place.grown(-3, -3).inside(Box(0, 0, 300, 200))
    assert np.abs(back.astype(int) - picture)[inside].mean() < 4


def test_beyond_the_picture_its_border_goes_on() -> None:
    grey = np.full((50, 80, 3), 90, np.uint8)
    assert (crop_level(grey, RotatedBox(0, 0, 60, 30, 10), 20) == 90).all()


def test_overlap_is_of_areas() -> None:
    place = RotatedBox(100, 100, 80, 40, 15)
    assert overlap(place, place) == pytest.approx(1, abs=1e-3)
    assert overlap(RotatedBox(100, 100, 80, 40, 0), RotatedBox(140, 100, 80, 40, 0)) == pytest.approx(
        1 / 3, abs=0.01
    )
    assert overlap(place, place.moved(200, 0)) == 0
