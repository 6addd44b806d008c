"""The last steps work in bands; nobody can tell."""

import numpy as np
import pytest

from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch import finish as module
from cleanplate.fill.patchmatch import grain
from cleanplate.fill.patchmatch.finish import Votes, finish
from cleanplate.pixels.types import Rgb8

HEIGHT, WIDTH = 300, 90


def votes() -> tuple[Votes, Rgb8]:
    rng = np.random.default_rng(0)
    rgb, best_source, mean_vote = (
        rng.integers(90, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8) for _ in range(3)
    )
    hole = np.zeros((HEIGHT, WIDTH), np.bool_)
    hole[20:280, 15:70] = True
    cast = module.votes_of(rgb, hole, np.zeros_like(hole))
    return Votes(
        cast.box, cast.hole, cast.ring, mean_vote[cast.box.slices], best_source[cast.box.slices]
    ), rgb


@pytest.mark.parametrize("rows", [16, 100, 1000])
def test_sharpening_in_bands(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cast, rgb = votes()
    wanted = finish(cast, rgb, np.zeros((HEIGHT, WIDTH), np.bool_), FillOptions())
    monkeypatch.setattr(module, "BAND_ROWS", rows)
    assert (finish(cast, rgb, np.zeros((HEIGHT, WIDTH), np.bool_), FillOptions()) == wanted).all()


def test_noise_is_measured_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    _, rgb = votes()
    picture = np.ascontiguousarray(rgb[:296, :88])
    hole = (np.random.default_rng(1).random(picture.shape[:2]) > 0.5).astype(np.uint8)
    parts = grain._measure(picture, hole)
    monkeypatch.setattr(grain, "bands", lambda height: [slice(0, height)])
    whole = grain._measure(picture, hole)
    for name in ("level", "fine", "inner", "share", "made"):
        assert (getattr(parts, name) == getattr(whole, name)).all(), name
