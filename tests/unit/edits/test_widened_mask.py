"""`effects`: what the mask covers takes its shadow and its reflection along, and the recipe says so."""

from typing import Any

import numpy as np
import pytest
from tests.runtimes import here
from tests.unit.analysis import figures
from tests.unit.analysis.figures import FOOT, HEIGHT, WIDTH, darkened, fallen, figure, painted

from cleanplate.edits.base import Edited, EditRequest
from cleanplate.edits.erase import EDIT
from cleanplate.edits.parts.widened_mask import NOTHING_CLEAR, with_effects
from cleanplate.errors import NothingToErase
from cleanplate.library import erase
from cleanplate.pixels.masks import dilate
from cleanplate.pixels.types import Hole, Mask, Pixels, Rgb8

SHADE = fallen(figure(), 1.0, 0.2, 1.5)
CORE = (SHADE > 0.5) & ~dilate(figure(), 2)


def sunny() -> Rgb8:
    return painted(darkened(figures.plain_ground(), SHADE), figure())


def wet() -> Rgb8:
    return figures.mirrored(painted(figures.plain_ground(), figure()), figure(), 0.6, 1.0)[0]


def run(rgb: Rgb8, mask: Hole | None = None, keep: Hole | None = None, **parameters: Any) -> Edited:
    chosen = figure() if mask is None and "boxes" not in parameters else mask
    return EDIT.run(
        EditRequest(
            Pixels(rgb),
            EDIT.parse({"effects": True, "engine": "telea", **parameters}),
            None if chosen is None else Mask(chosen),
            None if keep is None else Mask(keep),
            runtime=here(),
        )
    )


class TestWidened:
    def test_by_a_shadow_and_by_how_much(self) -> None:
        widened = with_effects(sunny(), figure())
        (part,) = widened.facts
        added = widened.flags & ~figure()
        assert widened.flags[figure()].all()
        assert (part["kind"], part["px"]) == ("shadow", added.sum())
        left, top, right, bottom = part["box"]
        assert added[top:bottom, left:right].sum() == part["px"]
        assert added[top].any()
        assert added[bottom - 1].any()
        percent = round(100 * added.sum() / figure().sum())
        assert widened.warning == f"effects: 1 shadow went too, {part['px']} px, {percent} % of the mask"

    def test_by_a_reflection(self) -> None:
        (part,) = with_effects(wet(), figure()).facts
        assert part["kind"] == "reflection"
        assert part["box"][1] >= FOOT - 4

    def test_not_where_nothing_is_clear(self) -> None:
        widened = with_effects(painted(figures.plain_ground(), figure()), figure())
        assert (widened.flags == figure()).all()
        assert (widened.facts, widened.warning) == ([], NOTHING_CLEAR)

    def test_never_by_what_is_to_be_kept(self) -> None:
        keep = np.zeros((HEIGHT, WIDTH), np.bool_)
        keep[:, 200:] = True
        widened = with_effects(sunny(), figure(), keep)
        assert not (widened.flags & keep).any()
        assert widened.facts[0]["px"] == (widened.flags & ~figure()).sum()

    def test_for_each_of_several_things(self) -> None:
        rgb, thing = np.hstack([sunny(), sunny()]), np.hstack([figure(), figure()])
        widened = with_effects(np.ascontiguousarray(rgb), thing)
        assert [part["kind"] for part in widened.facts] == ["shadow", "shadow"]
        assert widened.flags[np.hstack([CORE, CORE])].mean() > 0.85
        assert widened.warning.startswith("effects: 2 shadows went too, ")

    def test_another_masked_thing_is_no_shadow(self) -> None:
        beside = np.zeros((HEIGHT, WIDTH), np.bool_)
        beside[135:155, 176:230] = True
        rgb = darkened(painted(figures.plain_ground(), figure()), beside.astype(np.float32))
        assert with_effects(rgb, figure() | beside).facts == []


class TestErase:
    def test_the_shadow_goes_and_the_recipe_says_so(self) -> None:
        done = run(sunny())
        light = figures.plain_ground()[CORE].mean()
        assert sunny()[CORE].mean() < 0.7 * light
        assert done.pixels.rgb[CORE].mean() == pytest.approx(light, rel=0.06)
        assert [part["kind"] for part in done.recipe["effects"]] == ["shadow"]
        assert done.recipe["warnings"][0].startswith("effects: 1 shadow went too, ")
        assert done.recipe["changed_outside_mask"] == 0

    def test_only_when_asked_for(self) -> None:
        done = run(sunny(), effects=False)
        assert "effects" not in done.recipe
        assert "warnings" not in done.recipe
        far = CORE & ~dilate(figure(), 10)
        assert (done.pixels.rgb[far] == sunny()[far]).all()

    def test_nothing_clear_is_said_and_changes_nothing(self) -> None:
        rgb = painted(figures.plain_ground(), figure())
        plain, asked = run(rgb, effects=False), run(rgb)
        assert (plain.pixels.rgb == asked.pixels.rgb).all()
        assert asked.recipe["effects"] == []
        assert asked.recipe["warnings"] == [NOTHING_CLEAR]

    def test_of_boxes(self) -> None:
        done = run(sunny(), boxes=[[144, 58, 176, FOOT + 1]])
        assert [part["kind"] for part in done.recipe["effects"]] == ["shadow"]

    def test_what_is_kept_stays(self) -> None:
        keep = np.zeros((HEIGHT, WIDTH), np.bool_)
        keep[:, 200:] = True
        done = run(sunny(), keep=keep)
        assert (done.pixels.rgb[keep] == sunny()[keep]).all()

    def test_a_mask_of_nothing_is_still_an_error(self) -> None:
        with pytest.raises(NothingToErase):
            run(sunny(), np.zeros((HEIGHT, WIDTH), np.bool_))


def test_in_python() -> None:
    result = erase(sunny(), figure(), effects=True, engine="telea")
    assert result.recipe["effects"][0]["kind"] == "shadow"
    assert result.warnings[0].startswith("effects: ")
