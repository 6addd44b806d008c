"""Sizes that pipelines work in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanplate.models.parts.diffusion import fit_size
from cleanplate.models.parts.pipeline import STEP_PX


@pytest.mark.parametrize(
    ("given_px", "wanted"),
    [
        ((1024, 1024), (1024, 1024)),
        ((4096, 4096), (1024, 1024)),
        ((4000, 3000), (1184, 880)),
        ((100, 100), (512, 512)),
        ((800, 600), (800, 608)),
        ((1, 1), (512, 512)),
    ],
)
def test_known(given_px: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert fit_size(*given_px, 512, 1024) == wanted


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_always_in_steps_and_bounded(width: int, height: int) -> None:
    wide, tall = fit_size(width, height, 512, 1024)
    assert wide % STEP_PX == tall % STEP_PX == 0
    assert min(wide, tall) >= 4 * STEP_PX
    if max(width, height) <= 8 * min(width, height):
        assert wide * tall <= 1024 * 1024
        assert 0.8 < (wide / tall) / (width / height) < 1.25
