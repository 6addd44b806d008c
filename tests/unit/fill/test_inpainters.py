"""One suite for every inpainter, whole and in a hurry."""

import numpy as np
import pytest
from tests.inpainters import like
from tests.logged import logged
from tests.runtimes import here, plug_in

from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import FillJob, Inpainter
from cleanplate.fill.catalogue import inpainter, inpainters, names
from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Hole, Rgb8

able = [one for one in inpainters(here()).values() if not one.missing(here())]
every_inpainter = pytest.mark.parametrize("chosen", able, ids=lambda one: one.facts.name)


def stripes(height: int, width: int) -> Rgb8:
    """Vertical stripes 8 px wide, green and blue: whatever red comes out was made up."""
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 1] = np.where(np.arange(width) // 8 % 2, 200, 60)
    rgb[..., 2] = 120
    return rgb


def job(height: int, width: int, hole: Hole | None = None, *, seed: int = 0, fast: bool = False) -> FillJob:
    if hole is None:
        hole = np.zeros((height, width), np.bool_)
        hole[height // 3 : 2 * height // 3 + 1, width // 3 : 2 * width // 3 + 1] = True
    rgb = stripes(height, width)
    rgb[hole] = (255, 0, 0)  # the object
    return FillJob(rgb, hole, np.zeros_like(hole), FillOptions(seed=seed, fast=fast), runtime=here())


@every_inpainter
@pytest.mark.parametrize("fast", [False, True])
def test_fills_the_hole_and_nothing_else(chosen: Inpainter, fast: bool) -> None:
    asked = job(120, 150, fast=fast)
    before = asked.rgb.copy()
    out = chosen.fill(asked)
    assert out.shape == asked.rgb.shape
    assert out.dtype == np.uint8
    assert (out[~asked.hole] == before[~asked.hole]).all()
    assert (asked.rgb == before).all(), "the input was written to"
    assert out[asked.hole][:, 0].max() < 40, "the object is still there"


@every_inpainter
def test_the_same_seed_gives_the_same_fill(chosen: Inpainter) -> None:
    assert (chosen.fill(job(60, 60, seed=5)) == chosen.fill(job(60, 60, seed=5))).all()


@every_inpainter
def test_excluded_pixels_are_kept_and_not_copied(chosen: Inpainter) -> None:
    asked = job(90, 120)
    excluded = np.zeros_like(asked.hole)
    excluded[:, :30] = True
    rgb = asked.rgb.copy()
    rgb[excluded] = (255, 255, 0)
    out = chosen.fill(FillJob(rgb, asked.hole, excluded, runtime=here()))
    assert (out[excluded] == (255, 255, 0)).all()
    assert out[asked.hole][:, 0].max() < 60


@every_inpainter
@pytest.mark.parametrize(("height", "width"), [(1, 2), (2, 1), (7, 13), (3, 90), (40, 5)])
@pytest.mark.parametrize("fast", [False, True])
def test_odd_sizes(chosen: Inpainter, height: int, width: int, fast: bool) -> None:
    hole = np.zeros((height, width), np.bool_)
    hole[0, 0] = True
    out = chosen.fill(job(height, width, hole, fast=fast))
    assert (out[~hole] == stripes(height, width)[~hole]).all()


def test_patchmatch_continues_the_stripes() -> None:
    out = inpainter("patchmatch", here()).fill(job(96, 120))
    wanted = stripes(96, 120)
    assert np.abs(out.astype(int) - wanted).mean() < 6


def test_another_seed_gives_another_fill() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    hole = np.zeros((80, 80), np.bool_)
    hole[30:50, 30:50] = True

    def fill(seed: int) -> Rgb8:
        return inpainter("patchmatch", here()).fill(
            FillJob(rgb, hole, np.zeros_like(hole), FillOptions(seed=seed), runtime=here())
        )

    assert (fill(1) != fill(2)).any()


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(BadParameter, match=f"choose one of auto, {', '.join(names(here()))}$"):
        inpainter("photoshop", here())


def test_names_of_networks_come_last() -> None:
    ours = ["lama", "migan", "patchmatch", "telea"]
    assert [name for name in names(here()) if name in ours] == ["patchmatch", "telea", "lama", "migan"]


def test_one_that_cannot_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, like("telea", name="broken", missing="no native library"))
    with logged(EngineFailed, "no native library"):
        inpainter("broken", here())
