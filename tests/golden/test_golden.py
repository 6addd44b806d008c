"""Quality can't rot silently: today's fills are as good as the recorded ones, by distance.

After a change that makes them better, look at them and record them: `python -m tests.golden.record`.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.golden import fills
from tests.golden.cases import CASES, Case

from cleanplate.pixels.types import Rgb8

every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_as_good_as_recorded(name: str) -> None:
    case = CASES[name]()
    assert fills.faults(case, fills.recorded(name), fills.fill(case)) == []


def blurred(rgb: Rgb8) -> Rgb8:
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1.5), np.uint8)


def brighter(rgb: Rgb8) -> Rgb8:
    return np.asarray(cv2.add(rgb, np.full_like(rgb, 12)), np.uint8)


def noisy(rgb: Rgb8) -> Rgb8:
    noise = np.random.default_rng(0).normal(0, 12, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


@every_case
@pytest.mark.parametrize(
    ("spoil", "told"),
    [(blurred, "detail is 0."), (brighter, "local tone"), (noisy, "detail is ")],
    ids=["blurred", "brighter", "noisy"],
)
def test_a_spoilt_fill_is_told(name: str, spoil: Callable[[Rgb8], Rgb8], told: str) -> None:
    case, golden = CASES[name](), fills.recorded(name)
    made = np.where(case.hole[..., None], spoil(golden), golden)
    assert any(fault.startswith(told) for fault in fills.faults(case, golden, made))


def test_a_fill_further_from_the_truth_is_told() -> None:
    case = CASES["stripes"]()
    other = np.where(case.hole[..., None], case.truth[:, ::-1], case.truth)
    assert any("dB further" in fault for fault in fills.faults(case, case.truth, other))


def test_a_change_outside_the_hole_is_told() -> None:
    case = CASES["sky"]()
    made = case.truth.copy()
    made[0, 0] += 1
    assert fills.faults(case, case.truth, made) == ["pixels outside the hole changed"]


def test_the_truth_has_no_faults() -> None:
    for case in (make() for make in CASES.values()):
        assert fills.faults(case, case.truth, case.truth) == []


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    case: Case = CASES["bricks"]()
    fills.write("some bricks", case.truth, tmp_path)
    assert (fills.recorded("some bricks", tmp_path) == case.truth).all()


def test_a_missing_recording_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"tests\.golden\.record"):
        fills.recorded("bricks", tmp_path)
