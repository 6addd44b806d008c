"""A fill that is told what the hole roughly looks like, by a made-up network: it returns the truth, soft."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.base import Prior
from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch.fill import fill
from cleanplate.fill.patchmatch.prior import prior_planes
from cleanplate.fill.patchmatch.pyramid import build
from cleanplate.pixels.types import Hole, Rgb8

SIDE = 320
SEEN_PX = 80
"""What the made-up network sees: a quarter."""


def silent(share: float) -> None:
    pass


def woven() -> NDArray[np.float32]:
    """A regular texture that the network cannot see."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.asarray(20 * np.sign(np.sin(x * np.pi / 3) * np.sin(y * np.pi / 3)), np.float32)


def rough() -> NDArray[np.float32]:
    """Noise."""
    white = np.random.default_rng(0).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(white, (0, 0), 1.2) * 90, np.float32)


def scene(texture: NDArray[np.float32] | None = None) -> Rgb8:
    """Green below, blue above; a step of the border between them lies in the hole alone."""
    texture = rough() if texture is None else texture
    columns = np.arange(SIDE)
    border = np.where((columns > 135) & (columns < 185), 120, 180)
    above = np.arange(SIDE)[:, None] < border
    rgb = np.where(above[..., None], (40, 70, 190), (60, 160, 50)) + texture[..., None]
    return np.asarray(np.clip(rgb, 0, 255), np.uint8)


def middle() -> Hole:
    hole = np.zeros((SIDE, SIDE), np.bool_)
    hole[90:210, 100:220] = True
    return hole


def as_seen(rgb: Rgb8, side_px: int = SEEN_PX) -> Rgb8:
    small = cv2.resize(rgb, (side_px, side_px), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)


def filled(prior: Prior | None, options: FillOptions | None = None, rgb: Rgb8 | None = None) -> Rgb8:
    truth, hole = scene() if rgb is None else rgb, middle()
    given = truth.copy()
    given[hole] = (255, 0, 0)
    before = given.copy()
    out = fill(given, hole, np.zeros_like(hole), options or FillOptions(), silent, prior)
    assert (given == before).all(), "the input was written to"
    assert (out[~hole] == truth[~hole]).all()
    return out


def off(made: Rgb8, truth: Rgb8) -> float:
    """Mean difference in the hole, seen as coarsely as the network sees."""
    gap = as_seen(made).astype(int) - as_seen(truth)
    return float(np.abs(gap)[middle()].mean())


def energy(rgb: Rgb8, where: Hole) -> float:
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gradient = cv2.Sobel(luma, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(luma, cv2.CV_32F, 0, 1) ** 2
    inner = cv2.erode(where.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return float(np.median(gradient[inner]))


@pytest.mark.parametrize("fast", [False, True])
def test_the_fill_has_the_structure_of_the_guess(fast: bool) -> None:
    truth = scene()
    guided = filled(Prior(as_seen(truth), SEEN_PX), FillOptions(fast=fast))
    best_source = filled(None, FillOptions(fast=fast))
    assert off(guided, truth) < 7
    assert off(guided, truth) < off(best_source, truth) / 3, "the step is in the guess alone"


def test_the_fill_is_as_sharp_as_what_is_round_it() -> None:
    truth = scene(woven())
    made = filled(Prior(as_seen(truth), SEEN_PX), FillOptions(grain=0), truth)
    assert energy(as_seen(truth), middle()) < 0.1 * energy(truth, ~middle()), "the guess is soft"
    assert energy(made, middle()) == pytest.approx(energy(truth, ~middle()), rel=0.15)


def test_noise_is_far_sharper_than_the_guess() -> None:
    truth = scene()
    made = filled(Prior(as_seen(truth), SEEN_PX), FillOptions(grain=0))
    assert energy(made, middle()) > 2 * energy(as_seen(truth), middle())


def test_what_the_photo_has_not_stays_soft_rather_than_turn_into_something_else() -> None:
    truth = scene()
    prior = as_seen(truth)
    prior[130:170, 140:180] = (250, 240, 20)
    made = filled(Prior(prior, SEEN_PX))
    assert np.abs(made[145:155, 155:165].astype(int) - (250, 240, 20)).mean() < 12


def test_a_sharp_guess_is_taken_as_it_is() -> None:
    truth = scene()
    made = filled(Prior(truth, SIDE), FillOptions(tone=0, grain=0))
    assert (made == truth).all()


@pytest.mark.parametrize("tone", [0.0, 1.0])
def test_the_tone_of_a_guess_is_led_to_that_of_the_photo(tone: float) -> None:
    flat = np.full((SIDE, SIDE, 3), 120, np.uint8)
    made = filled(Prior(np.full_like(flat, 130), SIDE), FillOptions(tone=tone), flat)
    wanted = 120 if tone else 130
    assert abs(float(made[middle()].mean()) - wanted) < 2


def test_grain_is_added_to_a_smooth_guess() -> None:
    noisy = np.random.default_rng(1).normal(120, 5, (SIDE, SIDE, 3)).clip(0, 255).astype(np.uint8)
    smooth = np.full_like(noisy, 120)
    assert filled(Prior(smooth, SIDE), FillOptions(grain=0), noisy)[middle()].std() < 1
    assert filled(Prior(smooth, SIDE), FillOptions(), noisy)[middle()].std() == pytest.approx(5, rel=0.3)


def test_what_lies_outside_the_hole_of_a_guess_never_matters() -> None:
    truth = scene()
    prior = as_seen(truth)
    other = prior.copy()
    far = cv2.dilate(middle().astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    other[far] = 0
    assert (filled(Prior(prior, SEEN_PX)) == filled(Prior(other, SEEN_PX))).all()


def test_the_same_seed_gives_the_same_fill() -> None:
    prior = Prior(as_seen(scene()), SEEN_PX)
    assert (filled(prior, FillOptions(seed=4)) == filled(prior, FillOptions(seed=4))).all()
    assert (filled(prior, FillOptions(seed=4)) != filled(prior, FillOptions(seed=5))).any()


def test_excluded_pixels_are_no_source() -> None:
    truth, hole = scene(), middle()
    excluded = np.zeros_like(hole)
    excluded[:, :60] = True
    truth[excluded] = (255, 0, 0)
    out = fill(truth, hole, excluded, FillOptions(), silent, Prior(as_seen(scene()), SEEN_PX))
    assert (out[~hole] == truth[~hole]).all()
    assert (out[hole][:, 0].astype(int) - out[hole][:, 1] < 60).all()


def test_without_a_source_the_guess_is_what_there_is() -> None:
    rgb = np.full((2, 90, 3), 90, np.uint8)
    hole = np.zeros((2, 90), np.bool_)
    hole[:, 30:60] = True
    prior = np.full_like(rgb, 200)
    out = fill(rgb, hole, np.zeros_like(hole), FillOptions(tone=0, grain=0), silent, Prior(prior, 20))
    assert (out[hole] == 200).all()


def test_the_sizes_that_show_all_of_the_guess_are_led_and_two_more() -> None:
    hole = middle()
    steps = build(scene(), hole, np.zeros_like(hole))
    guided = prior_planes(Prior(scene(), 40), scene(), steps)
    assert sorted(guided) == list(range(1, len(steps)))
    assert sorted(prior_planes(Prior(scene(), 1), scene(), steps)) == [len(steps) - 1]


def test_progress_rises_to_the_end_and_ends_the_fill() -> None:
    told: list[float] = []
    hole = middle()
    prior = Prior(as_seen(scene()), SEEN_PX)
    fill(scene(), hole, np.zeros_like(hole), FillOptions(), told.append, prior)
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.8 < told[-1] <= 0.9

    def stop(share: float) -> None:
        if share > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fill(scene(), hole, np.zeros_like(hole), FillOptions(), stop, prior)
