"""Masks whose paint is named by its colours."""

import cv2
import numpy as np
import pytest

from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.pixels.types import Pixels

GREY, RED = (134, 134, 134), (200, 10, 30)
HEIGHT, WIDTH = 48, 64
PICTURE = Pixels(np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def drawing() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """White, with a grey left third and a red right third, in blocks that JPEG keeps apart."""
    rgb = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    rgb[:, :16] = GREY
    rgb[:, 48:] = RED
    return rgb


def encoded(suffix: str, extra: int | None = None) -> bytes:
    bgr = drawing()[..., ::-1]
    if extra is not None:
        bgr = np.dstack([bgr, np.full((HEIGHT, WIDTH), extra, np.uint8)])
    return cv2.imencode(suffix, bgr, [cv2.IMWRITE_JPEG_QUALITY, 95] if suffix == ".jpg" else [])[1].tobytes()


def painted(data: bytes, *colours: tuple[int, int, int]) -> list[bool]:
    """Whether the middle of the left, middle and right part is to be painted."""
    rules = PictureRules(
        formats=("png", "jpeg"), max_bytes=1 << 20, max_side_px=64, max_pixels=4096, colours=colours
    )
    flags = decode_mask(data, rules, PICTURE).flags
    return [bool(flags[24, column]) for column in (8, 32, 56)]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_each_colour_paints_and_all_else_is_background(suffix: str) -> None:
    data = encoded(suffix)
    assert painted(data, GREY) == [True, False, False]
    assert painted(data, GREY, RED) == [True, False, True]
    assert painted(data, (255, 255, 255)) == [False, True, False]
    assert painted(data, (0, 0, 0)) == [False, False, False]


def test_lossless_is_exact_and_lossy_is_near() -> None:
    near, far = (134 + 8, 134 - 5, 134), (134 + 12, 134, 134)
    assert painted(encoded(".png"), near) == [False, False, False]
    assert painted(encoded(".jpg"), near) == [True, False, False]
    assert painted(encoded(".jpg"), far) == [False, False, False]


def test_transparent_is_not_painted() -> None:
    assert painted(encoded(".png", extra=0), GREY, RED) == [False, False, False]
    assert painted(encoded(".png", extra=255), GREY, RED) == [True, False, True]


def test_grey_and_16_bit_masks() -> None:
    grey = np.full((HEIGHT, WIDTH), 134, np.uint8)
    assert painted(cv2.imencode(".png", grey)[1].tobytes(), GREY) == [True, True, True]
    deep = drawing()[..., ::-1].astype(np.uint16) * 257
    assert painted(cv2.imencode(".png", deep)[1].tobytes(), RED) == [False, False, True]
