"""The whole run on two made-up photographs, with ways that are quick."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks import metrics, packages, quality, report
from benchmarks.ways import OURS, RIVAL, WAYS
from cleanplate.pixels.types import Hole, Rgb8


def grey(rgb: Rgb8, _hole: Hole) -> Rgb8:
    return np.full_like(rgb, 128)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quality, "WAYS", {"the truth": lambda rgb, _: rgb, RIVAL: grey})
    monkeypatch.setattr(metrics, "style_distance", lambda *_: 0.5)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")


def test_prints_tables_stores_figures_and_writes_the_sheet(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quality.main(photos=photos, sheet=tmp_path / "sheet.png")
    printed = capsys.readouterr().out
    assert "14 seeded holes" in printed
    assert "2 holes across straight edges" in printed
    assert "| the truth | 78.13 dB | 1.000 |" in printed
    rows = json.loads((tmp_path / "results" / "quality.json").read_text())["rows"]
    assert len(rows) == 2 * 16
    assert {row["way"] for row in rows} == {"the truth", RIVAL}
    assert len(list(tmp_path.glob("sheet-*.png"))) == 4, "16 rows, 5 a page"


def test_what_a_way_does_outside_the_hole_does_not_count(photos: Path, tmp_path: Path) -> None:
    quality.main(photos=photos, limit=3)
    rows = json.loads((tmp_path / "results" / "quality.json").read_text())["rows"]
    assert len(rows) == 2 * 3
    all_grey = [row for row in rows if row["way"] == RIVAL]
    assert all(row["seam_made"] > row["seam_truth"] for row in all_grey), "its own surroundings were kept"


def test_a_folder_without_photographs_ends_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^quality: no \*\.jpg in .*--photos$"):
        quality.main(photos=tmp_path)


def test_a_missing_package_ends_with_one_line(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "style_distance", lambda *_: packages.package("no_such_package"))
    with pytest.raises(
        SystemExit, match=r"^quality: no_such_package does not load .*`make bench` installs it$"
    ):
        quality.main(photos=photos, limit=1)


installed = pytest.mark.skipif(find_spec("patchmatch") is None, reason="a package of the group bench")


@pytest.mark.parametrize("way", [OURS, f"{OURS} --fast", pytest.param(RIVAL, marks=installed), "cv2 Telea"])
def test_every_way_fills(way: str) -> None:
    rgb = np.random.default_rng(0).integers(60, 120, (80, 90, 3), np.uint8)
    hole = np.zeros((80, 90), np.bool_)
    hole[30:50, 30:60] = True
    rgb[hole] = (255, 0, 0)
    filled = WAYS[way](rgb, hole)
    assert filled.shape == rgb.shape
    assert filled.dtype == np.uint8
    assert filled[hole][:, 0].max() < 160
    assert (rgb[hole] == (255, 0, 0)).all(), "the input was written to"
