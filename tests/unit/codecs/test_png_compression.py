"""Compressing the rows of a PNG: without loss, as small as usual, and fast where that costs no bytes."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cleanplate.codecs.png.png_compression import compress

SIDE_PX = 400
FILTER_AVG, FILTER_PAETH = cv2.IMWRITE_PNG_FILTER_AVG, cv2.IMWRITE_PNG_FILTER_PAETH


def photograph(channels: int) -> NDArray[np.uint8]:
    """Soft shapes with grain, as a camera makes them."""
    rng = np.random.default_rng(4)
    coarse = rng.integers(40, 215, (8, 8, channels)).astype(np.float32)
    soft = cv2.resize(coarse, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC).reshape(SIDE_PX, SIDE_PX, -1)
    grain = rng.normal(0, 4, soft.shape)
    return np.asarray(np.clip(soft + grain, 0, 255), np.uint8)


def drawing(channels: int) -> NDArray[np.uint8]:
    """One ornament over and over: every row is full of repetitions."""
    ornament = np.random.default_rng(5).integers(0, 256, (40, 40, channels)).astype(np.uint8)
    return np.tile(ornament, (SIDE_PX // 40, SIDE_PX // 40, 1))


def grey(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return samples[..., 0] if samples.shape[2] == 1 else samples


def by_pillow(samples: NDArray[np.uint8]) -> int:
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "PNG", compress_level=1)
    return len(file.getvalue())


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("make", [photograph, drawing])
def test_every_sample_comes_back(make: Callable[[int], NDArray[np.uint8]], channels: int) -> None:
    samples = np.ascontiguousarray(grey(make(channels)))
    with Image.open(io.BytesIO(compress(samples).tobytes())) as image:
        assert np.array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 700, 3), (700, 1, 4), (192, 5), (193, 5, 3)])
def test_pictures_of_few_rows_or_columns(shape: tuple[int, ...]) -> None:
    samples = np.random.default_rng(6).integers(0, 256, shape).astype(np.uint8)
    with Image.open(io.BytesIO(compress(samples).tobytes())) as image:
        assert np.array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("make", [photograph, drawing])
def test_as_small_as_with_every_filter_and_every_repetition(make: Callable[[int], NDArray[np.uint8]]) -> None:
    samples = make(3)
    assert len(compress(samples)) <= 1.05 * by_pillow(samples)


def test_what_repeats_is_found() -> None:
    samples = drawing(3)
    assert len(compress(samples)) < 0.2 * samples.size


def test_a_photograph_is_not_searched_for_repetitions() -> None:
    samples = photograph(3)
    fast = [len(run_length_coded(samples, filters)) for filters in (FILTER_AVG, FILTER_PAETH)]
    assert len(compress(samples)) in fast


def run_length_coded(samples: NDArray[np.uint8], filters: int) -> NDArray[np.uint8]:
    """A file in which nothing refers farther back than to the byte before."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    bgr = cv2.cvtColor(samples, cv2.COLOR_RGB2BGR)
    return np.asarray(cv2.imencode(".png", bgr, [*options, cv2.IMWRITE_PNG_FILTER, filters])[1], np.uint8)
