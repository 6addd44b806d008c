"""Who fills: the best that is here for the hole and the time."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.inpainters import like
from tests.runtimes import here, plug_in
from tests.unit.fill.choices import HEIGHT, SPECK, WIDE, WIDTH, picture, run
from tests.unit.fill.conftest import Network
from tests.unit.text.lettering import ground, written

from cleanplate.edits.base import EditRequest
from cleanplate.edits.catalogue import edits
from cleanplate.edits.parts.shared_watermark import ANCHORS, CommonMark, clean
from cleanplate.fill.base import FillJob, Holes
from cleanplate.fill.catalogue import available, inpainters
from cleanplate.fill.choosing import OWN, choose, is_wide
from cleanplate.pixels.types import Box, Hole, Pixels, Rgb8
from cleanplate.text.watermark import Mark


def test_with_nothing_pulled_it_is_patchmatch_bit_for_bit() -> None:
    done, named = run(), run(engine="patchmatch")
    assert (done.pixels.rgb == named.pixels.rgb).all()
    assert done.recipe == named.recipe
    assert done.recipe["engine"] == "patchmatch"
    assert "warnings" not in done.recipe


@pytest.mark.parametrize("edit", ["erase", "inpaint", "expand"])
def test_a_network_of_higher_rank_fills_in_every_edit(network: Network, edit: str) -> None:
    network()
    values: dict[str, Any] = {"left": 1.2} if edit == "expand" else {}
    recipe = run(edit=edit, **values).recipe
    assert recipe["engine"] == "painter"
    assert recipe["model"] == {"name": "painter", "sha256": "1" * 64}
    assert recipe["changed_outside_mask"] == 0


@pytest.mark.parametrize(
    "card",
    [
        {"rank": 4},
        {"rank": -1},
        {"needs": ("no_such_module",)},
        {"gpu": True, "needs": ("no_such_module",)},
    ],
)
def test_who_is_worse_or_cannot_run_is_never_chosen(network: Network, card: dict[str, Any]) -> None:
    network(**card)
    assert run().recipe["engine"] == "patchmatch"


def test_one_that_does_not_load_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(monkeypatch, like("patchmatch", missing="no numba"))
    able = [one.facts.name for one in available(here())]
    assert "patchmatch" not in able
    assert run().recipe["engine"] == able[0]


def test_inpainters_of_plug_ins_stand_in_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, rank in (("better", 6), ("named-only", -1), ("unranked", 0)):
        plug_in(monkeypatch, like("telea", name=name, rank=rank))
    line = [one.facts.name for one in available(here())]
    assert "named-only" not in line
    ours = ["better", "patchmatch", "telea", "unranked"]
    assert [name for name in line if name in ours] == ours
    assert run().recipe["engine"] == "better"


def hole(height: int, width: int, *places: tuple[slice, slice]) -> Hole:
    flags = np.zeros((height, width), np.bool_)
    for place in places:
        flags[place] = True
    return flags


@pytest.mark.parametrize(
    ("flags", "wide"),
    [
        (hole(200, 200, (slice(55, 145), slice(55, 145))), True),
        (hole(200, 200, (slice(60, 115), slice(60, 115))), False),  # 7.6 % of its crop
        (hole(200, 200, *[(slice(row, row + 8), slice(20, 180)) for row in range(20, 180, 16)]), False),
        (hole(200, 200, (slice(0, 200), slice(0, 40))), True),
        (hole(200, 200, (slice(90, 110), slice(0, 200)), (slice(0, 200), slice(90, 110))), False),
        (hole(200, 200), False),
        (np.ones((3, 3), np.bool_), True),
        (np.zeros((0, 5), np.bool_), False),
    ],
    ids=[
        "wide",
        "little of what is seen",
        "lines of text",
        "a side of the frame",
        "two bars that cross",
        "none",
        "nothing is known",
        "no pixel",
    ],
)
def test_what_is_wide(flags: Hole, wide: bool) -> None:
    assert is_wide(flags) is wide


def test_one_for_wide_holes_gets_those_and_the_recipe_names_all(network: Network) -> None:
    network(holes="wide")
    assert run(SPECK).recipe["engine"] == "patchmatch"
    recipe = run(WIDE, SPECK).recipe
    assert recipe["engine"] == "painter+patchmatch"
    assert recipe["engines"] == ["painter", "patchmatch"]
    assert len(recipe["crops"]) == 2
    assert recipe["model"]["name"] == "painter"
    assert "engines" not in run(WIDE).recipe


def test_the_best_for_a_hole_is_not_the_best_for_all(network: Network) -> None:
    network("structure", rank=60, holes="wide")
    network("anything", rank=40)
    assert run(WIDE, SPECK).recipe["engines"] == ["structure", "anything"]


def test_one_that_is_named_wins_whatever_its_rank_and_the_hole(network: Network) -> None:
    network(holes="wide", rank=-1)
    assert run(SPECK, engine="painter").recipe["engine"] == "painter"
    assert run(engine="telea").recipe["engine"] == "telea"


def test_fast_takes_no_slow_network(network: Network) -> None:
    network()
    done = run(fast=True)
    assert (done.recipe["engine"], done.recipe["fast"]) == ("patchmatch", True)
    network("quick", crop_ms=5.0)
    assert run(fast=True).recipe["engine"] == "quick"
    assert run(fast=True, engine="painter").recipe["engine"] == "painter"


@pytest.mark.parametrize(
    ("budget_ms", "engine_name", "fast"),
    [(60_000, "painter", False), (3000, "patchmatch", False), (40, "patchmatch", True), (0, "telea", True)],
)
def test_a_deadline_takes_the_network_only_in_time(
    network: Network, budget_ms: int, engine_name: str, fast: bool
) -> None:
    network()
    recipe = run(budget_ms=budget_ms).recipe
    assert (recipe["engine"], recipe["fast"]) == (engine_name, fast)
    assert "warnings" not in recipe


def test_each_crop_costs_a_network_anew(network: Network) -> None:
    network()
    assert run(WIDE, SPECK, budget_ms=6000).recipe["engine"] == "patchmatch"
    assert run(WIDE, SPECK, budget_ms=9000).recipe["engine"] == "painter"


def test_crops_that_a_network_leaves_cost_nothing(network: Network) -> None:
    network(holes="wide")
    assert run(WIDE, SPECK, budget_ms=6000).recipe["engines"] == ["painter", "patchmatch"]


@pytest.mark.parametrize("edit", ["inpaint", "expand"])
def test_a_deadline_counts_in_edits_without_a_hurried_way(network: Network, edit: str) -> None:
    network()
    values: dict[str, Any] = {"left": 1.2} if edit == "expand" else {}
    assert run(edit=edit, budget_ms=3000, **values).recipe["engine"] == "patchmatch"
    assert run(edit=edit, budget_ms=0, **values).recipe["engine"] == "patchmatch"
    assert run(edit=edit, budget_ms=9000, **values).recipe["engine"] == "painter"


def test_the_hole_is_looked_at_only_where_it_matters() -> None:
    def look() -> Hole:
        raise AssertionError("nobody here cares for the hole")

    for fast in (False, True):
        able = choose(here(), fast=fast).candidates_for(look)
        assert [one.facts.name for one in able if one.facts.name in OWN] == ["patchmatch", "telea"]
    assert [one.facts.name for one in choose(here(), "telea").candidates_for(look)] == ["telea"]


def test_holes_are_words() -> None:
    assert {*Holes.__args__} == {"any", "wide"}  # type: ignore[attr-defined]
    facts = {name: one.facts for name, one in inpainters(here()).items()}
    assert facts["lama"].holes == facts["migan"].holes == "wide"
    assert facts["telea"].rank < facts["patchmatch"].rank < facts["migan"].rank < facts["lama"].rank


def test_what_a_mark_hid_for_good_is_filled_by_the_best(network: Network) -> None:
    network()
    alpha = np.zeros((60, 60), np.float32)
    alpha[20:40, 20:40] = 1
    mark = CommonMark(
        Mark(alpha, np.full((60, 60, 3), 255, np.float32)), Box(0, 0, 60, 60), (100, 100), ANCHORS[0], 12
    )
    recipe = clean(picture(), mark, 0, lambda stage, done: None, here()).recipe
    assert (recipe["engine"], recipe["model"]["name"]) == ("painter", "painter")
    faint = replace(mark, mark=Mark(alpha * np.float32(0.25), mark.mark.colour))
    assert clean(picture(), faint, 0, lambda stage, done: None, here()).recipe["engine"] is None


@pytest.mark.parametrize("budget_ms", [None, 3000])
def test_writing_is_filled_by_the_best(network: Network, budget_ms: int | None) -> None:
    network()
    rgb = written(ground(240, 400), "PARKING", (110, 90), (20, 20, 20), 1.4)
    edit = edits(here())["remove_text"]
    recipe = edit.run(EditRequest(Pixels(rgb), edit.parse({}), budget_ms=budget_ms, runtime=here())).recipe
    assert recipe["finder"]["name"] == "ppocr-v6"
    if budget_ms is None:
        assert (recipe["engine"], recipe["model"]["name"]) == ("painter", "painter")
    else:
        assert (recipe["engine"], recipe["model"]["name"]) == ("patchmatch", "ppocr-v6")


def test_lines_of_text_are_no_wide_hole(network: Network) -> None:
    network(holes="wide")
    rgb = ground(240, 400)
    for row in range(40, 230, 30):
        rgb = written(rgb, "LINES AND LINES", (20, row), (20, 20, 20), 1.1)
    edit = edits(here())["remove_text"]
    assert edit.run(EditRequest(Pixels(rgb), edit.parse({}), runtime=here())).recipe["engine"] == "patchmatch"


def test_what_a_large_crop_shows_of_other_holes_is_left_to_others(network: Network) -> None:
    seen: list[FillJob] = []

    def paint(job: FillJob) -> Rgb8:
        seen.append(job)
        return np.full_like(job.rgb, 125)

    network(run=paint, side_px=512, holes="wide")
    done = run(WIDE, SPECK, tone=0, grain=0)
    (job,) = seen
    assert job.rgb.shape == (HEIGHT, WIDTH, 3), "it sees the other hole's place"
    assert job.hole[SPECK].all(), "but not what stands there"
    assert done.recipe["engines"] == ["painter", "patchmatch"]
    alone = run(SPECK, engine="patchmatch", tone=0, grain=0)
    assert (done.pixels.rgb[SPECK] == alone.pixels.rgb[SPECK]).all()
    first = run(SPECK, (slice(200, 290), slice(20, 150)), tone=0, grain=0)
    assert (first.pixels.rgb[SPECK] == alone.pixels.rgb[SPECK]).all(), "in whatever order"


def test_options_and_surroundings_reach_a_network(network: Network) -> None:
    seen: list[FillJob] = []

    def look(job: FillJob) -> Rgb8:
        seen.append(job)
        return job.rgb

    network(run=look, side_px=256)
    run(SPECK, seed=7)
    assert seen[0].options.seed == 7
    assert seen[0].rgb.shape == (256, 256, 3), "it sees as much as it can"
