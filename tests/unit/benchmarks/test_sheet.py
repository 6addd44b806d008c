"""The sheet shows pixels as they are, and breaks into pages."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks import holes, sheet, wide_holes
from benchmarks.sheet import Sheet


def test_tiles_show_the_fills_at_full_size(photos: Path, tmp_path: Path) -> None:
    whole = holes.cases(photos)[0]
    case = holes.cropped(whole)
    made = np.full_like(case.rgb, (10, 200, 90))
    pages = Sheet(tmp_path / "out" / "sheet.png")
    pages.add(case, whole, {"ours": made})
    (path,) = pages.write()
    read = cv2.imread(str(path))
    assert read is not None
    assert read.shape == (sheet.TILE_PX + sheet.LABEL_PX + 4, 3 * (sheet.TILE_PX + 4), 3)
    ours = read[: case.rgb.shape[0], 2 * (sheet.TILE_PX + 4) :][:50, :50]
    assert (ours == (90, 200, 10)).all()
    truth = read[:50, sheet.TILE_PX + 4 :][:, :50, ::-1]
    assert (truth == case.rgb[:50, :50]).all()
    overview = read[: sheet.TILE_PX, : sheet.TILE_PX, ::-1]
    assert (overview == sheet.OUTLINE).all(axis=-1).any(), "the hole is not outlined"


def test_many_rows_make_several_pages(photos: Path, tmp_path: Path) -> None:
    whole = holes.cases(photos)[0]
    case = holes.cropped(whole)
    pages = Sheet(tmp_path / "sheet.png")
    for _ in range(sheet.ROWS_A_PAGE + 1):
        pages.add(case, whole, {})
    assert [path.name for path in pages.write()] == ["sheet-01.png", "sheet-02.png"]
    heights = [picture.shape[0] for name in pages.write() if (picture := cv2.imread(str(name))) is not None]
    assert heights[0] == sheet.ROWS_A_PAGE * heights[1]


def test_a_hole_in_the_corner_still_has_a_window_inside_the_picture() -> None:
    hole = np.zeros((400, 500), np.bool_)
    hole[390:, 490:] = True
    rows, columns = sheet._window(hole)
    assert (rows, columns) == (slice(400 - 256, 400), slice(500 - 256, 500))


def test_a_large_crop_is_shown_whole_above_its_window(photos: Path, tmp_path: Path) -> None:
    (case,) = [case for case in wide_holes.cases(photos) if case.name == "rocket wide boxes 512"]
    made = np.full_like(case.rgb, (10, 200, 90))
    pages = Sheet(tmp_path / "sheet.png")
    pages.add(case, case, {"ours": made})
    hole = np.zeros((90, 90), np.bool_)
    hole[30:60, 30:60] = True
    pages.add(replace(case, rgb=case.rgb[:90, :90], hole=hole), case, {})
    (path,) = pages.write()
    read = cv2.imread(str(path))
    assert read is not None
    row_px, column_px = sheet.TILE_PX + sheet.LABEL_PX + sheet.GAP_PX, sheet.TILE_PX + sheet.GAP_PX
    assert read.shape == (3 * row_px, 3 * column_px, 3), "two rows for the large one, one for the small one"
    for top in (0, row_px):
        tile = read[top : top + sheet.TILE_PX, 2 * column_px : 2 * column_px + sheet.TILE_PX]
        assert (tile == (90, 200, 10)).all(), "the fill covers its tile"
    assert (read[2 * row_px :, 2 * column_px :] == 0).all(), "there is no third tile in the last row"
