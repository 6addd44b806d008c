"""Where writing is: PP-OCR's detector, whose map of probabilities becomes rectangles.

M. Liao et al.: "Real-time scene text detection with differentiable binarization", AAAI 2020, section 3.5:
the network's regions are shrunken lines; each is grown again by area * ratio / perimeter.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Box, Rgb8
from cleanplate.runtime.onnx_runtime import Graph
from cleanplate.text.rotated_box import RotatedBox, smallest_box_round

SURE = 0.3
"""Probability above which a pixel belongs to a line."""
SCORE = 0.5
"""Mean probability that a line needs."""
GROW = 1.6
SMALLEST_PX = 3
MOST_LINES = 1000
TILE_PX = 960
RIM_PX = 96
"""Of a tile: seen, and left to its neighbour."""
SMALLEST_VIEW_PX = 480
"""Pictures are halved, for larger writing, down to this longer side."""
STEP = 32
"""Sides of what the network sees are multiples of it."""

_Map = NDArray[np.float32]


def detect(graph: Graph, rgb: Rgb8, progress: Callable[[float], None]) -> list[list[RotatedBox]]:
    """Lines of writing at each scale: 1, 1/2, and further halves of a large picture.

    Args:
        graph: the detector.
        progress: called with the share done, 0..1, after each tile.

    Returns:
        For each scale the rectangles in pixels of `rgb`, from the full size down. What is small is found at
        full size; large letters, and marks across the picture, at smaller ones.
    """
    views = list(_views(rgb))
    done, total = 0, sum(view.shape[0] * view.shape[1] for view in views)
    found = []
    for number, view in enumerate(views):
        chances = np.zeros(view.shape[:2], np.float32)
        for tile in _tiles(view.shape[1], view.shape[0]):
            _look(graph, view, tile, chances)
            done += tile.width * tile.height
            progress(min(done / total, 1.0))
        found.append([line.scaled(2.0**number) for line in _lines(chances)])
    return found


def _views(rgb: Rgb8) -> Iterator[Rgb8]:
    yield rgb
    while True:
        half = max(rgb.shape[1] // 2, 1), max(rgb.shape[0] // 2, 1)
        rgb = np.asarray(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), np.uint8)
        yield rgb
        if max(rgb.shape[:2]) < 2 * SMALLEST_VIEW_PX:
            return


def _tiles(width: int, height: int) -> Iterator[Box]:
    """Windows without overlap that cover the picture."""
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            yield Box(left, top, right, bottom)


def _spans(length: int) -> list[tuple[int, int]]:
    count = -(-length // TILE_PX) if length > TILE_PX + 2 * RIM_PX else 1
    edges = [round(length * number / count) for number in range(count + 1)]
    return list(pairwise(edges))


def _look(graph: Graph, view: Rgb8, tile: Box, chances: _Map) -> None:
    """Write the probabilities of one tile, seen with a rim of its surroundings."""
    top, left = max(tile.top - RIM_PX, 0), max(tile.left - RIM_PX, 0)
    seen = view[top : tile.bottom + RIM_PX, left : tile.right + RIM_PX, ::-1]
    height, width = seen.shape[:2]
    padded = cv2.copyMakeBorder(seen, 0, -height % STEP, 0, -width % STEP, cv2.BORDER_REPLICATE)
    values = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1
    made = graph.run({graph.inputs[0]: values})[0][0, 0]
    chances[tile.slices] = made[tile.top - top : tile.bottom - top, tile.left - left : tile.right - left]


def _lines(chances: _Map) -> list[RotatedBox]:
    sure = cv2.dilate((chances > SURE).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(sure, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outlines = sorted(outlines, key=lambda outline: -cv2.contourArea(outline))[:MOST_LINES]
    lines = (_line(chances, np.asarray(outline, np.int32)) for outline in outlines)
    return [line for line in lines if line is not None]


def _line(chances: _Map, outline: NDArray[np.int32]) -> RotatedBox | None:
    line = smallest_box_round(outline)
    if min(line.length, line.height) < SMALLEST_PX:
        return None
    box = line.bounds(chances.shape[1], chances.shape[0])
    if float(chances[box.slices][line.inside(box)].mean()) < SCORE:
        return None
    grown_px = line.length * line.height * GROW / (2 * (line.length + line.height))
    return line.grown(grown_px, grown_px)
