"""Copies of a mark in one picture: brought into register, and found where they were not read."""

import numpy as np
import pytest
from tests.unit.text.lettering import ground, written

from cleanplate.pixels.geometry import clip
from cleanplate.pixels.types import Box, Hole, Rgb8
from cleanplate.text.repeated_patterns import (
    _in_steps,
    _steps,
    find_copies,
    mark_likeness,
    register_copies,
    relief,
    shared_ink,
)

STEP_X, STEP_Y = 110, 60


def tiled() -> tuple[Rgb8, Hole, list[tuple[int, int]]]:
    """A picture with a mark in rows, its ink, and the corners of the windows of its whole copies."""
    rgb = ground(260, 480)
    layer = np.zeros_like(rgb)
    places = [(x, y) for y in range(10, 260 - STEP_Y, STEP_Y) for x in range(-60, 480, STEP_X)]
    for x, y in places:
        layer = written(layer, "MARK", (x + 10, y + 34), (255, 255, 255))
    share = layer[..., :1] / 255 * 0.35
    blended = np.rint((1 - share) * rgb + share * 255).astype(np.uint8)
    return blended, np.asarray(layer[..., 0] > 60), [place for place in places if 0 <= place[0] < 480 - 96]


def window(x: int, y: int) -> Box:
    return Box(x, y, x + 96, y + 46)


def test_shifted_boxes_come_into_register() -> None:
    _, ink, places = tiled()
    nudges = [(0, 0), (5, -3), (-6, 4), (3, 6), (-4, -5)]
    boxes = [window(x + dx, y + dy) for (x, y), (dx, dy) in zip(places, nudges, strict=False)]
    found = register_copies(ink, boxes)
    offsets = {(box.left - x, box.top - y) for box, (x, y) in zip(found, places, strict=False)}
    assert len(offsets) == 1


def test_the_rest_is_found_by_its_looks_and_its_rows() -> None:
    rgb, all_ink, places = tiled()
    known = [window(*place) for place in places[:4]]
    ink = np.zeros_like(all_ink)  # nobody has read the others
    for box in known:
        ink[box.slices] = all_ink[box.slices]
    found = find_copies(relief(rgb), known, ink)
    within = [box for box in found if clip(box, 480, 260) == box]
    whole = {(box.left, box.top) for box in within}
    assert set(places) <= whole
    assert len(whole) == len(places)
    assert any(box.left < 0 for box in found)


@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
def test_what_stands_in_no_row_is_no_copy(turn_deg: float) -> None:
    """Rows that are not level have steps of broken pixels."""
    turn = np.deg2rad(turn_deg)
    way = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.rint(np.array([(x, y) for y in range(0, 240, 60) for x in range(0, 440, 110)]) @ way)
    rows = [window(int(x) + 100, int(y) + 300) for x, y in corners]
    strays = [window(17, 31), window(444, 7)]
    assert _in_steps([*rows, *strays], _steps([*rows, *strays])) == rows


def test_what_copies_share() -> None:
    ink = np.zeros((20, 40), np.bool_)
    ink[5, 5] = ink[5, 25] = ink[8, 8] = True
    both = shared_ink(ink, [Box(0, 0, 20, 20), Box(20, 0, 40, 20)])
    assert both[5, 5]
    assert shared_ink(ink, []).size == 0


def test_correlation_is_high_on_the_mark_alone() -> None:
    rgb, _, places = tiled()
    flags = written(np.zeros((46, 96, 3), np.uint8), "MARK", (10, 34), (255, 255, 255))[..., 0]
    alpha = np.asarray(flags / 255, np.float32)
    box = window(*places[0])
    assert mark_likeness(relief(rgb[box.slices]), alpha) > 0.5
    assert abs(mark_likeness(relief(ground(46, 96)), alpha)) < 0.2
