"""The whole picture in the style of another: the packaged networks, and what is said without one."""

import numpy as np
import pytest

from cleanplate import library
from cleanplate.errors import BadParameter

PHOTO = np.tile(np.linspace(60, 200, 96, dtype=np.uint8)[None, :, None], (64, 1, 3))


def reference(colour: tuple[int, int, int]) -> np.ndarray:
    """Stripes of one colour."""
    made = np.zeros((50, 70, 3), np.uint8)
    made[:, ::4] = colour
    made[:, 1::4] = colour
    return made


def test_the_reference_decides() -> None:
    """The picture takes over its colours, at its own size, and the same again for the same."""
    red = library.edit("transfer_style", PHOTO, reference=reference((230, 30, 20)), strength=1.0)
    blue = library.edit("transfer_style", PHOTO, reference=reference((20, 40, 230)), strength=1.0)
    again = library.edit("transfer_style", PHOTO, reference=reference((230, 30, 20)), strength=1.0)
    assert red.array().shape == PHOTO.shape
    tint = [made.array()[..., 0].mean() - made.array()[..., 2].mean() for made in (red, blue)]
    assert tint[0] > tint[1] + 10
    assert (again.array() == red.array()).all()
    assert red.recipe["model"]["name"] == "arbitrary-style"


def test_without_strength_it_is_the_picture() -> None:
    made = library.edit("transfer_style", PHOTO, reference=reference((230, 30, 20)), strength=0)
    assert (made.array() == PHOTO).all()


def test_transparency_stays() -> None:
    clear = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 90, np.uint8)])
    made = library.edit("transfer_style", clear, reference=reference((0, 200, 0)))
    assert made.pixels.alpha is not None
    assert (made.pixels.alpha == 90).all()


def test_a_reference_is_needed_and_only_here() -> None:
    with pytest.raises(BadParameter, match="reference: transfer_style needs a second picture"):
        library.edit("transfer_style", PHOTO)
    with pytest.raises(BadParameter, match="reference: upscale takes no second picture"):
        library.edit("upscale", PHOTO, reference=PHOTO)
