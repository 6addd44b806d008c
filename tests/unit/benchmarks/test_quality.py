"""The whole run on two made-up photographs, with ways that are quick."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import metrics, packages, quality, report
from benchmarks.quality import Wanted
from benchmarks.ways import FAST, OURS, RIVAL, WAYS, network_ways
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import default_runtime

OLD = ("small", "straight")


def grey(rgb: Rgb8, _hole: Hole) -> Rgb8:
    return np.full_like(rgb, 128)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quality, "WAYS", {"the truth": lambda rgb, _: rgb, RIVAL: grey})
    monkeypatch.setattr(metrics, "style_distance", lambda *_, whole: 1.0 if whole else 0.5)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results")


def test_prints_tables_stores_figures_and_writes_the_sheet(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quality.main(Wanted((photos,), OLD, sheet=tmp_path / "sheet.png"))
    printed = capsys.readouterr().out
    assert "14 seeded holes" in printed
    assert "2 holes across straight edges" in printed
    assert "| the truth | 78.13 [78.13, 78.13] dB | 1.000 |" in printed
    rows = stored(tmp_path)
    assert len(rows) == 2 * 16
    assert {row["way"] for row in rows} == {"the truth", RIVAL}
    assert len(list(tmp_path.glob("sheet-*.png"))) == 4, "16 rows, 5 a page"


def stored(tmp_path: Path) -> list[dict[str, Any]]:
    return list(json.loads((tmp_path / "results" / "quality.json").read_text())["rows"])


def test_two_sets_of_photographs_are_told_apart_and_put_together(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (photos / "rocket.jpg").rename(second / "rocket.jpg")
    quality.main(Wanted((photos, second), ("wide", "object", "frame"), fills=tmp_path / "fills"))
    printed = capsys.readouterr().out
    for title in (f"3 wide holes, 20 to 60 % of what is seen, {photos.name}", "3 wide holes", "6 wide holes"):
        assert f"\n{title}" in printed
    assert f"| {photos.name} | frame wide | 1 |" in printed
    assert "| second | frame wide | 1 |" in printed
    rows = stored(tmp_path)
    assert len(rows) == 2 * 2 * (3 + 2 + 2)
    assert {row["style"] for row in rows} == {1.0}, "style of a wide hole is that of the whole picture"
    assert all(0.2 < row["share"] <= 0.6 for row in rows if row["group"] == "wide")
    fills = sorted(path.name for path in (tmp_path / "fills" / "the_truth").iterdir())
    assert len(fills) == 14
    assert "second-rocket_wide_boxes_512.png" in fills
    hole = cv2.imread(str(tmp_path / "fills" / "hole" / "second-rocket_wide_boxes_512.png"))
    made = cv2.imread(str(tmp_path / "fills" / RIVAL / "second-rocket_wide_boxes_512.png"))
    assert hole is not None
    assert made is not None
    assert (made[hole[..., 0] > 0] == 128).all()


def test_folders_of_one_name_are_called_by_their_paths(tmp_path: Path) -> None:
    alike, other = (tmp_path / "one" / "photos", tmp_path / "two" / "photos"), tmp_path / "three"
    assert list(quality._named([*alike, other])) == [*map(str, alike), "three"]


def test_an_earlier_run_is_one_more_way(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quality, "WAYS", {OURS: grey, RIVAL: grey})
    quality.main(Wanted((photos,), ("frame",)))
    earlier = (tmp_path / "results" / "quality.json").rename(tmp_path / "earlier.json")
    monkeypatch.setattr(quality, "WAYS", {OURS: lambda rgb, _: rgb})
    capsys.readouterr()
    quality.main(Wanted((photos,), ("frame", "wide"), before=earlier))
    printed = capsys.readouterr().out
    assert "6 cases are left out" in printed
    assert "| PSNR dB, style | holes | patchmatch | patchmatch, before | PyPatchMatch |" in printed
    gains = printed.split("minus patchmatch, before")[1].splitlines()
    ours = next(line for line in gains if line.startswith(f"| {OURS} |"))
    assert float(ours.split("|")[2].split()[0]) > 30, "the truth against grey"
    assert {row["way"] for row in stored(tmp_path)} == {OURS}, "what is stored is what was run"


def test_an_earlier_run_of_other_pixels_ends_with_one_line(photos: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    for text, said in (("{}", "holds no figures"), ('{"rows": []}', "has none of these cases")):
        earlier.write_text(text)
        with pytest.raises(SystemExit, match=rf"^quality: .*earlier\.json {said}"):
            quality.main(Wanted((photos,), ("frame",), before=earlier))


def test_ways_by_name(photos: Path, tmp_path: Path) -> None:
    quality.main(Wanted((photos,), ("frame",), ways=("the truth",)))
    assert {row["way"] for row in stored(tmp_path)} == {"the truth"}
    with pytest.raises(
        SystemExit, match=r"^quality: there is no way 'oil paint' here; choose of the truth, "
    ):
        quality.main(Wanted((photos,), ("frame",), ways=("oil paint",)))


def test_the_hurried_way_is_for_holes_that_a_hurry_is_for(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "WAYS", {OURS: grey, FAST: grey})
    quality.main(Wanted((photos,), ("straight", "frame")))
    assert {(row["group"], row["way"]) for row in stored(tmp_path)} == {
        ("straight", OURS), ("straight", FAST), ("frame", OURS),
    }  # fmt: skip


def test_networks_that_are_not_pulled_are_named() -> None:
    found, absent = network_ways(default_runtime())
    assert {line.partition(":")[0] for line in absent} | set(found) >= {"lama", "migan"}
    assert all("models pull" in line for line in absent)


def test_the_command_line_chooses(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> None:
        monkeypatch.setattr("sys.argv", ["benchmarks", *words])
        command.main()

    run("--only", "quality", "--photos", str(photos), "--photos", str(tmp_path), "--kinds", "frame,straight")
    assert {row["group"] for row in stored(tmp_path)} == {"frame", "straight"}
    with pytest.raises(SystemExit):
        run("--only", "quality", "--kinds", "narrow")
    assert "choose of small, straight, wide, object, frame" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run("--only", "expand", "--photos", str(photos), "--photos", str(tmp_path))
    assert "for --only quality" in capsys.readouterr().err
    run("--only", "quality", "--photos", str(tmp_path / "nowhere"))
    assert "left out, there is no folder" in capsys.readouterr().out


def test_what_a_way_does_outside_the_hole_does_not_count(photos: Path, tmp_path: Path) -> None:
    quality.main(Wanted((photos,), limit=3))
    rows = stored(tmp_path)
    assert len(rows) == 2 * 3
    all_grey = [row for row in rows if row["way"] == RIVAL]
    assert all(row["seam_made"] > row["seam_truth"] for row in all_grey), "its own surroundings were kept"


def test_a_folder_without_photographs_ends_with_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^quality: no \*\.jpg in .*--photos$"):
        quality.main(Wanted((tmp_path,)))


def test_a_missing_package_ends_with_one_line(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "style_distance", lambda *_, whole: packages.package("no_such_package"))
    with pytest.raises(
        SystemExit, match=r"^quality: no_such_package does not load .*`make bench` installs it$"
    ):
        quality.main(Wanted((photos,), limit=1))


installed = pytest.mark.skipif(find_spec("patchmatch") is None, reason="a package of the group bench")


@pytest.mark.parametrize("way", [OURS, FAST, pytest.param(RIVAL, marks=installed), "cv2 Telea"])
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
