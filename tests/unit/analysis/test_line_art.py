"""Lines where the picture has edges, paper elsewhere."""

import cv2
import numpy as np

from cleanplate.analysis.line_art import line_art


def test_a_disc_becomes_a_ring() -> None:
    picture = np.full((240, 320, 3), 190, np.uint8)
    cv2.circle(picture, (160, 120), 60, (40, 60, 90), -1)
    lines = line_art(picture)[..., 0]
    rows, columns = np.indices(lines.shape)
    away = np.abs(np.hypot(columns - 160, rows - 120) - 60)
    assert lines[away < 3].min() < 40
    assert (lines[away > 12] > 240).all()


def test_brightness_alone_is_no_line() -> None:
    for level in (0, 40, 128, 255):
        assert (line_art(np.full((64, 64, 3), level, np.uint8)) > 240).all()
    ramp = np.repeat(np.tile(np.linspace(0, 255, 200).astype(np.uint8), (100, 1))[..., None], 3, axis=2)
    assert (line_art(ramp)[:, 10:-10] > 200).all()


def test_grain_is_no_line() -> None:
    grain = np.random.default_rng(0).normal(140, 10, (200, 200, 1)).repeat(3, axis=2)
    assert np.mean(line_art(grain.clip(0, 255).astype(np.uint8)) < 128) < 0.002


def test_it_is_grey_and_keeps_its_size() -> None:
    lines = line_art(np.random.default_rng(0).integers(0, 256, (31, 57, 3)).astype(np.uint8))
    assert lines.shape == (31, 57, 3)
    assert lines.dtype == np.uint8
    assert (np.ptp(lines, axis=2) == 0).all()
