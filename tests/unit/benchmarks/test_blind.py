"""Pairs that are judged blind: both sides occur, the key tells them apart, and other cases are refused."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import blind
from benchmarks.holes import Case
from benchmarks.stored_fills import StoredFills
from benchmarks.ways import OURS


def case(number: int, side_px: int = 60) -> Case:
    hole = np.zeros((side_px, side_px), np.bool_)
    hole[20:40, 20:40] = True
    rgb = np.full((side_px, side_px, 3), 50, np.uint8)
    return Case(f"photo {number}", "kind", Path("photo.jpg"), rgb, hole, is_crop=True)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Twelve fills each: red before, blue after."""
    for folder, colour in (("before", (250, 0, 0)), ("after", (0, 0, 250))):
        for number in range(12):
            one = case(number)
            made = np.where(one.hole[..., None], np.array(colour, np.uint8), one.rgb)
            StoredFills(tmp_path / folder, "set").add(one, OURS, made)
    return tmp_path / "before", tmp_path / "after"


def test_the_key_tells_left_from_right(runs: tuple[Path, Path], tmp_path: Path) -> None:
    key = json.loads(blind.pairs(*runs, tmp_path / "out").read_text())
    assert len(key) == 12
    assert {entry["left"] for entry in key.values()} == {"before", "after"}, "chance decides"
    for page, entry in key.items():
        picture = cv2.imread(str(tmp_path / "out" / page))
        assert picture is not None
        assert picture.shape == (60, 3 * 60 + 2 * blind.GAP_PX, 3)
        left = picture[30, 60 + blind.GAP_PX + 30]
        assert tuple(left) == ((0, 0, 250) if entry["left"] == "before" else (250, 0, 0))
        assert {entry["left"], entry["right"]} == {"before", "after"}


def test_a_limit_draws_the_same_cases_every_time(runs: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = (
        json.loads(blind.pairs(*runs, tmp_path / n, limit=5).read_text()) for n in ("one", "two")
    )
    assert first == second
    assert len(first) == 5


def test_only_cases_of_a_name(runs: tuple[Path, Path], tmp_path: Path) -> None:
    key = json.loads(blind.pairs(*runs, tmp_path / "out", having="photo_1").read_text())
    assert sorted(entry["case"] for entry in key.values()) == [f"set-photo_{n}.png" for n in (1, 10, 11)]


def test_other_holes_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    one = case(3)
    StoredFills(runs[1], "set").add(replace(one, hole=~one.hole), OURS, one.rgb)
    with pytest.raises(ValueError, match=r"photo_3\.png: the holes of .* differ"):
        blind.pairs(*runs, tmp_path / "out")


def test_folders_without_a_case_in_common_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no fill by patchmatch in common"):
        blind.pairs(runs[0], tmp_path / "nowhere", tmp_path / "out")


def test_a_large_fill_is_cut_round_its_hole(tmp_path: Path) -> None:
    one = case(0, side_px=900)
    for folder in ("before", "after"):
        StoredFills(tmp_path / folder, "set").add(one, OURS, one.rgb)
    blind.pairs(tmp_path / "before", tmp_path / "after", tmp_path / "out")
    picture = cv2.imread(str(tmp_path / "out" / "001.png"))
    assert picture is not None
    assert picture.shape == (blind.LARGEST_PX, 3 * blind.LARGEST_PX + 2 * blind.GAP_PX, 3)
    assert (picture[19:41, 20, :] == (255, 0, 255)).all(axis=1).any(), "the hole is outlined"
