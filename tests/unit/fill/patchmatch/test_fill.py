from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cleanplate.fill.base import Prior
from cleanplate.fill.options import FillOptions
from cleanplate.fill.patchmatch import fill as module
from cleanplate.fill.patchmatch.fill import fill
from cleanplate.fill.patchmatch.finish import Votes, cast_votes
from cleanplate.fill.patchmatch.grain import add_grain
from cleanplate.fill.patchmatch.layers import Layers
from cleanplate.fill.patchmatch.pyramid_level import PyramidLevel
from cleanplate.fill.patchmatch.smooth_fill import smooth
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime import threads

SIDE = 128
PLAIN = FillOptions(tone=0, grain=0)
both = pytest.mark.parametrize("fast", [False, True])


def nothing(share: float) -> None:
    pass


def none(height: int = SIDE, width: int = SIDE) -> Hole:
    return np.zeros((height, width), np.bool_)


def middle(height: int = SIDE, width: int = SIDE) -> Hole:
    hole = none(height, width)
    hole[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = True
    return hole


def noise(height: int = SIDE, width: int = SIDE, seed: int = 0) -> Rgb8:
    """Green and blue; whatever is redder than 20 was made up."""
    rgb = np.random.default_rng(seed).integers(60, 200, (height, width, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    return rgb


def filled(rgb: Rgb8, hole: Hole, options: FillOptions | None = None, excluded: Hole | None = None) -> Rgb8:
    """With red under the hole; the rest of the picture and the input stay as they are."""
    given = rgb.copy()
    given[hole] = (255, 0, 0)
    before = given.copy()
    out = fill(
        given, hole, np.zeros_like(hole) if excluded is None else excluded, options or FillOptions(), nothing
    )
    assert out.dtype == np.uint8
    assert out.shape == rgb.shape
    assert (given == before).all(), "the input was written to"
    assert (out[~hole] == rgb[~hole]).all()
    return out


@both
def test_the_same_seed_gives_the_same_fill_and_another_another(fast: bool) -> None:
    def with_seed(seed: int) -> Rgb8:
        return filled(noise(), middle(), FillOptions(seed=seed, fast=fast))

    assert (with_seed(7) == with_seed(7)).all()
    assert (with_seed(7) != with_seed(8)).any()


@pytest.mark.parametrize("seed", [0, 2**32 - 1])
def test_every_seed_works(seed: int) -> None:
    filled(noise(), middle(), FillOptions(seed=seed))


@both
def test_the_number_of_threads_changes_nothing(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for cores in (1, 5):
        with ThreadPoolExecutor(cores) as pool:
            monkeypatch.setattr(threads, "_pool", lambda pool=pool: pool)
            found.append(filled(noise(260, 300), middle(260, 300), FillOptions(fast=fast)))
    assert (found[0] == found[1]).all()


@both
@pytest.mark.parametrize("at", [np.s_[40:90, 40:90], np.s_[:40, 30:80], np.s_[60:, 90:], np.s_[:, 100:]])
def test_what_lies_under_the_hole_never_matters(fast: bool, at: tuple[slice, slice]) -> None:
    hole = none()
    hole[at] = True
    found = []
    for under in ((255, 0, 0), (0, 0, 0), (255, 255, 255)):
        rgb = noise()
        rgb[hole] = under
        found.append(fill(rgb, hole, none(), FillOptions(fast=fast), nothing)[hole])
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@both
@pytest.mark.parametrize("touching", [False, True])
def test_an_excluded_colour_never_appears(fast: bool, touching: bool) -> None:
    rgb, hole, excluded = noise(), middle(), none()
    excluded[:, : 42 if touching else 36], excluded[:30] = True, True
    excluded &= ~hole
    rgb[excluded] = (255, 0, 0)
    out = filled(rgb, hole, FillOptions(fast=fast), excluded)
    assert out[hole][:, 0].max() < 60


@both
@pytest.mark.parametrize("touching", [False, True])
def test_excluded_pixels_never_matter(fast: bool, touching: bool) -> None:
    """Neither for what goes where nor for tone and grain."""
    hole, excluded = middle(), none()
    excluded[:, : 60 if touching else 36] = True
    excluded &= ~hole
    found = []
    for low, high in ((250, 256), (0, 90)):
        rgb = noise()
        rgb[excluded] = np.random.default_rng(1).integers(low, high, (np.count_nonzero(excluded), 3))
        found.append(filled(rgb, hole, FillOptions(fast=fast), excluded)[hole])
    assert (found[0] == found[1]).all()


def test_without_a_patch_to_copy_the_fill_is_smooth() -> None:
    hole = at(2, 90, np.s_[:, 30:60])
    rgb = noise(2, 90)
    assert (filled(rgb, hole) == smooth(rgb, hole, np.zeros_like(hole))).all()


def watched(side: int, options: FillOptions) -> list[float]:
    told: list[float] = []
    fill(noise(side, side), middle(side, side), none(side, side), options, told.append)
    return told


@both
@pytest.mark.parametrize("side", [24, 128, 500])
def test_progress_goes_up_from_0_to_1(fast: bool, side: int) -> None:
    told = watched(side, FillOptions(fast=fast))
    assert told == sorted(told)
    assert told[0] >= 0
    assert told[-1] <= 1


def test_a_long_fill_asks_often_whether_to_go_on() -> None:
    assert len(watched(1500, FillOptions())) >= 20


class StopNowError(Exception):
    pass


def stopping(after: int, calls: list[float]) -> Callable[[float], None]:
    def progress(share: float) -> None:
        calls.append(share)
        if len(calls) == after:
            raise StopNowError

    return progress


@pytest.mark.parametrize("after", [1, 5, 20])
def test_what_progress_raises_ends_the_fill_at_once(after: int) -> None:
    calls: list[float] = []
    with pytest.raises(StopNowError):
        fill(noise(400, 400), middle(400, 400), none(400, 400), FillOptions(), stopping(after, calls))
    assert len(calls) == after


def test_a_hurry_gives_another_fill() -> None:
    assert (filled(noise(), middle()) != filled(noise(), middle(), FillOptions(fast=True))).any()


def edge() -> Rgb8:
    """Dark above, bright below, with a slope of 1 : 4."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.where((y > 48 + x / 4)[..., None], (20, 190, 180), (20, 60, 90)).astype(np.uint8)


def stripes() -> Rgb8:
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.where(((x + y) // 8 % 2)[..., None] > 0, (20, 190, 180), (20, 60, 90)).astype(np.uint8)


def checkerboard() -> Rgb8:
    y, x = np.mgrid[:SIDE, :SIDE] // 9
    return np.where(((x + y) % 2)[..., None] > 0, (20, 190, 180), (20, 60, 90)).astype(np.uint8)


def ramp() -> Rgb8:
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.dstack([np.full_like(x, 20), 40 + x, 200 - y]).astype(np.uint8)


@both
@pytest.mark.parametrize("picture", [edge, stripes, checkerboard, ramp])
def test_structure_runs_on_through_the_hole(picture: Callable[[], Rgb8], fast: bool) -> None:
    wanted, hole = picture(), middle()
    out = filled(wanted, hole, FillOptions(fast=fast))
    off = np.abs(out.astype(int) - wanted)[hole].max(1)
    assert (off > 40).mean() < 0.06
    assert off.mean() < (12 if fast else 9)


def test_a_flat_picture_stays_flat() -> None:
    rgb = np.full((SIDE, SIDE, 3), (20, 90, 140), np.uint8)
    assert np.abs(filled(rgb, middle()).astype(int) - rgb).max() <= 1


def test_without_tone_and_grain_there_are_only_the_pictures_own_colours() -> None:
    rgb = stripes()
    out = filled(rgb, middle(), PLAIN)
    assert out[middle()].min() >= 20
    assert out[middle()].max() <= 190


def test_tone_meets_the_border_better() -> None:
    """A texture under a light that falls from the left to the right."""
    light = np.linspace(0.5, 1.3, SIDE)[None, :, None]
    rgb = np.clip(noise() * light, 0, 255).astype(np.uint8)
    hole = middle()
    left, right = np.s_[43:84, 43:46], np.s_[43:84, 81:84]
    off, on = filled(rgb, hole, PLAIN), filled(rgb, hole, replace(PLAIN, tone=1.0))
    assert (off != on).any()

    def error(out: Rgb8) -> float:
        return float(sum(abs(out[part].mean() - rgb[part].mean()) for part in (left, right)))

    assert error(on) <= error(off) + 0.5


@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_a_noisy_wall_stays_noisy(amount: float) -> None:
    """Tone and votes may take some of it away, grain gives it back; neither makes more than there is."""
    rgb = np.clip(np.random.default_rng(0).normal(120, 6, (300, 300, 3)), 0, 255).astype(np.uint8)
    deviation = float(filled(rgb, middle(300, 300), FillOptions(grain=amount))[120:180, 120:180].std())
    assert (4.2 if amount else 2) < deviation < 7


def test_grain_is_added_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, int]] = []

    def watching(*arguments: Any) -> Rgb8:
        asked.append(arguments[-2:])
        return add_grain(*arguments)

    monkeypatch.setattr("cleanplate.fill.patchmatch.finish.add_grain", watching)
    filled(noise(), middle(), FillOptions(seed=3, grain=0.25))
    assert asked == [(0.25, 3)]


def test_a_hurry_adds_no_grain() -> None:
    rgb, hole = noise(), middle()
    assert (
        filled(rgb, hole, FillOptions(fast=True)) == filled(rgb, hole, FillOptions(fast=True, grain=0))
    ).all()


def test_no_hole_gives_a_copy() -> None:
    rgb = noise()
    out = fill(rgb, none(), none(), FillOptions(), nothing)
    assert (out == rgb).all()
    assert out is not rgb


def at(height: int, width: int, *places: Any) -> Hole:
    hole = none(height, width)
    for place in places:
        hole[place] = True
    return hole


def all_but_one(height: int, width: int) -> Hole:
    hole = ~none(height, width)
    hole[height // 2, width // 2] = False
    return hole


ODD = {
    "1x2": at(1, 2, np.s_[:, :1]),
    "7x13": at(7, 13, np.s_[2:5, 4:9]),
    "7x13, one pixel": at(7, 13, np.s_[3:4, 3:4]),
    "9x9": at(9, 9, np.s_[4:5, 4:5]),
    "4001x3": at(4001, 3, np.s_[1000:1800, :2]),
    "3x4001": at(3, 4001, np.s_[:2, 1000:1800]),
    "4001x3, whole rows": at(4001, 3, np.s_[1000:1800]),
    "4001x12": at(4001, 12, np.s_[1000:1800, 2:7]),
    "the top": at(90, 110, np.s_[:30, 40:70]),
    "the bottom": at(90, 110, np.s_[60:, 40:70]),
    "the left": at(90, 110, np.s_[30:60, :40]),
    "the right": at(90, 110, np.s_[30:60, 70:]),
    "a corner": at(90, 110, np.s_[:30, :40]),
    "all borders": ~at(90, 110, np.s_[20:70, 20:90]),
    "half": at(90, 110, np.s_[:, :55]),
    "one row": at(90, 110, np.s_[40:41]),
    "all but a pixel": all_but_one(60, 70),
    "all but a column": ~at(90, 110, np.s_[:, 30:31]),
    "all but a few rows": ~at(90, 110, np.s_[30:40]),
    "every other row": at(90, 110, np.s_[::2]),
    "two far apart": at(400, 500, np.s_[10:30, 10:40], np.s_[350:390, 450:490]),
    "fifty": at(
        300, 400, *(np.s_[y : y + 12, x : x + 12] for y in range(20, 270, 50) for x in range(15, 395, 38))
    ),
}


@both
@pytest.mark.parametrize("name", ODD)
def test_odd_sizes_and_holes(name: str, fast: bool) -> None:
    hole = ODD[name]
    rgb = noise(*hole.shape)
    out = filled(rgb, hole, FillOptions(fast=fast))
    made = out[hole].astype(int)
    assert made[:, 0].max() < 60, "red from under the hole"
    assert made[:, 1:].min() > 30, "black, which is nowhere in the picture"
    assert made[:, 1:].max() < 230


@both
@pytest.mark.parametrize("known", [1, 4, 9, 12])
def test_all_excluded_but_a_few_pixels(known: int, fast: bool) -> None:
    """`known` x `known` pixels beside the hole may be looked at."""
    hole, excluded = at(90, 110, np.s_[30:60, 40:80]), ~none(90, 110)
    excluded[hole], excluded[40 : 40 + known, 80 : 80 + known] = False, False
    rgb = noise(90, 110)
    rgb[excluded] = (255, 0, 0)
    out = filled(rgb, hole, FillOptions(fast=fast), excluded)
    assert out[hole][:, 0].max() < 60
    assert out[hole][:, 1:].min() > 30


@pytest.mark.parametrize("grain", [0.0, 1.0])
def test_led_by_the_truth_at_full_size_it_is_the_truth(grain: float) -> None:
    rng = np.random.default_rng(2)
    wall = np.linspace(80, 150, SIDE)[None, :, None] + rng.normal(0, 5, (SIDE, SIDE, 3))
    rgb, hole = np.clip(wall, 0, 255).astype(np.uint8), middle()
    given = rgb.copy()
    given[hole] = (255, 0, 0)
    made = fill(given, hole, none(), FillOptions(grain=grain), nothing, Prior(rgb, SIDE))
    assert (made == rgb).all()


def test_a_sharp_prior_without_grain_is_given_that_of_the_photo() -> None:
    rng = np.random.default_rng(2)
    wall = np.broadcast_to(np.linspace(80, 150, SIDE)[None, :, None], (SIDE, SIDE, 3))
    rgb, hole = np.clip(wall + rng.normal(0, 5, wall.shape), 0, 255).astype(np.uint8), middle()
    made = fill(rgb, hole, none(), FillOptions(), nothing, Prior(wall.astype(np.uint8), SIDE))
    assert (made - wall)[hole].std() > 3.5


def layered() -> tuple[Rgb8, Hole, NDArray[np.float64]]:
    """Five rough layers, a wide hole in them, and what each of its pixels should be on the whole."""
    side = 256
    rows = np.array([60.0, 120.0, 180.0, 100.0, 40.0])[np.arange(side) * 5 // side]
    rough = rows[:, None, None] + np.random.default_rng(2).normal(0, 25, (side, side, 1))
    rgb = np.broadcast_to(np.clip(rough, 0, 255), (side, side, 3)).astype(np.uint8)
    hole = none(side, side)
    hole[20:236, 38:218] = True
    return rgb, hole, np.broadcast_to(rows[:, None], hole.shape)[hole]


def test_layers_go_on_through_a_wide_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb, hole, wanted = layered()

    def wrong() -> float:
        return float((np.abs(filled(rgb, hole)[hole].mean(axis=1) - wanted) > 40).mean())

    held = wrong()
    monkeypatch.setattr(module, "WIDE_SHARE", 2.0)
    assert held < 0.95 * wrong()


@pytest.mark.parametrize(("wide_share", "reach_px"), [(0.2, 128), (2.0, 32)])
def test_sources_of_a_wide_hole_are_looked_for_all_over_at_every_size(
    wide_share: float, reach_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaches: dict[int, int] = {}

    def search(level: PyramidLevel, passes: int, reach_px: int, salt: int) -> None:
        side = max(level.planes.shape)
        reaches[side] = max(reach_px, reaches.get(side, 0))
        original(level, passes, reach_px, salt)

    original = PyramidLevel.search
    monkeypatch.setattr(PyramidLevel, "search", search)
    monkeypatch.setattr(module, "WIDE_SHARE", wide_share)
    rgb, hole, _ = layered()
    filled(rgb, hole)
    assert reaches[256] == reach_px


@pytest.mark.parametrize(("fit", "held"), [(1.0, True), (2.9, True), (3.1, False)])
def test_sources_held_to_a_layer_are_let_go_where_they_fit_badly(
    fit: float, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    charged: list[Layers] = []

    def charge(level: PyramidLevel, layers: Layers) -> None:
        charged.append(layers)
        original(level, layers)

    original = PyramidLevel.charge
    monkeypatch.setattr(PyramidLevel, "charge", charge)
    monkeypatch.setattr(PyramidLevel, "mismatch", lambda level: fit if level.scene.down else 1.0)
    rgb, hole, _ = layered()
    hole[:, :78], hole[:, 178:] = False, False
    filled(rgb, hole)
    assert (charged[-1].down > 0) is held
    charged.clear()
    hole[60:] = False
    filled(rgb, hole)
    assert not any(max(one) for one in charged), "a small hole is not held"


@pytest.mark.parametrize(
    ("options", "prior", "radius_px"),
    [
        (FillOptions(), False, 3),
        (FillOptions(radius_px=2), False, 2),
        (FillOptions(fast=True), False, 4),
        (FillOptions(outpainting=True), False, 4),
        (FillOptions(), True, 4),
    ],
)
def test_patches_of_a_wide_hole_are_smaller(
    options: FillOptions, prior: bool, radius_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(level: PyramidLevel, excluded: Hole, *, fast: bool) -> Votes:
        seen.append(level.radius_px)
        return cast_votes(level, excluded, fast=fast)

    monkeypatch.setattr(module, "cast_votes", watched)
    rgb, hole, _ = layered()
    led = Prior(rgb, 32) if prior else None
    fill(rgb, hole, none(*hole.shape), options, nothing, led)
    assert seen == [radius_px]
    hole[60:] = False
    assert hole.mean() < 0.2
    fill(rgb, hole, none(*hole.shape), options, nothing, led)
    assert seen[1] == options.radius_px
