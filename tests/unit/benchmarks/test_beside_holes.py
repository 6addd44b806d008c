"""Things beside each other: the hole covers one, the other stays, and what lay behind is known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import beside_holes, quality
from benchmarks.beside_holes import KINDS, Thing, cutouts, pasted
from benchmarks.holes import Case, cropped
from benchmarks.quality import Wanted

TALL, WIDE = 300, 420


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A photo that a thing is cut out of, and two others."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, size in (("ocv_home", (512, 384)), ("grass", (WIDE, TALL)), ("wall", (WIDE, TALL))):
        rgb = rng.integers(60, 120, (size[1], size[0], 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{name}.jpg"), rgb)
    return folder


def of(cases: list[Case], photo: str) -> dict[str, Case]:
    return {case.kind: case for case in cases if case.photo.stem == photo}


def test_only_the_hole_has_the_thing_and_the_other_one_is_the_truth(scenes: Path) -> None:
    cases = beside_holes.cases(scenes)
    assert {case.kind for case in cases} == set(KINDS)
    for case in cases:
        assert cropped(case) is case
        assert case.seen is case.given
        assert case.given is not None
        changed = (case.given != case.rgb).any(axis=2)
        assert changed.any()
        assert not changed[~case.hole].any()


def test_a_photo_is_given_no_thing_of_its_own(scenes: Path) -> None:
    cases = beside_holes.cases(scenes)
    assert set(of(cases, "grass")) == set(KINDS)
    assert not of(cases, "ocv_home"), "the only thing there is is its own"


def test_the_same_on_every_call_and_told_apart_from_the_same_hole_without_the_thing(scenes: Path) -> None:
    first, again = (beside_holes.cases(scenes) for _ in range(2))
    assert [case.fingerprint for case in first] == [case.fingerprint for case in again]
    case = first[0]
    plain = Case(case.name, case.kind, case.photo, case.rgb, case.hole, is_crop=True)
    assert plain.fingerprint != case.fingerprint
    assert plain.seen is case.rgb


def test_without_photographs_to_cut_from_there_is_no_case(scenes: Path) -> None:
    (scenes / "ocv_home.jpg").unlink()
    assert cutouts(scenes) == []
    assert beside_holes.cases(scenes) == []
    with pytest.raises(SystemExit, match="no photo here has holes of the kinds beside"):
        quality.main(Wanted((scenes,), ("beside",)))


def test_what_lies_beyond_the_picture_is_cut_off() -> None:
    thing = Thing("x", np.full((20, 10, 3), 200, np.uint8), np.ones((20, 10), np.bool_))
    ground = np.zeros((40, 60, 3), np.uint8)
    made, where = pasted(ground, thing, 20, 55, 30)
    assert np.count_nonzero(where) == 5 * 10
    assert (made[where] == 200).all()
    assert not made[~where].any()
    assert not pasted(ground, thing, 20, 70, 0)[1].any()


def test_a_mirrored_thing_is_the_other_way_round() -> None:
    rgb = np.zeros((10, 10, 3), np.uint8)
    rgb[:, :5] = 100
    thing = Thing("x", rgb, np.ones((10, 10), np.bool_))
    ground = np.zeros((10, 10, 3), np.uint8)
    plain, turned = (pasted(ground, thing, 10, 0, 0, mirrored=way)[0] for way in (False, True))
    assert (plain[:, ::-1] == turned).all()
    assert (plain != turned).any()
