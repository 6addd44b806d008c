"""Every parameter changes the output; nothing else outside the mask ever does."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in

from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.edits.erase import EraseParameters
from cleanplate.edits.erase import run as run_erase
from cleanplate.errors import BadInput, BadParameter, NothingToErase
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.library import RULES
from cleanplate.pixels.types import Box, Hole, Mask, Pixels, Rgb8

EXAMPLES = Path(__file__).parents[3] / "examples"
HEIGHT, WIDTH = 200, 260
OBJECT = Box(110, 80, 150, 120)


def scene(seed: int = 0) -> Rgb8:
    """Grass-like noise in green and blue with a red square on it."""
    rgb = np.random.default_rng(seed).integers(40, 160, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    rgb[..., 0] = 20
    rgb[OBJECT.slices] = (250, 10, 10)
    return rgb


def flags(*boxes: Box) -> Hole:
    painted = np.zeros((HEIGHT, WIDTH), np.bool_)
    for box in boxes:
        painted[box.slices] = True
    return painted


def request(pixels: Pixels | None = None, keep: Mask | None = None, **parameters: Any) -> EditRequest:
    return EditRequest(
        pixels=pixels or Pixels(scene()),
        mask=Mask(flags(OBJECT)),
        keep=keep,
        parameters=EraseParameters(**parameters),
        runtime=here(),
    )


def run(asked: EditRequest) -> Pixels:
    """The picture, after a look at its recipe."""
    done = run_erase(asked)
    assert done.recipe["changed_outside_mask"] == 0
    return done.pixels


def changed(before: Pixels, after: Pixels) -> Hole:
    return np.asarray((before.rgb != after.rgb).any(axis=2))


def grown(box: Box, margin_px: int) -> Hole:
    outside = np.zeros((HEIGHT, WIDTH), np.bool_)
    outside[box.top - margin_px : box.bottom + margin_px, box.left - margin_px : box.right + margin_px] = True
    return outside


def test_the_object_goes_and_the_rest_stays_exactly() -> None:
    asked = request(dilate_px=4, feather_px=3)
    after = run(asked)
    assert after.rgb[OBJECT.slices][..., 0].max() < 60
    assert not (changed(asked.pixels, after) & ~grown(OBJECT, 7)).any()


def test_no_dilation_and_no_feather_change_the_mask_alone() -> None:
    asked = request(dilate_px=0, feather_px=0)
    assert not (changed(asked.pixels, run(asked)) & ~grown(OBJECT, 0)).any()


def test_dilate_reaches_further() -> None:
    near, far = request(dilate_px=0), request(dilate_px=12)
    assert changed(near.pixels, run(far)).sum() > changed(near.pixels, run(near)).sum() + 500


def test_automatic_dilation_is_one_percent_and_at_least_four() -> None:
    assert (run(request(feather_px=0)).rgb == run(request(feather_px=0, dilate_px=4)).rgb).all()


def test_feather_softens_the_edge() -> None:
    hard, soft = run(request(dilate_px=0, feather_px=0)), run(request(dilate_px=0, feather_px=8))
    ring = grown(OBJECT, 7) & ~grown(OBJECT, 0)
    before = scene()
    assert (hard.rgb[ring] == before[ring]).all()
    assert (soft.rgb[ring] != before[ring]).any()


def test_fast_fills_otherwise_and_still_fills() -> None:
    standard, fast = run(request()), run(request(fast=True))
    assert (standard.rgb != fast.rgb).any()
    assert fast.rgb[OBJECT.slices][..., 0].max() < 80


def test_engine_and_seed_decide_the_fill() -> None:
    first = run(request())
    assert (first.rgb == run(request()).rgb).all()
    assert (first.rgb != run(request(seed=1)).rgb).any()
    assert (first.rgb != run(request(engine="telea")).rgb).any()


def test_label_is_drawn_in_the_lower_left_and_nowhere_else() -> None:
    plain, labelled = run(request()), run(request(label=True))
    rows, columns = np.nonzero(changed(plain, labelled))
    assert rows.size
    assert rows.min() > HEIGHT / 2
    assert columns.min() < WIDTH / 4


def test_kept_pixels_are_neither_changed_nor_copied() -> None:
    rgb = scene()
    friend = Box(60, 60, 118, 140)  # touches the object from the left
    rgb[friend.slices] = (255, 255, 0)
    pixels = Pixels(rgb)
    after = run(request(pixels, keep=Mask(flags(friend))))
    assert (after.rgb[friend.slices] == rgb[friend.slices]).all()
    hole = after.rgb[80:120, 118:150]
    assert hole[..., 0].max() < 60, "the fill copied from the protected object"
    without = run(request(pixels))
    assert (without.rgb != after.rgb).any()


def test_keep_wins_over_the_mask() -> None:
    left, right = Box(110, 80, 130, 120), Box(130, 80, 150, 120)
    asked = request(keep=Mask(flags(left)), dilate_px=0)
    after = run(asked)
    assert (after.rgb[left.slices] == asked.pixels.rgb[left.slices]).all()
    assert (after.rgb[right.slices] != asked.pixels.rgb[right.slices]).any()


def test_what_leaves_nothing_to_erase_is_an_error() -> None:
    with pytest.raises(NothingToErase, match=r"^mask: nothing to erase, no pixel of it is painted$"):
        run(replace(request(), mask=Mask(flags())))
    with pytest.raises(NothingToErase, match=r"^keep: nothing to erase, it covers all of the mask$"):
        run(request(keep=Mask(flags(OBJECT))))


@pytest.mark.parametrize(("rows", "warns"), [(156, False), (164, True), (190, True)])
def test_a_mask_that_covers_most_of_it_is_filled_with_a_warning(rows: int, warns: bool) -> None:
    asked = replace(request(engine="telea", dilate_px=0), mask=Mask(flags(Box(0, 0, WIDTH, rows))))
    recipe = run_erase(asked).recipe
    if not warns:
        assert "warnings" not in recipe
        return
    (warning,) = recipe["warnings"]
    assert f"covers {rows * 100 // HEIGHT} % of the picture" in warning
    assert "invert" in warning


def test_transparent_pixels_are_no_source_and_alpha_survives() -> None:
    rgb = scene()
    rgb[:, :105] = (255, 0, 255)
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:, :105] = 0
    after = run(request(Pixels(rgb, alpha=alpha)))
    assert after.rgb[OBJECT.slices][..., 0].max() < 60
    assert after.alpha is alpha


def test_a_picture_without_a_known_pixel_is_refused() -> None:
    everything = replace(request(), mask=Mask(np.ones((HEIGHT, WIDTH), np.bool_)))
    with pytest.raises(BadInput, match="whole picture"):
        run(everything)


def test_no_mask_is_refused() -> None:
    with pytest.raises(BadParameter, match="needs a mask"):
        run(replace(request(), mask=None))


def test_a_nearly_covered_picture_is_filled_from_what_is_left() -> None:
    painted = np.ones((HEIGHT, WIDTH), np.bool_)
    painted[:, -30:] = False
    asked = replace(request(dilate_px=0, feather_px=0), mask=Mask(painted))
    after = run(asked)
    assert (after.rgb[:, -30:] == asked.pixels.rgb[:, -30:]).all()
    assert after.rgb[..., 0].max() < 60


def test_far_holes_are_filled_in_small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = inpainter("patchmatch", here())

    def spy(job: FillJob) -> Rgb8:
        sizes.append(job.hole.size)
        return real.fill(job)

    plug_in(monkeypatch, like("patchmatch", fill=spy))
    rgb = np.random.default_rng(0).integers(0, 256, (1200, 1600, 3)).astype(np.uint8)
    painted = np.zeros((1200, 1600), np.bool_)
    painted[20:40, 20:40] = painted[1100:1120, 1500:1520] = True
    run(EditRequest(pixels=Pixels(rgb), mask=Mask(painted), parameters=EraseParameters(), runtime=here()))
    assert len(sizes) == 2
    assert max(sizes) < 300 * 300


@pytest.mark.parametrize(("height", "width"), [(1, 2), (7, 13), (600, 3)])
def test_odd_sizes(height: int, width: int) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    painted = np.zeros((height, width), np.bool_)
    painted[0, 0] = True
    parameters = EraseParameters(dilate_px=0, feather_px=0)
    after = run(EditRequest(pixels=Pixels(rgb), mask=Mask(painted), parameters=parameters, runtime=here()))
    assert (after.rgb[1:] == rgb[1:]).all()


def test_progress_runs_from_nothing_to_all() -> None:
    seen: list[float] = []
    run(replace(request(), progress=lambda stage, done: seen.append(done)))
    assert seen[0] == 0
    assert seen[-1] == 1
    assert seen == sorted(seen)


@pytest.mark.parametrize("bad", [{"dilate_px": -1}, {"feather_px": 1000}, {"seed": -1}, {"sharpness": 1}])
def test_parameters_have_ranges(bad: dict[str, Any]) -> None:
    with pytest.raises(BadParameter, match=next(iter(bad))):
        edits(here())["erase"].parse(bad)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"seed": True}, "seed: must be a whole number from 0 to 4294967295"),
        ({"dilate_px": False}, "dilate_px: must be a whole number from 0 to 512"),
        ({"tone": True}, "tone: must be a number from 0 to 1"),
        ({"tone": math.nan}, "tone: must be a number from 0 to 1"),
        ({"fast": 2}, "fast: must be true or false"),
        ({"engine": 5}, "engine: must be a string"),
        ({"boxes": 5}, "boxes: must be an array"),
        ({"boxes": [[1, 2, 3, "x"]]}, "boxes.0.3: must be a whole number"),
        ({"sharpness": 1}, "sharpness: there is no such field"),
    ],
)
def test_wrong_parameters_are_told_in_plain_words(bad: dict[str, Any], text: str) -> None:
    with pytest.raises(BadParameter) as caught:
        edits(here())["erase"].parse(bad)
    assert caught.value.public == text


def test_the_catalogue_knows_it() -> None:
    assert edits(here())["erase"].run is run_erase
    assert edits(here())["erase"].parse({"fast": True}) == EraseParameters(fast=True)


def test_the_dandelion_is_gone_from_the_example() -> None:
    pixels = decode_picture((EXAMPLES / "meadow.jpg").read_bytes(), RULES, role="image")
    mask = decode_mask((EXAMPLES / "meadow-mask.png").read_bytes(), RULES, pixels, role="mask")
    after = run(EditRequest(pixels=pixels, mask=mask, parameters=EraseParameters(), runtime=here()))
    hole = mask.flags
    # the flower is far brighter than the grass that must replace it
    assert pixels.rgb[hole].mean() > 1.8 * after.rgb[hole].mean()
    assert after.rgb[hole].std() > 5, "a flat blur is no grass"


def test_a_budget_takes_the_best_way_that_fits() -> None:
    def way(budget_ms: int | None) -> tuple[str, bool]:
        recipe = run_erase(replace(request(), budget_ms=budget_ms)).recipe
        return recipe["engine"], recipe["fast"]

    standard_ms, fast_ms = (
        int(inpainter("patchmatch", here()).predict_ms(1600, fast)) for fast in (False, True)
    )
    assert way(None) == way(standard_ms + 1) == ("patchmatch", False)
    assert way(fast_ms + 1) == ("patchmatch", True)
    assert way(0) == ("telea", True)


def test_the_recipe_repeats_the_result() -> None:
    first = run_erase(request(seed=5))
    assert first.recipe["seed"] == 5
    assert first.recipe["model"] is None
    ((left, top, right, bottom),) = first.recipe["crops"]
    assert left < OBJECT.left
    assert top < OBJECT.top
    assert right > OBJECT.right
    assert bottom > OBJECT.bottom
