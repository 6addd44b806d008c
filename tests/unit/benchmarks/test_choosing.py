"""The run on made-up photographs, with ways that are quick."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.runtimes import here

from benchmarks import choosing, metrics, report
from benchmarks.holes import Case
from cleanplate.fill.catalogue import available
from cleanplate.pixels.types import Rgb8


def grey(case: Case) -> Rgb8:
    return np.where(case.hole[..., None], np.uint8(128), case.rgb)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        choosing, "ways_here", lambda: {"patchmatch": grey, "the truth": lambda case: case.rgb}
    )
    monkeypatch.setattr(metrics, "style_distance", lambda truth, made, hole: float((truth != made).any()))
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")


@pytest.mark.usefixtures("quick")
def test_prints_a_table_and_stores_figures(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choosing.main(photos=photos)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| share | thick px | wide | holes | patchmatch | the truth |"
    assert len([line for line in lines if "78.1, 0.000*" in line]) == 16, "better than grey in every row"
    rows = json.loads((tmp_path / "results" / "choosing.json").read_text())["rows"]
    assert len(rows) == 2 * 16 * 2


def test_holes_are_as_they_are_called(photos: Path) -> None:
    for case, share, thick_px in choosing.cases(photos / "rocket.jpg"):
        assert 0.9 * share < case.hole.mean() < share + 0.15, case.name
        depth = cv2.distanceTransform(case.hole.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()
        assert depth * 2 >= 0.8 * thick_px, case.name
        if thick_px < max(choosing.THICK_PX):
            assert depth * 2 < 3 * thick_px, case.name


@pytest.mark.usefixtures("quick")
def test_a_folder_without_photographs_ends_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^choosing: no \*\.jpg in .*--photos$"):
        choosing.main(photos=tmp_path)


def test_all_that_is_here_takes_part(photos: Path) -> None:
    ways = choosing.ways_here()
    assert set(ways) == {*(one.facts.name for one in available(here())), "patchmatch --fast"}
    case, _, _ = choosing.cases(photos / "grain.jpg")[0]
    for way in ways.values():
        made = way(case)
        assert (made[~case.hole] == case.rgb[~case.hole]).all()
        assert (made[case.hole] != case.rgb[case.hole]).any()
