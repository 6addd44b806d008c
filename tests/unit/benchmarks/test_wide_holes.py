"""Wide holes, holes like objects and holes at the frame: as large, as placed and as seeded as they say."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import frame_holes, object_holes, wide_holes
from benchmarks.holes import Case, cropped
from cleanplate.fill.choosing import is_wide
from cleanplate.pixels.types import Hole

MakeCases = Callable[[Path], list[Case]]
ALL = pytest.mark.parametrize("cases", [wide_holes.cases, object_holes.cases, frame_holes.cases])


@ALL
def test_the_same_on_every_call_whatever_else_is_in_the_folder(photos: Path, cases: MakeCases) -> None:
    before = {case.name: case.fingerprint for case in cases(photos)}
    (photos / "grain.jpg").unlink()
    after = {case.name: case.fingerprint for case in cases(photos)}
    assert after == {name: mark for name, mark in before.items() if name.startswith("rocket")}
    assert len(after) * 2 == len(before)


@ALL
def test_photos_have_holes_of_their_own(photos: Path, cases: MakeCases) -> None:
    (photos / "copy.jpg").write_bytes((photos / "rocket.jpg").read_bytes())
    marks = {case.fingerprint for case in cases(photos)}
    assert len(marks) == len(cases(photos))


@ALL
def test_what_is_drawn_is_what_a_fill_is_given(photos: Path, cases: MakeCases) -> None:
    for case in cases(photos):
        assert cropped(case) is case
        assert case.hole.shape == case.rgb.shape[:2]


@ALL
def test_an_empty_folder_says_so(tmp_path: Path, cases: MakeCases) -> None:
    with pytest.raises(FileNotFoundError, match="--photos"):
        cases(tmp_path)


def test_wide_holes_cover_20_to_60_percent_and_are_wide(photos: Path) -> None:
    for number in range(12):
        (photos / f"copy{number}.jpg").write_bytes((photos / "rocket.jpg").read_bytes())
    found = wide_holes.cases(photos)
    shares = np.array([case.hole.mean() for case in found])
    assert shares.min() > 0.2
    assert shares.max() <= 0.6
    assert min(np.mean(shares < 0.3), np.mean(shares > 0.45)) > 0.15, "each part of the range has its cases"
    assert np.mean([is_wide(case.hole) for case in found]) > 0.95
    assert {case.kind for case in found} == set(wide_holes.KINDS)


def test_boxes_are_boxes_and_keep_off_the_frame(photos: Path) -> None:
    for case in wide_holes.cases(photos):
        corners = cv2.approxPolyDP(outline(case.hole), 1.5, closed=True)
        if "boxes" in case.kind:
            edges = np.abs(np.diff(corners[:, 0], axis=0))
            assert (edges.min(axis=1) <= 1).all(), case.name
            assert frame_holes.borders(case.hole) == 0
        else:
            assert len(corners) > 4


def outline(hole: Hole) -> NDArray[np.int32]:
    found, _ = cv2.findContours(hole.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(found, key=len), np.int32)


def test_a_scene_is_shrunk_and_never_enlarged() -> None:
    rng = np.random.default_rng(0)
    large, small = np.zeros((900, 1400, 3), np.uint8), np.zeros((300, 451, 3), np.uint8)
    assert {wide_holes.scene(large, 512, rng).shape for _ in range(5)} == {(512, 512, 3)}
    for _ in range(5):
        height, width, _channels = wide_holes.scene(small, 512, rng).shape
        assert height == width
        assert 0.7 * 300 <= height <= 300
    assert wide_holes.scene(small, 256, rng).shape == (256, 256, 3)


def test_a_scene_shows_most_of_the_photo() -> None:
    ramp = np.repeat(np.linspace(0, 255, 1000).astype(np.uint8)[:, None], 1400, axis=1)
    for seed in range(5):
        seen = wide_holes.scene(np.dstack([ramp] * 3), 256, np.random.default_rng(seed))
        assert int(seen[-1, 0, 0]) - int(seen[0, 0, 0]) > 0.68 * 255


def test_objects_have_context_on_every_side(photos: Path) -> None:
    found = object_holes.cases(photos)
    assert len(found) == 2 * object_holes.EACH
    for case in found:
        assert 0.08 <= case.hole.mean() <= 0.25, case.name
        assert frame_holes.borders(case.hole) == 0, case.name


@pytest.mark.parametrize("kind", object_holes.KINDS)
def test_objects_stand_below_and_nearer_ones_are_taller(kind: str) -> None:
    bases, heights = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        hole = object_holes.stood((400, 2400), object_holes.KINDS[kind](rng), rng)
        rows = np.flatnonzero(hole.any(axis=1))
        bases.append(rows[-1] / 400)
        heights.append(np.ptp(rows) / 400)
    assert min(bases) > 0.55
    assert np.corrcoef(bases, heights)[0, 1] > 0.6


def test_a_car_is_long_and_a_person_tall() -> None:
    rng = np.random.default_rng(0)
    for kind, low, high in (("person", 0.25, 0.75), ("car", 2, 5), ("animal", 1, 4)):
        hole = object_holes.stood((900, 3000), object_holes.KINDS[kind](rng), rng)
        rows, columns = np.nonzero(hole)
        assert low < np.ptp(columns) / np.ptp(rows) < high, kind
        assert cv2.connectedComponents(hole.view(np.uint8))[0] == 2, f"{kind} is in one piece"


def test_holes_at_the_frame_reach_one_border_or_two(photos: Path) -> None:
    found = frame_holes.cases(photos)
    for case in found:
        low, high = frame_holes.SHARES[case.kind]
        assert low <= case.hole.mean() <= high, case.name
    holes = [
        frame_holes.at_frame((200, 300), "frame wide", np.random.default_rng(seed)) for seed in range(40)
    ]
    reached = [frame_holes.borders(hole) for hole in holes]
    assert set(reached) == {1, 2}
    assert sum(hole[0, 0] or hole[0, -1] or hole[-1, 0] or hole[-1, -1] for hole in holes) > 10, "corners"


def test_borders_are_counted() -> None:
    hole = np.zeros((20, 30), np.bool_)
    hole[5:9, 5:9] = True
    assert frame_holes.borders(hole) == 0
    hole[:3, :3] = True
    assert frame_holes.borders(hole) == 2
    hole[-1] = True
    assert frame_holes.borders(hole) == 4
