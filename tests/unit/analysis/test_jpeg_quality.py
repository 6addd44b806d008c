"""Bad JPEGs are told from good ones, by the file or by the pixels; softening them brings back what was."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.unit.codecs.jpegs import as_jpeg

from cleanplate.analysis.jpeg_quality import UNCOMPRESSED, deblock, visible_jpeg_quality
from cleanplate.pixels.types import Origin, Pixels, Rgb8

MEADOW = Path(__file__).parents[3] / "examples" / "meadow.jpg"


@pytest.fixture(scope="module")
def clean() -> Rgb8:
    """Shrunk, so that nothing is left of the file's own blocks."""
    rgb = np.asarray(Image.open(MEADOW).convert("RGB"))
    return np.asarray(cv2.resize(rgb, (640, 480), interpolation=cv2.INTER_AREA), np.uint8)


def resaved(pixels: Pixels) -> Pixels:
    """The same pixels in a file that knows nothing of the JPEG."""
    return replace(pixels, origin=Origin())


@pytest.mark.parametrize("quality", [10, 30, 49, 50, 51, 75, 90, 100])
def test_the_tables_of_a_file_say_its_quality(clean: Rgb8, quality: int) -> None:
    assert abs(visible_jpeg_quality(as_jpeg(clean, quality)) - quality) <= 1 or quality < 25


def test_a_picture_that_never_was_a_jpeg(clean: Rgb8) -> None:
    assert visible_jpeg_quality(Pixels(clean)) == UNCOMPRESSED


def test_the_pixels_say_it_too(clean: Rgb8) -> None:
    seen = [visible_jpeg_quality(resaved(as_jpeg(clean, quality))) for quality in (15, 60, 75, 95)]
    assert seen[0] < seen[1] < seen[2] < 80
    assert seen[3] == UNCOMPRESSED


def test_blocks_are_found_in_a_cut_out_part(clean: Rgb8) -> None:
    part = resaved(as_jpeg(clean, 30)).rgb[3:400, 5:500]
    assert visible_jpeg_quality(Pixels(part)) < 60


def test_a_file_of_high_quality_does_not_hide_what_came_before(clean: Rgb8) -> None:
    assert visible_jpeg_quality(as_jpeg(as_jpeg(clean, 20).rgb, 95)) < 60


@pytest.mark.parametrize(
    "picture",
    [
        np.full((200, 200, 3), 90, np.uint8),
        np.random.default_rng(0).integers(0, 256, (200, 200, 3)).astype(np.uint8),
        np.kron(np.random.default_rng(0).integers(0, 256, (25, 25, 1)), np.ones((8, 8, 3))).astype(np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((9, 3000, 3), np.uint8),
    ],
    ids=["flat", "noise", "squares of 8 px", "one pixel", "a strip"],
)
def test_what_is_no_photograph_is_not_taken_for_a_bad_one(picture: Rgb8) -> None:
    assert visible_jpeg_quality(Pixels(picture)) >= 80


def test_a_broken_file_leaves_it_to_the_pixels(clean: Rgb8) -> None:
    assert visible_jpeg_quality(Pixels(clean, origin=Origin("jpeg", jpeg=b"\xff\xd8\xff"))) == UNCOMPRESSED


@pytest.mark.parametrize("quality", [10, 40])
def test_softening_brings_back_what_was(clean: Rgb8, quality: int) -> None:
    spoilt = as_jpeg(clean, quality).rgb

    def error(rgb: Rgb8) -> float:
        return float(np.square(rgb.astype(float) - clean).mean())

    assert error(deblock(spoilt, quality)) < 0.95 * error(spoilt)


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 30, 3)])
def test_softening_small_pictures(shape: tuple[int, int, int]) -> None:
    flat = np.full(shape, 77, np.uint8)
    softened = deblock(flat, 30)
    assert softened.shape == shape
    assert np.abs(softened.astype(int) - 77).max() <= 4
