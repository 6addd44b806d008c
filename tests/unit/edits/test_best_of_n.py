"""Best of n: the tries are those of n single calls, and what is kept is the best of them, crop by crop."""

from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in

from cleanplate.edits import erase
from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.erase import EDIT
from cleanplate.edits.parts import best_of_n as room
from cleanplate.edits.parts import filling
from cleanplate.edits.parts.best_of_n import best
from cleanplate.errors import BadParameter
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.fill.choosing import choose
from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Mask, Pixels, Rgb8

HEIGHT, WIDTH = 160, 480
LEFT, RIGHT = (slice(60, 100), slice(40, 90)), (slice(60, 100), slice(390, 440))


def picture() -> tuple[Pixels, Mask]:
    """Stripes with two holes far from each other."""
    rng = np.random.default_rng(0)
    wave = 128 + 80 * np.sin(np.arange(WIDTH) / 4)[None, :, None] + rng.normal(0, 12, (HEIGHT, WIDTH, 3))
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    flags[LEFT] = flags[RIGHT] = True
    return Pixels(wave.clip(0, 255).astype(np.uint8)), Mask(flags)


def run(**values: Any) -> Edited:
    pixels, mask = picture()
    return EDIT.run(EditRequest(pixels, EDIT.parse({"dilate_px": 2, **values}), mask, runtime=here()))


def test_one_try_is_what_it_was() -> None:
    recipe = run(seed=5).recipe
    assert (recipe["score"], recipe["scores"], recipe["seeds"]) == (None, [], [5, 5])


def test_the_best_of_each_crop_is_kept() -> None:
    done = run(n_best=3, seed=4)
    recipe = done.recipe
    assert len(recipe["scores"]) == len(recipe["crops"]) == 2
    assert all(len(row) == 3 for row in recipe["scores"])
    for row, seed, part in zip(recipe["scores"], recipe["seeds"], (LEFT, RIGHT), strict=True):
        assert seed == 4 + int(np.argmax(row))
        assert (done.pixels.rgb[part] == run(seed=seed).pixels.rgb[part]).all()
    low, high = sorted(max(row) for row in recipe["scores"])
    assert low <= recipe["score"] <= high
    assert recipe["changed_outside_mask"] == 0


def test_the_worst_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fill that is plain grey loses against stripes, whichever comes first."""

    def fill(job: FillJob) -> Rgb8:
        made = real.fill(job)
        if job.options.seed % 2 == 0:
            made[job.hole] = 128
        return made

    real = inpainter("patchmatch", here())
    plug_in(monkeypatch, like("patchmatch", fill=fill))
    assert run(n_best=2, seed=2).recipe["seeds"] == [3, 3]
    assert run(n_best=2, seed=3).recipe["seeds"] == [3, 3]


def test_seeds_go_round() -> None:
    pixels, mask = picture()
    plan = filling.plan(pixels, mask, None)
    kept = best(
        plan,
        choose(here(), "patchmatch"),
        FillOptions(seed=2**32 - 1, fast=True),
        2,
        lambda stage, done: None,
    )
    assert set(kept.seeds) <= {2**32 - 1, 0}


def test_progress_only_grows() -> None:
    pixels, mask = picture()
    seen: list[float] = []
    asked = EDIT.parse({"n_best": 3, "fast": True})
    EDIT.run(EditRequest(pixels, asked, mask, progress=lambda stage, done: seen.append(done), runtime=here()))
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_a_fill_too_small_to_score_is_the_first() -> None:
    pixels, _ = picture()
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    flags[80, 100] = True
    asked = EDIT.parse({"n_best": 2, "seed": 7, "dilate_px": 0, "feather_px": 0})
    recipe = EDIT.run(EditRequest(pixels, asked, Mask(flags), runtime=here())).recipe
    assert (recipe["score"], recipe["scores"], recipe["seeds"]) == (None, [[None, None]], [7])


def test_one_without_chance_is_refused() -> None:
    with pytest.raises(BadParameter, match="n_best: the engine telea makes the same fill every time"):
        run(n_best=2, engine="telea")


@pytest.mark.parametrize("value", [0, 9])
def test_limits(value: int) -> None:
    with pytest.raises(BadParameter, match="n_best"):
        EDIT.parse({"n_best": value})


@pytest.mark.parametrize(("budget_ms", "tries"), [(350, 3), (100, 1), (10_000, 8)])
def test_a_deadline_takes_tries_away_first(
    monkeypatch: pytest.MonkeyPatch, budget_ms: int, tries: int
) -> None:
    counted = []

    def count(*_: Any, **__: Any) -> filling.Filled:
        counted.append(1)
        return filling.Filled([], [], choose(here()))

    plug_in(monkeypatch, like("patchmatch", takes_ms=50.0))
    monkeypatch.setattr(filling, "fill", count)
    pixels, mask = picture()
    erase.run(EditRequest(pixels, EDIT.parse({"n_best": 8}), mask, budget_ms=budget_ms, runtime=here()))
    assert len(counted) == tries


def test_scores_are_those_of_the_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "coherence", lambda rgb, made, known: float(made.mean()))
    recipe = run(n_best=2, fast=True).recipe
    assert all(row[0] == row[1] for row in recipe["scores"])
    assert recipe["seeds"] == [0, 0]  # equal: the first stays
