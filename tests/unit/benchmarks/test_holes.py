"""The cases are many, modest in size, and always the same."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import holes, straight
from benchmarks.holes import Case


def of(cases: list[Case], name: str) -> Case:
    return next(case for case in cases if case.name == name)


def test_every_kind_on_every_photo(photos: Path) -> None:
    cases = holes.cases(photos)
    assert sorted({(case.photo.stem, case.kind) for case in cases}) == sorted(
        (photo, kind) for photo in ("grain", "rocket") for kind in holes.KINDS
    )
    assert len({case.name for case in cases}) == len(cases)


def test_a_hole_is_there_and_never_beyond_a_tenth(photos: Path) -> None:
    for case in [*holes.cases(photos), *straight.cases(photos)]:
        assert case.hole.shape == case.rgb.shape[:2]
        assert 0.001 < case.hole.mean() < 0.1, case.name


def test_the_same_on_every_call_whatever_else_is_in_the_folder(photos: Path) -> None:
    before = holes.cases(photos)
    (photos / "grain.jpg").unlink()
    after = holes.cases(photos)
    assert len(after) == len(holes.KINDS)
    for case in after:
        assert (case.hole == of(before, case.name).hole).all()


def test_photos_and_kinds_have_holes_of_their_own(photos: Path) -> None:
    (photos / "copy.jpg").write_bytes((photos / "rocket.jpg").read_bytes())
    cases = holes.cases(photos)
    blob, big = of(cases, "rocket blob"), of(cases, "rocket big blob")
    assert (blob.hole != of(cases, "copy blob").hole).any()
    assert np.hypot(*(middle(blob) - middle(big))) > 5


def middle(case: Case) -> NDArray[np.float64]:
    return np.asarray(np.argwhere(case.hole).mean(axis=0))


def test_a_large_photo_is_halved_and_seen_through_a_window(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.jpg"), np.full((2000, 3200, 3), 90, np.uint8))
    assert {case.rgb.shape for case in holes.cases(tmp_path)} == {(900, 1200, 3)}


def test_colours_are_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.jpg"), np.full((64, 64, 3), (0, 0, 250), np.uint8))
    red, green, blue = holes.read(tmp_path / "red.jpg").mean(axis=(0, 1))
    assert red > 200
    assert max(green, blue) < 60


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="--photos"):
        holes.cases(tmp_path)


def test_a_file_that_is_no_picture_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("not a picture")
    with pytest.raises(ValueError, match=r"text\.jpg"):
        holes.cases(tmp_path)


def test_the_crop_holds_the_hole_with_context_and_its_line(photos: Path) -> None:
    whole = straight.cases(photos)[0]
    case = holes.cropped(whole)
    assert np.count_nonzero(case.hole) == np.count_nonzero(whole.hole)
    rows, columns = np.nonzero(case.hole)
    assert rows.min() >= 64 or case.rgb.shape[0] == whole.rgb.shape[0]
    assert columns.min() >= 64
    assert case.line is not None
    assert whole.line is not None
    x, y = round(case.line[0]), round(case.line[1])
    assert (case.rgb[y, x] == whole.rgb[round(whole.line[1]), round(whole.line[0])]).all()


def test_straight_edges_run_through_the_middle_of_their_hole(photos: Path) -> None:
    cases = straight.cases(photos)
    assert {case.photo.stem for case in cases} == {"rocket"}
    for case in cases:
        assert case.line is not None
        x1, y1, x2, y2 = case.line
        assert case.hole[round((y1 + y2) / 2), round((x1 + x2) / 2)]
        assert not case.hole[round(y1), round(x1)]
        assert not case.hole[round(y2), round(x2)]


def test_a_picture_too_small_for_a_wire_says_so(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "tiny.jpg"), np.zeros((12, 12, 3), np.uint8))
    with pytest.raises(ValueError, match="12x12 px is too small"):
        holes.cases(tmp_path)
