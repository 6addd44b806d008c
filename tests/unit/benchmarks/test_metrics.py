"""Each metric on pictures for which the answer is known."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks import metrics
from cleanplate.pixels.types import Hole, Rgb8

EDGE: metrics.Segment = (8.0, 32.0, 88.0, 32.0)
"""The horizontal edge of `steps()`."""


def noise(seed: int = 0) -> Rgb8:
    return np.random.default_rng(seed).integers(0, 256, (64, 96, 3), np.uint8)


def steps() -> Rgb8:
    """Dark above the middle row, bright below."""
    rgb = np.full((64, 96, 3), 40, np.uint8)
    rgb[32:] = 200
    return rgb


def middle(half_px: int = 12) -> Hole:
    hole = np.zeros((64, 96), np.bool_)
    hole[32 - half_px : 32 + half_px, 48 - half_px : 48 + half_px] = True
    return hole


def filled(truth: Rgb8, value: int) -> Rgb8:
    made = truth.copy()
    made[middle()] = value
    return made


def test_psnr_is_that_of_the_hole_alone() -> None:
    truth = np.full((64, 96, 3), 100, np.uint8)
    made = filled(truth, 110)
    assert metrics.masked_psnr(truth, made, middle()) == pytest.approx(20 * np.log10(255 / 10))
    made[0, 0] = 255
    assert metrics.masked_psnr(truth, made, middle()) == pytest.approx(20 * np.log10(255 / 10))


def test_an_exact_fill_has_finite_psnr() -> None:
    assert 70 < metrics.masked_psnr(noise(), noise(), middle()) < 100


def test_ssim_is_one_for_the_truth_and_near_nothing_for_other_noise() -> None:
    truth, near, other = noise(), noise(), noise(1)
    near[~middle(20)] = other[~middle(20)]
    assert metrics.masked_ssim(truth, truth, middle()) == pytest.approx(1)
    assert metrics.masked_ssim(truth, near, middle()) == pytest.approx(1), "it looked outside the hole"
    assert abs(metrics.masked_ssim(truth, other, middle())) < 0.1


def test_ssim_of_the_opposite_is_negative() -> None:
    truth = noise()
    assert metrics.masked_ssim(truth, 255 - truth, middle()) < -0.5


def test_a_patch_of_another_tone_is_a_seam_and_a_blur_is_none() -> None:
    truth = np.asarray(cv2.GaussianBlur(noise(), (0, 0), 1.5), np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(truth, (0, 0), 9), np.uint8)
    assert metrics.seam_ratio(truth, truth, middle()) == pytest.approx(1)
    assert metrics.seam_ratio(truth, filled(truth, 250), middle()) > 4
    assert metrics.seam_ratio(truth, blurred, middle()) < 0.5


def test_seam_sums_count_each_pair_of_the_border_once() -> None:
    truth = np.zeros((64, 96, 3), np.uint8)
    made_sum, truth_sum = metrics.seam_sums(truth, filled(truth, 10), middle(12))
    assert (made_sum, truth_sum) == (4 * 24 * 10, 0)


def moved(down_px: int) -> Rgb8:
    made = steps()
    made[middle()] = np.roll(steps(), down_px, axis=0)[middle()]
    return made


def half_there() -> Rgb8:
    made = filled(steps(), 120)
    made[:, :48] = steps()[:, :48]
    return made


def faint() -> Rgb8:
    made = steps()
    made[middle()] = (120 + (steps()[middle()].astype(int) - 120) * 0.2).astype(np.uint8)
    return made


@pytest.mark.parametrize(
    ("make", "low", "high"),
    [
        (steps, 1.0, 1.0),
        (lambda: moved(1), 1.0, 1.0),
        (lambda: moved(6), 0.0, 0.1),
        (lambda: filled(steps(), 120), 0.0, 0.2),
        (half_there, 0.4, 0.65),
        (faint, 0.0, 0.1),
        (lambda: np.asarray(240 - steps(), np.uint8), 0.0, 0.0),
    ],
    ids=["truth", "one px off", "six px off", "gone", "half", "faint", "inverted"],
)
def test_line_continuity(make: Callable[[], Rgb8], low: float, high: float) -> None:
    assert low <= metrics.line_continuity(steps(), make(), middle(), EDGE) <= high


class Network:
    """Stands in for the style network: the mean colour as the vector."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name="style_image")]

    def run(self, _outputs: None, feed: dict[str, Any]) -> list[Any]:
        self.seen.append(feed["style_image"])
        return [feed["style_image"].mean(axis=(1, 2))[:, None, None]]


def test_style_sees_the_hole_with_its_surroundings_as_the_network_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network()
    monkeypatch.setattr(metrics, "_network", lambda: network)
    truth = steps()
    assert metrics.style_distance(truth, truth, middle()) == 0
    assert metrics.style_distance(truth, filled(truth, 255), middle()) > 0.1
    fed = network.seen[-1]
    assert (fed.shape, fed.dtype) == ((1, 256, 256, 3), np.float32)
    assert fed.min() >= 0
    assert 0.9 < fed.max() <= 1


def test_style_of_the_whole_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network()
    monkeypatch.setattr(metrics, "_network", lambda: network)
    truth = steps()
    near = metrics.style_distance(truth, filled(truth, 255), middle(6))
    assert metrics.style_distance(truth, filled(truth, 255), middle(6), whole=True) < near
    assert network.seen[-1].shape == (1, 256, 256, 3)
