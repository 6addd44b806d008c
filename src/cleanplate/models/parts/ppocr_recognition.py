"""What a line says: PP-OCR's reader, on crops that are turned level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.onnx_runtime import Graph
from cleanplate.text.rotated_box import RotatedBox, crop_level

HEIGHT_PX = 48
LONGEST_PX = 3200
"""A longer line is read in a narrower picture."""
SCORE = 0.6
"""Below this mean certainty nothing was written: grilles, bricks, leaves."""
_CELL = 1.0, 1.15, 1.3
"""Steps from sign to sign that columns are tried with, in widths of the column."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What is written at a place, and how sure that is, 0..1."""

    place: RotatedBox
    text: str
    score: float


def alphabet(graph: Graph) -> list[str]:
    """What the reader's outputs stand for: nothing, the signs of its own list, and a space."""
    return ["", *graph.metadata["character"].split("\n"), " "]


def read_lines(
    graph: Graph, rgb: Rgb8, places: Sequence[RotatedBox], progress: Callable[[float], None]
) -> list[Reading]:
    """Read each place; one that cannot be read has an empty text.

    Args:
        progress: called with the share done, 0..1, after each place.
    """
    signs = alphabet(graph)
    readings = []
    for number, place in enumerate(places):
        text, score = _best(graph, signs, _views(rgb, place))
        readings.append(Reading(place, text, score))
        progress((number + 1) / len(places))
    return readings


def read_ink(graph: Graph, ink: Hole, place: RotatedBox) -> tuple[str, float]:
    """What strokes, (h, w), say by themselves, black on white, and how sure that is, 0..1."""
    page = np.where(ink, np.uint8(0), np.uint8(255))
    return _best(graph, alphabet(graph), _views(np.repeat(page[..., None], 3, axis=2), place))


def _best(graph: Graph, signs: Sequence[str], views: Sequence[Callable[[], Rgb8]]) -> tuple[str, float]:
    """The surest reading; the first that is sure ends the search."""
    best = ("", 0.0)
    for view in views:
        read = _read(graph, signs, view())
        if read[1] > best[1]:
            best = read
        if best[1] >= SCORE:
            break
    return best


def _views(rgb: Rgb8, place: RotatedBox) -> list[Callable[[], Rgb8]]:
    """A line as it stands and upside down; a column sign by sign, and lying on either side."""

    def level() -> Rgb8:
        return crop_level(rgb, place, HEIGHT_PX)

    def turned() -> Rgb8:
        return np.ascontiguousarray(level()[::-1, ::-1])

    def stacked(step: float) -> Callable[[], Rgb8]:
        return lambda: _side_by_side(np.rot90(turned() if place.angle_deg < 0 else level(), -1), step)

    if not place.upright:
        return [level, turned]
    return [*(stacked(step) for step in _CELL), level, turned]


def _side_by_side(column: Rgb8, step: float) -> Rgb8:
    """The cells of a column as a line. (H, W, 3) in, (W, about H, 3) out."""
    height, width = column.shape[:2]
    count = max(round(height / (width * step)), 1)
    tops = [round(height * number / count) for number in range(count)]
    cells = [column[top : top + width] for top in tops]
    whole = [np.pad(cell, ((0, width - len(cell)), (0, 0), (0, 0)), mode="edge") for cell in cells]
    return np.ascontiguousarray(np.hstack(whole))


def _read(graph: Graph, signs: Sequence[str], line: Rgb8) -> tuple[str, float]:
    """Greedy decoding: the likeliest sign of each step, runs taken once (A. Graves, CTC, ICML 2006)."""
    values = np.ascontiguousarray(_fit(line)[:, :, ::-1].transpose(2, 0, 1)[None], np.float32)
    steps: NDArray[np.float32] = graph.run({graph.inputs[0]: values / 127.5 - 1})[0][0]
    chosen, sure = steps.argmax(axis=1), steps.max(axis=1)
    taken = (chosen > 0) & (chosen != np.concatenate([[0], chosen[:-1]]))
    if not taken.any():
        return "", 0.0
    text = "".join(signs[sign] for sign in chosen[taken]).strip()
    return text, float(sure[taken].mean()) if text else 0.0


def _fit(line: Rgb8) -> Rgb8:
    """Not longer than the reader's limit, and not shorter than one sign."""
    if line.shape[1] > LONGEST_PX:
        line = line[:, np.linspace(0, line.shape[1] - 1, LONGEST_PX).astype(int)]
    missing = max(HEIGHT_PX - line.shape[1], 0)
    return np.pad(line, ((0, 0), (0, missing), (0, 0)), mode="edge")
