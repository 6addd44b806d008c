"""The previews of edits that fill: in the whole picture, with nothing changed beside the hole."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in

from cleanplate.edits import erase, inpaint
from cleanplate.edits.base import Edit, EditRequest
from cleanplate.fill.base import FillJob
from cleanplate.pixels.types import Mask, Pixels, Rgb8

HEIGHT, WIDTH = 160, 480
LEFT, RIGHT = (slice(60, 100), slice(40, 90)), (slice(60, 100), slice(390, 440))
Shown = list[tuple[float, Rgb8]]


def picture() -> tuple[Pixels, Mask]:
    """Noise with two holes far from each other, which are red."""
    rgb = np.random.default_rng(0).integers(60, 200, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    flags = np.zeros((HEIGHT, WIDTH), np.bool_)
    for place in (LEFT, RIGHT):
        flags[place] = True
        rgb[place] = 255, 0, 0
    return Pixels(rgb), Mask(flags)


def shown_by(edit: Edit, **values: Any) -> tuple[Rgb8, Shown]:
    shown: Shown = []

    def preview(done: float, draw: Callable[[], Pixels]) -> None:
        shown.append((done, draw().rgb))

    pixels, mask = picture()
    asked = edit.parse({"dilate_px": 0, "feather_px": 0, **values})
    return edit.run(EditRequest(pixels, asked, mask, preview=preview, runtime=here())).pixels.rgb, shown


@pytest.mark.parametrize("edit", [erase.EDIT, inpaint.EDIT])
def test_beside_the_mask_nothing_differs(edit: Edit) -> None:
    pixels, mask = picture()
    result, shown = shown_by(edit)
    assert len(shown) > 3
    for _, rgb in shown:
        assert (rgb[~mask.flags] == pixels.rgb[~mask.flags]).all()
    assert any((rgb[LEFT] != result[LEFT]).any() for _, rgb in shown)


def test_holes_come_one_after_the_other() -> None:
    pixels, _ = picture()
    result, shown = shown_by(erase.EDIT)
    shares = [done for done, _ in shown]
    assert shares == sorted(shares)
    early = [rgb for done, rgb in shown if done < 0.5]
    late = [rgb for done, rgb in shown if done > 0.5]
    assert early
    assert late
    begun = LEFT if (early[0][LEFT] != pixels.rgb[LEFT]).any() else RIGHT
    other = RIGHT if begun is LEFT else LEFT
    assert all((rgb[other] == pixels.rgb[other]).all() for rgb in early), "it is not begun"
    assert all((rgb[begun] == result[begun]).all() for rgb in late), "it is done"
    assert (late[-1][other] != pixels.rgb[other]).any()


def test_a_preview_is_as_large_as_the_result() -> None:
    result, shown = shown_by(erase.EDIT, size=(100, 90))
    assert result.shape == (90, 100, 3)
    assert {rgb.shape for _, rgb in shown} == {result.shape}


def test_several_tries_show_nothing() -> None:
    assert shown_by(erase.EDIT, n_best=2)[1] == []


def test_another_inpainter_may_show_something_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def grey(job: FillJob) -> Rgb8:
        job.preview(0.5, lambda: np.full_like(job.rgb, 77))
        return np.where(job.hole[..., None], np.uint8(99), job.rgb)

    plug_in(monkeypatch, like("telea", name="grey", fill=grey))
    result, shown = shown_by(erase.EDIT, engine="grey")
    assert [done for done, _ in shown] == [0.25, 0.75]
    assert (result[LEFT] == 99).all()
    first = LEFT if (shown[0][1][LEFT] == 77).all() else RIGHT
    assert (shown[0][1][first] == 77).all()
    assert (shown[1][1][first] == 99).all()
