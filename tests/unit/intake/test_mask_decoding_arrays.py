"""Masks from arrays: every kind of number that programs hold masks in."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.intake.drawn import HEIGHT, WIDTH, coloured, grey, labels, on_clear, scene, strokes

from cleanplate import erase
from cleanplate.errors import BadParameter, MaskMismatch, NothingToErase, UnclearMask
from cleanplate.intake.mask_decoding import mask_from_array
from cleanplate.library import RULES
from cleanplate.pixels.types import Pixels

SHAPE = strokes(3)
WAYS: dict[str, NDArray[Any]] = {
    "truth": SHAPE,
    "0 and 1": SHAPE.astype(np.uint8),
    "0 and 1 of 64 bits": SHAPE.astype(np.int64),
    "0 and 255": grey(SHAPE),
    "16 bits": SHAPE.astype(np.uint16) * 65535,
    "16 bits, big-endian": (SHAPE * 65535).astype(">u2"),
    "whole numbers up to 65535": SHAPE.astype(np.int32) * 40000,
    "labels": labels(SHAPE).astype(np.int64),
    "floats": SHAPE.astype(np.float32),
    "half floats": SHAPE.astype(np.float16),
    "floats, unsure": np.where(SHAPE, 0.8, 0.03),
    "floats to 255": grey(SHAPE).astype(np.float64),
    "one channel": grey(SHAPE)[..., None],
    "grey and alpha": np.dstack([grey(SHAPE | True), grey(SHAPE)]),
    "RGB": coloured(SHAPE, (255, 0, 0)),
    "RGBA": on_clear(SHAPE, (255, 255, 255), 140),
    "RGBA of floats": on_clear(SHAPE, (255, 255, 255)) / 255,
    "not contiguous": np.repeat(grey(SHAPE), 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("way", WAYS)
def test_an_array_of_any_kind_is_its_shape(way: str) -> None:
    mask = mask_from_array(WAYS[way], RULES, Pixels(scene()))
    assert (mask.flags == SHAPE).all()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.full((HEIGHT, WIDTH), np.nan), "floats must be 0 to 1, or 0 to 255"),
        (np.full((HEIGHT, WIDTH), -0.5), "floats must be"),
        (np.full((HEIGHT, WIDTH), 300.0), "floats must be"),
        (np.full((HEIGHT, WIDTH), -1), "whole numbers must be 0 to 65535"),
        (np.full((HEIGHT, WIDTH), 70000), "whole numbers must be"),
        (np.full((HEIGHT, WIDTH), 1j), "must hold numbers"),
        (np.full((HEIGHT, WIDTH), "x"), "must hold numbers"),
        (np.zeros((HEIGHT, WIDTH, 5)), "1 to 4 channels"),
        (np.zeros(HEIGHT), "1 to 4 channels"),
        (np.zeros((0, 0)), "1 to 4 channels"),
    ],
)
def test_what_is_no_mask_is_named(array: NDArray[Any], words: str) -> None:
    with pytest.raises(BadParameter, match=f"^keep: .*{words}"):
        mask_from_array(array, RULES, Pixels(scene()), role="keep")


def test_errors_and_warnings_of_the_library() -> None:
    photo = scene()
    options: dict[str, Any] = {"engine": "telea", "dilate": False}
    with pytest.raises(MaskMismatch, match="159x120 px, but the image is 160x120 px"):
        erase(photo, SHAPE[:, 1:])
    with pytest.raises(NothingToErase):
        erase(photo, SHAPE & False)
    with pytest.raises(UnclearMask):
        erase(photo, photo)
    with pytest.raises(UnclearMask, match="--mask-means transparent"):
        erase(photo, np.dstack([photo, grey(~SHAPE)]))
    with pytest.raises(BadParameter, match="mask_means: there is no 'black'; choose one of auto, white"):
        erase(photo, SHAPE, mask_means="black")  # type: ignore[arg-type]
    plain = erase(photo, SHAPE, **options)
    assert plain.warnings == ()
    said = erase(photo, np.dstack([photo, grey(~SHAPE)]), mask_means="transparent", **options)
    assert (said.array() == plain.array()).all()
    (warning,) = erase(photo, ~SHAPE, **options).warnings
    assert warning.startswith("the mask covers ")
