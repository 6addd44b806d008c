"""Marked photographs, and what is said of them when the mark is off."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.unit.text.lettering import ground

from benchmarks import marks
from benchmarks.__main__ import main as benchmarks_main
from benchmarks.mark_cases import MarkedPhoto, cases
from benchmarks.marks import Wanted, figures, main
from cleanplate.pixels.types import Box


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos")
    for seed in range(3):
        cv2.imwrite(str(path / f"{seed}.jpg"), ground(480, 640, seed))
    return path


def test_cases_are_the_same_on_every_call(folder: Path) -> None:
    first, second = cases(folder, ("single",)), cases(folder, ("single",))
    assert [case.name for case in first] == [case.name for case in second]
    assert all((a.photos[0].marked == b.photos[0].marked).all() for a, b in zip(first, second, strict=True))


def test_the_mark_is_where_its_alpha_is_and_within_the_box(folder: Path) -> None:
    for case in cases(folder, ("single",))[::5]:
        photo = case.photos[0]
        inside = np.zeros(photo.alpha.shape, np.bool_)
        inside[photo.box.slices] = True
        assert (photo.alpha[~inside] == 0).all()
        if case.about.endswith("q0"):
            changed = (photo.marked != photo.truth).any(axis=2)
            assert not changed[photo.alpha == 0].any()


def test_a_folder_shares_its_mark_at_its_anchor(folder: Path) -> None:
    case = next(case for case in cases(folder, ("folder-3",)) if "mixed" in case.about)
    sizes = {photo.marked.shape for photo in case.photos}
    assert len(sizes) > 1
    right = [photo.alpha.shape[1] - np.flatnonzero(photo.alpha.any(axis=0))[-1] for photo in case.photos]
    assert len(set(right)) == 1


def test_figures_of_the_truth_the_mark_and_its_negative() -> None:
    truth = ground(100, 100)
    alpha = np.zeros((100, 100), np.float32)
    cv2.circle(alpha, (50, 50), 20, 0.4, -1)
    off = np.rint(alpha[..., None] * (255.0 - truth)).astype(int)
    photo = MarkedPhoto((truth + off).astype(np.uint8), truth, alpha, Box(25, 25, 75, 75))
    assert figures(photo, truth, "").left == 0
    assert figures(photo, photo.marked, "").left == pytest.approx(1)
    negative = figures(photo, (truth - off).clip(0, 255).astype(np.uint8), "")
    assert negative.left == pytest.approx(-1, abs=0.1)
    assert negative.outside == 0
    assert figures(photo, truth, "").psnr > 70 > negative.psnr


def test_a_table_is_printed_for_each_kind(folder: Path) -> None:
    lines: list[str] = []
    main(["--photos", str(folder), "--kinds", "folder-3", "--limit", "1"], lines.append)
    assert any(line.startswith("folder-3") for line in lines)


def test_it_is_an_entry_of_the_benchmarks_and_takes_several_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[Path], Wanted]] = []
    monkeypatch.setattr(marks, "run", lambda folders, wanted: asked.append((folders, wanted)))
    folders = [tmp_path / "one", tmp_path / "two"]
    for path in folders:
        path.mkdir()
    named = [word for path in folders for word in ("--photos", str(path))]
    monkeypatch.setattr("sys.argv", ["benchmarks", "--only", "marks", *named, "--limit", "2"])
    benchmarks_main()
    assert asked == [(folders, Wanted(limit=2))]
