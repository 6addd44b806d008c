"""Expand: what was there stays to the bit, what is new is made; with a model or without."""

from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.expand import EDIT
from cleanplate.errors import BadParameter, PictureSize
from cleanplate.fill.base import FillJob
from cleanplate.pixels.types import Native, Origin, Pixels

HEIGHT, WIDTH = 60, 80


def picture(**fields: Any) -> Pixels:
    rgb = np.random.default_rng(0).integers(60, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    return Pixels(rgb, **fields)


def run(pixels: Pixels, **values: Any) -> Edited:
    return EDIT.run(EditRequest(pixels, EDIT.parse(values), runtime=here()))


def test_it_needs_no_model() -> None:
    assert EDIT.missing(here()) == ""


@pytest.mark.parametrize(
    ("scales", "size", "left", "top"),
    [
        ({"top": 1.5}, (80, 90), 0, 30),
        ({"bottom": 1.5}, (80, 90), 0, 0),
        ({"left": 2.0}, (160, 60), 80, 0),
        ({"right": 1.25}, (100, 60), 0, 0),
        ({"top": 1.5, "bottom": 1.5, "left": 1.5, "right": 1.5}, (160, 120), 40, 30),
    ],
)
def test_each_side(scales: dict[str, float], size: tuple[int, int], left: int, top: int) -> None:
    before = picture()
    done = run(before, prompt="wider", **scales)
    after = done.pixels
    assert (after.width, after.height) == size
    assert (after.rgb[top : top + HEIGHT, left : left + WIDTH] == before.rgb).all()
    outside = np.ones((after.height, after.width), np.bool_)
    outside[top : top + HEIGHT, left : left + WIDTH] = False
    assert after.rgb[outside].std() > 5  # made of the picture's texture, not of one colour
    assert done.recipe["engine"] == "patchmatch"
    assert done.recipe["changed_outside_mask"] == 0


@pytest.mark.parametrize(
    ("shape", "scales"),
    [
        ((1, 1), {"left": 2.0, "top": 2.0}),
        ((1, 60), {"left": 1.5, "bottom": 2.0}),
        ((60, 1), {"right": 2.0, "bottom": 1.3}),
        ((7, 9), {"left": 1.5, "right": 1.5, "top": 1.5, "bottom": 1.5}),
        ((100, 100), {"left": 1.01}),
        ((50, 100), {"left": 2.0, "top": 1.02}),
    ],
)
def test_odd_shapes(shape: tuple[int, int], scales: dict[str, float]) -> None:
    """One row, one column, one pixel more: no failure, the picture kept, the same every time."""
    before = Pixels(np.random.default_rng(0).integers(60, 200, (*shape, 3)).astype(np.uint8))
    after, again = (run(before, **scales).pixels for _ in range(2))
    top, left = (round(n * (scales.get(side, 1) - 1)) for n, side in zip(shape, ("top", "left"), strict=True))
    assert (after.rgb[top : top + shape[0], left : left + shape[1]] == before.rgb).all()
    assert (after.rgb == again.rgb).all()


def test_nothing_to_add_is_the_picture_itself() -> None:
    before = picture()
    done = run(before)
    assert done.pixels is before
    assert done.recipe["engine"] is None
    assert (run(before, label=True).pixels.rgb != before.rgb).any()


def test_depth_grey_and_transparency_are_kept() -> None:
    rgb = np.repeat(picture().rgb[..., :1], 3, axis=2)
    deep = rgb.astype(np.uint16) * 257 + 3
    opacity = np.full((HEIGHT, WIDTH), 500, np.uint16)
    done = run(
        Pixels(rgb, native=Native(deep[..., 0], "grey"), alpha=opacity, origin=Origin(grey=True)), right=1.5
    ).pixels
    assert done.native is not None
    assert (done.native.samples[:, :WIDTH] == deep[..., 0]).all()
    assert (done.rgb == done.rgb[..., :1]).all()
    assert done.alpha is not None
    assert (done.alpha[:, :WIDTH] == 500).all()
    assert (done.alpha[:, WIDTH:] == 65535).all()


def test_a_cut_out_grows_by_what_is_clear() -> None:
    clear = np.zeros((HEIGHT, WIDTH), np.uint8)
    clear[10:-10, 10:-10] = 255
    grown = run(picture(alpha=clear), left=1.5).pixels
    assert grown.alpha is not None
    assert not grown.alpha[:, : -WIDTH + 10].any()
    touching = clear.copy()
    touching[20:30, :20] = 255  # the thing goes on beyond the left edge
    grown = run(picture(alpha=touching), left=1.5).pixels
    assert grown.alpha is not None
    assert (grown.alpha[:, :-WIDTH] == 255).all()


def test_a_picture_that_nobody_can_see_still_grows() -> None:
    unseen = picture(alpha=np.zeros((HEIGHT, WIDTH), np.uint8))
    assert run(unseen, top=1.5).pixels.height == 90


def test_the_seed_has_a_say() -> None:
    assert (run(picture(), right=2.0).pixels.rgb == run(picture(), right=2.0).pixels.rgb).all()
    assert (run(picture(), right=2.0).pixels.rgb != run(picture(), right=2.0, seed=1).pixels.rgb).any()


@pytest.mark.usefixtures("pack")
def test_words_go_to_a_model_when_there_is_one() -> None:
    before = picture()
    done = run(before, prompt="a meadow", left=1.5)
    assert done.recipe["engine"] is None
    assert done.recipe["model"] == {"name": "test-pack", "sha256": "0" * 64}
    assert (done.pixels.rgb[:, 40:] == before.rgb).all()
    assert done.pixels.rgb[:, :40].std(axis=(0, 1)).max() == 0  # the pack paints one colour
    without = run(before, left=1.5).recipe
    assert (without["engine"], without["model"]["name"]) == ("test-pack", "test-pack"), "it erases, too"


def test_limits() -> None:
    for value in (0.9, 2.1):
        with pytest.raises(BadParameter):
            EDIT.parse({"top": value})
    wide = Pixels(np.broadcast_to(np.zeros(3, np.uint8), (4096, 9000, 3)))
    with pytest.raises(PictureSize):
        run(wide, left=2.0, right=2.0)


def meadow() -> tuple[Pixels, np.ndarray[Any, np.dtype[np.bool_]]]:
    """A red disc in front of grass, and where it is."""
    height, width = 160, 200
    rng = np.random.default_rng(0)
    rgb = np.clip(np.array([70, 120, 60]) + rng.normal(0, 12, (height, width, 3)), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:height, :width]
    disc = np.asarray((y - 80) ** 2 + (x - 100) ** 2 < 30**2, np.bool_)
    rgb[disc] = (220, 30, 30)
    return Pixels(rgb), disc


def red(rgb: np.ndarray[Any, np.dtype[np.uint8]]) -> float:
    """Share of the pixels that are red."""
    return float(((rgb[..., 0] > 150) & (rgb[..., 1] < 80)).mean())


def test_the_subject_is_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[FillJob] = []

    def fill(job: FillJob) -> np.ndarray[Any, np.dtype[np.uint8]]:
        jobs.append(job)
        return job.rgb

    plug_in(monkeypatch, like("patchmatch", fill=fill))
    before, disc = meadow()
    run(before, left=1.5)
    excluded = jobs[0].excluded[:, 100:]
    assert excluded[disc].mean() > 0.95
    assert excluded[~disc].mean() < 0.05
    assert not (jobs[0].excluded & jobs[0].hole).any()


def test_the_subject_appears_once() -> None:
    before, disc = meadow()
    after = run(before, left=1.5, right=1.5, top=1.5, bottom=1.5).pixels.rgb
    assert red(after) * after[..., 0].size == np.count_nonzero(disc)


def test_what_the_edge_cuts_off_goes_on_behind_it() -> None:
    before, _ = meadow()
    cut = Pixels(np.ascontiguousarray(before.rgb[:84]))
    after = run(cut, bottom=1.3).pixels.rgb
    assert red(after[84:89, 80:120]) > 0.9
    assert red(after[84:, :40]) == 0


def test_a_subject_that_leaves_no_room_is_copied_all_the_same() -> None:
    rgb = np.full((100, 100, 3), (220, 30, 30), np.uint8)
    rgb[:4], rgb[-4:], rgb[:, :4], rgb[:, -4:] = ((60, 120, 60),) * 4
    assert run(Pixels(rgb), left=1.2).pixels.width == 120


def test_what_was_not_done_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    still = run(picture())
    assert still.recipe["warnings"] == ["no side was to grow; the picture is unchanged"]
    assert "warnings" not in run(picture(), left=1.5).recipe
    monkeypatch.setattr("cleanplate.edits.expand.missing", lambda role, runtime: "there is none")
    (unheard,) = run(picture(), left=1.5, prompt="a sea").recipe["warnings"]
    assert "no model is installed that could follow the prompt" in unheard
