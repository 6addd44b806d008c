"""What the benchmark of `remove_text` draws, and what it counts."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import text_cases
from benchmarks.text_cases import TextCase
from benchmarks.text_removal import COLUMNS, Removed, figures, ghost, means, pages

COUNT = len(text_cases.KINDS)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[TextCase]:
    """One case of each kind, on blots."""
    folder = tmp_path_factory.mktemp("photos")
    blots = np.random.default_rng(0).integers(60, 200, (9, 12, 3)).astype(np.uint8)
    cv2.imwrite(str(folder / "blots.jpg"), cv2.resize(blots, (600, 450), interpolation=cv2.INTER_CUBIC))
    return text_cases.cases(folder, seed=3, count=COUNT)


def test_every_kind_is_drawn_and_the_truth_is_the_rest(drawn: list[TextCase]) -> None:
    assert [case.kind for case in drawn] == list(text_cases.KINDS)
    for case in drawn:
        assert case.letters.any()
        assert (case.drawn & case.letters).sum() > 0.9 * case.letters.sum()
        assert 0.005 < case.drawn.mean() < 0.6
        off = np.abs(case.rgb.astype(int) - case.truth).max(axis=2)
        assert off[~case.drawn].mean() < 4  # what JPEG does


def test_the_same_seed_draws_the_same(drawn: list[TextCase], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.jpg"), np.full((450, 600, 3), 90, np.uint8))
    first, again, other = (text_cases.cases(tmp_path, seed=seed, count=2) for seed in (5, 5, 6))
    assert all((one.rgb == two.rgb).all() for one, two in zip(first, again, strict=True))
    assert any((one.rgb != two.rgb).any() for one, two in zip(first, other, strict=True))


def test_a_ghost_is_contrast_that_the_truth_has_not(drawn: list[TextCase]) -> None:
    for case in drawn:
        faint = np.rint(0.9 * case.truth + 0.1 * case.rgb).astype(np.uint8)
        assert ghost(case.rgb, case) > ghost(faint, case) > ghost(case.truth, case)


def test_the_truth_is_without_a_fault_and_the_untouched_picture_is_not(drawn: list[TextCase]) -> None:
    case = drawn[0]
    perfect, nothing = (figures(Removed(case, rgb, 1.0)) for rgb in (case.truth, case.rgb))
    assert (perfect["ghost"], perfect["beyond %"]) == (0, 0)
    assert perfect["PSNR"] > 70
    assert nothing["PSNR"] == nothing["PSNR before"] < 20
    assert nothing["ghost"] == nothing["ghost before"] > 10
    elsewhere = case.truth.copy()
    elsewhere[200:240, 100:200] += 40
    assert figures(Removed(case, elsewhere, 1.0))["beyond %"] > 1
    rows = list(means([perfect, nothing], ["a", "b"]))
    assert [row["case"] for row in rows] == ["**a**", "**b**", "**all**"]
    assert rows[2]["PSNR before"] == rows[0]["PSNR before"]
    assert set(rows[0]) == set(COLUMNS)


def test_the_sheet_has_a_row_for_each_case(drawn: list[TextCase], tmp_path: Path) -> None:
    (page, rest) = pages([Removed(case, case.truth, 1.0) for case in drawn], tmp_path / "sheet.png")
    heights = [len(np.asarray(cv2.imread(str(it)))) for it in (page, rest)]
    assert heights[0] == 3 * heights[1]
