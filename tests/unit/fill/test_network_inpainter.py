"""Erase by a model: LaMa and MI-GAN, on graphs that paint one colour."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtimes import here, plug_in
from tests.unit.fill.inpainters import graphs
from tests.unit.fill.inpainters.pulled import pulled

from cleanplate.edits.base import EditRequest
from cleanplate.edits.erase import EDIT
from cleanplate.errors import BadParameter, EngineFailed
from cleanplate.fill.base import FillJob
from cleanplate.fill.catalogue import inpainter
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Mask, Pixels, Rgb8
from cleanplate.weights.card import Card

COLOURS = {"lama": graphs.LAMA_COLOUR, "migan": graphs.MIGAN_COLOUR}
each = pytest.mark.parametrize("name", COLOURS)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, NetworkInpainter]]:
    with pulled(tmp_path_factory.mktemp("weights")) as cards:
        yield cards


def request(height: int, width: int, colour: tuple[float, ...], **parameters: Any) -> EditRequest:
    """Noise of the colour that the graph paints, with a red object in it."""
    rgb = np.random.default_rng(0).normal(colour, 3, (height, width, 3)).clip(0, 255).astype(np.uint8)
    flags = np.zeros((height, width), np.bool_)
    flags[height // 3 : height // 2, width // 3 : width // 2] = True
    rgb[flags] = (255, 255, 255)
    return EditRequest(Pixels(rgb), EDIT.parse({"dilate_px": 2, **parameters}), Mask(flags), runtime=here())


@pytest.mark.usefixtures("cards")
@each
@pytest.mark.parametrize(("height", "width"), [(120, 90), (700, 900), (1300, 1200)])
def test_a_model_erases(name: str, height: int, width: int) -> None:
    asked = request(height, width, COLOURS[name], engine=name)
    assert asked.mask is not None
    done = EDIT.run(asked)
    hole = asked.mask.flags
    assert np.abs(done.pixels.rgb[hole].astype(float).mean(axis=0) - COLOURS[name]).max() < 3
    assert done.pixels.rgb[hole].min(axis=1).max() < 250, "the object is still there"
    assert done.pixels.rgb[hole].std(axis=0).mean() == pytest.approx(3, rel=0.35), "grain of the photo"
    assert done.recipe["engine"] == name
    assert done.recipe["model"]["name"] == name
    assert done.recipe["changed_outside_mask"] == 0
    assert done.recipe["crops"]


@pytest.mark.usefixtures("cards")
def test_what_a_model_is_asked_for() -> None:
    """Excluded pixels are hidden from it too, and it gets as much to see as there is, up to its own size."""
    asked = request(800, 900, graphs.LAMA_COLOUR, engine="lama")
    left, top, right, bottom = EDIT.run(asked).recipe["crops"][0]
    assert (right - left, bottom - top) >= (512, 512)
    assert inpainter("lama", here()).facts.least_px == 512


def test_excluded_pixels_are_neither_changed_nor_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[FillJob] = []

    def paint(job: FillJob) -> Rgb8:
        asked.append(job)
        return np.where(job.hole[..., None], np.uint8(150), job.rgb)

    plug_in(monkeypatch, NetworkInpainter(Card("painter", "MIT"), paint))
    rgb = np.random.default_rng(0).integers(140, 160, (200, 200, 3)).astype(np.uint8)
    hole, excluded = np.zeros((2, 200, 200), np.bool_)
    hole[80:120, 80:120] = True
    excluded[:, :70] = True
    out = inpainter("painter", here()).fill(FillJob(rgb, hole, excluded, FillOptions(seed=9), runtime=here()))
    assert (out[~hole] == rgb[~hole]).all()
    (job,) = asked
    assert job.options.seed == 9
    assert job.hole[hole | excluded].all()
    assert job.hole[100, 74:126].all(), "the pixels beside the hole tell how its tone is off"
    assert not job.hole[:, 140:].any()
    assert not job.excluded.any()


def test_what_there_is_to_see_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something smooth that knows nothing of what was there, and then what the network made."""
    plug_in(
        monkeypatch,
        NetworkInpainter(
            Card("painter", "MIT"), lambda job: np.where(job.hole[..., None], np.uint8(150), job.rgb)
        ),
    )
    shown: list[tuple[float, Rgb8]] = []
    rgb = np.full((300, 200, 3), 100, np.uint8)
    hole = np.zeros((300, 200), np.bool_)
    hole[80:121, 80:121] = True
    rgb[hole] = 255
    job = FillJob(
        rgb,
        hole,
        np.zeros_like(hole),
        preview=lambda done, draw: shown.append((done, draw())),
        runtime=here(),
    )
    inpainter("painter", here()).fill(job)
    assert [round(done, 2) for done, _ in shown] == [0.33, 0.67]
    assert (shown[0][1] == 100).all()
    assert (shown[1][1][hole] == 150).all()


@pytest.mark.usefixtures("cards")
def test_progress_covers_both_and_ends_it() -> None:
    told: list[float] = []
    asked = request(700, 700, graphs.LAMA_COLOUR)
    assert asked.mask is not None
    hole = asked.mask.flags
    job = FillJob(asked.pixels.rgb, hole, np.zeros_like(hole), progress=told.append, runtime=here())
    inpainter("lama", here()).fill(job)
    assert told == sorted(told)
    assert any(0 < share <= 0.5 for share in told)
    assert told[-1] > 0.9


@pytest.mark.usefixtures("cards")
def test_a_deadline_that_a_model_cannot_meet_is_met_without_it() -> None:
    asked = request(120, 90, graphs.LAMA_COLOUR, engine="lama")
    hurried = EditRequest(asked.pixels, asked.parameters, asked.mask, budget_ms=200, runtime=here())
    assert EDIT.run(hurried).recipe["engine"] != "lama"


def test_a_model_that_is_no_inpainter_does_not_fill() -> None:
    with pytest.raises(BadParameter, match="there is no 'ppocr-v6'"):
        inpainter("ppocr-v6", here())


def test_a_model_that_is_not_pulled_says_what_to_type(tmp_path: Path) -> None:
    with pulled(tmp_path):
        (tmp_path / "lama" / "lama_fp32.onnx").unlink()
        with pytest.raises(EngineFailed) as raised:
            inpainter("lama", here())
        assert "cleanplate models pull lama" in raised.value.public


@pytest.mark.usefixtures("cards")
def test_what_is_pulled_fills_wide_holes_unasked() -> None:
    assert EDIT.run(request(120, 90, graphs.LAMA_COLOUR)).recipe["engine"] == "patchmatch"
    asked = request(300, 300, graphs.LAMA_COLOUR)
    assert asked.mask is not None
    flags = np.zeros_like(asked.mask.flags)
    flags[60:220, 60:220] = True
    wide = EditRequest(asked.pixels, asked.parameters, Mask(flags), runtime=here())
    recipe = EDIT.run(wide).recipe
    assert (recipe["engine"], recipe["model"]["name"]) == ("lama", "lama")
    for engine in ("migan", "patchmatch"):
        named = EditRequest(asked.pixels, EDIT.parse({"engine": engine}), Mask(flags), runtime=here())
        assert EDIT.run(named).recipe["engine"] == engine
