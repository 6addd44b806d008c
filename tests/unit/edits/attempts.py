"""Edits tried on pictures that nobody thinks of: odd sizes, holes, transparency; what holds of any result."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.runtimes import here

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.errors import CleanplateError
from cleanplate.pixels.types import Alpha, Mask, Pixels, Rgb8

SIZES = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (7, 7), (1, 40), (40, 1), (16, 16), (2, 60), (24, 30)]
FEW = ("flat", "white", "noise", "comic", "page")


def holes(height: int, width: int) -> Iterator[Alpha]:
    """In the middle, at sides and corners; the rim left, nothing, all, all but a pixel, all but a row."""
    third_y, third_x = max(height // 3, 1), max(width // 3, 1)
    for part in (
        np.s_[third_y : 2 * third_y, third_x : 2 * third_x],
        *(np.s_[:third_y], np.s_[-third_y:], np.s_[:, :third_x], np.s_[:, -third_x:]),
        *(np.s_[:third_y, :third_x], np.s_[-third_y:, -third_x:], np.s_[1:-1, 1:-1], np.s_[:0], np.s_[:]),
    ):
        alpha = np.zeros((height, width), np.float32)
        alpha[part] = 1
        yield alpha
    for spared in (np.s_[height // 2, width // 2], np.s_[height // 2]):
        alpha = np.ones((height, width), np.float32)
        alpha[spared] = 0
        yield alpha


def tried(name: str, pixels: Pixels, mask: Alpha | None = None, **values: Any) -> Edited | None:
    """What the edit returned, or None for one clear error."""
    edit = edits(here())[name]
    request = EditRequest(
        pixels, edit.parse(values), mask=None if mask is None else Mask(mask > 0), runtime=here()
    )
    try:
        return edit.run(request)
    except CleanplateError as error:
        assert error.public
        assert "\n" not in error.public
        return None


def same_size(done: Edited | None, pixels: Pixels, factor: int = 1) -> None:
    if done is not None:
        size = (pixels.height * factor, pixels.width * factor)
        assert done.pixels.rgb.shape == (*size, 3)
        assert done.pixels.alpha is None or done.pixels.alpha.shape == size


def hidden(rgb: Rgb8) -> list[Pixels]:
    """Opaque, all transparent, the upper half transparent."""
    clear, half = np.zeros(rgb.shape[:2], np.uint8), np.full(rgb.shape[:2], 255, np.uint8)
    half[: len(half) // 2 + 1] = 0
    return [Pixels(rgb), Pixels(rgb, alpha=clear), Pixels(rgb, alpha=half)]
