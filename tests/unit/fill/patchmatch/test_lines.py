from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cleanplate.fill.patchmatch import lines
from cleanplate.fill.patchmatch.lines import Line
from cleanplate.pixels.types import Hole, Rgb8

MEADOW = Path(__file__).parents[4] / "examples" / "meadow.jpg"
SKY, LAND, WOOD = (200, 215, 235), (70, 90, 50), (120, 70, 40)
NONE = np.zeros((240, 320), np.bool_)


def plain(colour: tuple[int, int, int] = SKY) -> Rgb8:
    """(240, 320, 3) with a little noise, as every camera has."""
    noise = np.random.default_rng(3).normal(0, 2, (240, 320, 1))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


def below(rgb: Rgb8, slope: float, at_160: float, colour: tuple[int, int, int] = LAND) -> Rgb8:
    """Paint all that lies below the line through (160, at_160)."""
    y, x = np.mgrid[:240, :320]
    out = rgb.copy()
    out[y > at_160 + slope * (x - 160)] = colour
    return cv2.GaussianBlur(out, (3, 3), 0).astype(np.uint8)


def box(left: int, top: int, right: int, bottom: int) -> Hole:
    hole = NONE.copy()
    hole[top:bottom, left:right] = True
    return hole


MIDDLE = box(125, 85, 195, 155)


def found(rgb: Rgb8, hole: Hole = MIDDLE, excluded: Hole = NONE) -> list[Line]:
    covered = rgb.copy()
    covered[hole] = (255, 0, 255)  # what is to go is no evidence
    return lines.find_lines(covered, hole, excluded)


@pytest.mark.parametrize("slope", [0, 0.02, 0.3, -0.6, 1.4])
def test_an_edge_goes_on_where_it_was(slope: float) -> None:
    (line,) = found(below(plain(), slope, 120.0))
    for x, y in ((line.x0, line.y0), (line.x1, line.y1)):
        off = (y - 120 - slope * (x - 160)) / np.hypot(1, slope)
        assert abs(off - 0.5) < 0.6  # the painted edge lies about half a pixel down
    assert not line.one_sided
    assert line.strength > 0.8
    assert line.length_px == pytest.approx(
        70 * np.hypot(1, min(slope, 1 / slope, key=abs) if slope else 0), abs=3
    )
    assert line.direction == pytest.approx(np.array([line.x1 - line.x0, line.y1 - line.y0]) / line.length_px)
    assert min(line.before_px, line.after_px) > 25


def test_a_large_picture_is_shrunk_and_its_lines_are_placed_at_full_size() -> None:
    rgb = np.full((1200, 1600, 3), SKY, np.uint8)
    rgb[610:] = LAND
    hole = np.zeros((1200, 1600), np.bool_)
    hole[430:780, 620:970] = True
    (line,) = lines.find_lines(rgb, hole, np.zeros_like(hole))
    assert line.y0 == pytest.approx(609.5, abs=0.4)
    assert sorted([line.x0, line.x1]) == pytest.approx([620, 969], abs=3)
    assert line.before_px == pytest.approx(210, abs=15)


def test_parallel_edges_stay_apart() -> None:
    rgb = plain()
    for top in (95, 120, 145):
        rgb[top : top + 12] = WOOD
    at = sorted(line.y0 for line in found(rgb))
    assert at == pytest.approx([94.5, 106.5, 119.5, 131.5, 144.5], abs=1)  # the last ends outside the hole


def test_a_railing_is_found_once_for_each_rail() -> None:
    rgb = plain(LAND)
    for top in (100, 140):
        rgb[top : top + 3] = (230, 230, 230)
    assert sorted(round(line.y0, -1) for line in found(rgb)) == [100, 140]


def test_brick_courses_run_through() -> None:
    rgb = plain((150, 80, 60))
    for row, top in enumerate(range(0, 240, 24)):
        rgb[top : top + 3] = (210, 205, 200)
        for left in range(24 * (row % 2), 320, 48):
            rgb[top : top + 24, left : left + 3] = (210, 205, 200)
    courses = found(rgb)
    assert 2 <= len(courses) <= lines.MOST_LINES
    assert all(abs(line.direction[1]) < 0.03 for line in courses)
    assert all(min(line.y0 % 24, 24 - line.y0 % 24) < 4 for line in courses)


def test_crossing_wires_are_both_found() -> None:
    rgb = plain()
    cv2.line(rgb, (0, 40), (320, 200), WOOD, 5)
    cv2.line(rgb, (0, 200), (320, 40), WOOD, 5)
    slopes = {round((line.y1 - line.y0) / (line.x1 - line.x0), 1) for line in found(rgb)}
    assert slopes == {-0.5, 0.5}


def test_two_holes_on_one_horizon_each_get_it() -> None:
    hole = box(60, 90, 110, 150) | box(200, 90, 250, 150)
    spans = sorted((line.x0 + line.x1) / 2 for line in found(below(plain(), 0.1, 120.0), hole))
    assert spans == pytest.approx([84.5, 224.5], abs=2)


def test_an_edge_of_other_colours_beyond_is_another_edge() -> None:
    rgb = below(plain(), 0, 120.0)
    rgb[:, 160:] = rgb[::-1, 160:]  # land above sky
    assert found(rgb) == []


def test_an_edge_that_stops_is_not_continued() -> None:
    rgb = plain()
    rgb[120:132, :140] = WOOD  # a beam that ends under the hole
    assert found(rgb) == []


def test_an_edge_beyond_the_border_is_not_guessed() -> None:
    rgb = below(plain(), 0, 120.0)
    assert found(rgb, box(260, 90, 320, 150)) == []


def test_a_hole_that_touches_the_border_keeps_its_other_edges() -> None:
    rgb = plain()
    rgb[:, 150:] = LAND
    hole = box(0, 90, 200, 150)
    (line,) = found(rgb, hole)
    assert line.x0 == pytest.approx(149.5, abs=1)
    assert line.x1 == pytest.approx(149.5, abs=1)


def test_a_long_edge_needs_only_like_colours_beyond() -> None:
    narrow = box(204, 0, 320, 240)  # leaves too few columns beyond the hole for a segment
    (line,) = found(below(plain(), 0, 120.0), MIDDLE, narrow)
    assert line.one_sided
    assert line.x0 == pytest.approx(125, abs=1)
    assert line.x1 == pytest.approx(194, abs=1)
    assert line.before_px > 40
    assert line.after_px == 0
    assert line.strength <= 0.5


def test_a_short_edge_needs_more() -> None:
    closed = box(204, 0, 320, 240) | box(0, 0, 98, 240)  # 25 px are seen, of a chord of 70
    assert found(below(plain(), 0, 120.0), MIDDLE, closed) == []


def test_the_same_step_in_another_light_is_another_edge() -> None:
    rgb = below(plain((200, 200, 200)), 0, 120.0, (140, 140, 140))
    rgb[:, 160:] -= 80
    assert found(rgb) == []


def test_dashes_are_no_edge() -> None:
    rgb = plain()
    rgb[120:132, 112:208] = WOOD  # seen for 13 px on both sides of the hole
    assert found(rgb) == []


def test_a_line_does_not_jump_over_what_is_known() -> None:
    rgb = plain()
    rgb[120:, :85], rgb[120:, 225:] = LAND, LAND
    hole = box(60, 90, 120, 150) | box(190, 90, 250, 150)
    assert found(rgb, hole) == []


def test_a_line_lies_between_pixels() -> None:
    rgb = plain()
    rgb[120:] = LAND
    (line,) = found(rgb)
    assert line.y0 == pytest.approx(119.5, abs=0.05)


def test_excluded_edges_are_no_evidence() -> None:
    rgb = below(plain(), 0, 120.0)
    assert found(rgb, MIDDLE, box(0, 60, 125, 180) | box(195, 60, 320, 180)) == []


@pytest.mark.parametrize("hole", [NONE, ~NONE], ids=["no hole", "nothing known"])
def test_nothing_to_find_is_no_line(hole: Hole) -> None:
    assert lines.find_lines(plain(), hole, NONE) == []
    assert lines.find_lines(plain(), ~NONE & hole, ~hole) == []


@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (401, 3)])
def test_odd_sizes(shape: tuple[int, int]) -> None:
    hole = np.zeros(shape, np.bool_)
    hole[shape[0] // 2, shape[1] // 2] = True
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert lines.find_lines(rgb, hole, np.zeros_like(hole)) == []


@pytest.mark.parametrize("sigma", [0.0, 1.0, 3.0])
def test_noise_has_no_lines(sigma: float) -> None:
    noise: NDArray[np.float64] = np.random.default_rng(5).normal(128, 60, (240, 320, 3))
    rgb = cv2.GaussianBlur(noise, (0, 0), sigma) if sigma else noise
    grain = (np.asarray(rgb) - 128) * (1 + 3 * sigma) + 128
    assert found(np.clip(grain, 0, 255).astype(np.uint8)) == []


@pytest.fixture(scope="module")
def meadow() -> Rgb8:
    with Image.open(MEADOW) as file:
        return np.asarray(file.convert("RGB"), np.uint8)


def lines_of(rgb: Rgb8, left: int, top: int, side: int = 90) -> list[Line]:
    hole = np.zeros(rgb.shape[:2], np.bool_)
    hole[top : top + side, left : left + side] = True
    return lines.find_lines(rgb, hole, np.zeros_like(hole))


@pytest.mark.parametrize("left", [20, 60, 100])
@pytest.mark.parametrize("top", [140, 240, 340])
def test_fluff_has_no_lines(meadow: Rgb8, left: int, top: int) -> None:
    assert lines_of(meadow, left, top) == []


@pytest.mark.parametrize("left", [300, 480, 560, 850])
@pytest.mark.parametrize("top", [440, 620, 740])
def test_blurred_grass_has_no_lines(meadow: Rgb8, left: int, top: int) -> None:
    assert lines_of(meadow, left, top) == []


def test_a_blade_of_grass_has_its_edge(meadow: Rgb8) -> None:
    line = lines_of(meadow, 190, 766)[0]
    assert sorted([line.x0, line.x1]) == pytest.approx([198, 220], abs=3)
    assert abs(line.y1 - line.y0) == pytest.approx(90, abs=3)


def test_the_hole_itself_is_not_looked_at() -> None:
    rgb = below(plain(), 0.3, 120.0)
    dark, loud = rgb.copy(), rgb.copy()
    dark[MIDDLE] = 0
    loud[MIDDLE] = np.random.default_rng(1).integers(0, 256, (int(MIDDLE.sum()), 3))
    assert lines.find_lines(dark, MIDDLE, NONE) == lines.find_lines(loud, MIDDLE, NONE)


LEVEL = Line(10, 20, 30, 20, 1.0, False, 5.0, 0.0)
UPRIGHT = Line(40, 5, 40, 35, 0.5, False, 0.0, 0.0)


def test_distance_is_signed_and_ends_with_the_line() -> None:
    nearest, signed = lines.distance_map([LEVEL], (40, 60), 6)
    assert nearest.dtype == np.int16
    assert signed.dtype == np.float32
    assert signed[23, 20] == 3
    assert signed[16, 20] == -4
    assert (nearest[20, 5:31] == 0).all()
    assert (nearest[20, :5] == -1).all()
    assert (nearest[20, 31:] == -1).all()
    assert (nearest[26:] == -1).all()
    assert (signed[nearest < 0] == 0).all()


def test_each_pixel_belongs_to_the_nearest_line() -> None:
    nearest, signed = lines.distance_map([LEVEL, UPRIGHT], (40, 60), 15)
    assert nearest[20, 30] == 0
    assert nearest[21, 39] == 1
    assert signed[21, 39] == 1  # walking down, the right hand is on the left of the picture
    assert signed[21, 41] == -1
    assert lines.distance_map([], (4, 5), 3)[0].tolist() == [[-1] * 5] * 4


def test_a_slanted_line_leaves_the_picture() -> None:
    slanted = Line(5, 5, 25, 45, 1.0, False, 50.0, 50.0)
    nearest, signed = lines.distance_map([slanted], (60, 40), 4)
    y, x = np.nonzero(nearest == 0)
    off = ((y - 5) * 1 - (x - 5) * 2) / np.sqrt(5)
    assert signed[y, x] == pytest.approx(off, abs=1e-4)
    everywhere_y, everywhere_x = np.mgrid[:60, :40]
    assert len(y) == (np.abs((everywhere_y - 5) - (everywhere_x - 5) * 2) / np.sqrt(5) < 4).sum()


def test_scaled_keeps_pixel_centres() -> None:
    half = LEVEL.scaled(0.5)
    assert (half.x0, half.y0, half.x1, half.before_px) == (4.75, 9.75, 14.75, 2.5)
    assert half.scaled(2) == LEVEL
