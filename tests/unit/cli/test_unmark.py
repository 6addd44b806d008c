"""`cleanplate unmark` on folders."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.cli.conftest import Run
from tests.unit.edits.test_shared_watermark import off, photos, stamped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "marked"
    made.mkdir()
    for number, photo in enumerate(photos()):
        Image.fromarray(stamped(photo)).save(made / f"{number:02d}.png")
    return made


def test_a_folder(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "notes.txt").write_text("no picture")
    ran = run("unmark", folder, "-o", tmp_path / "clean")
    assert (ran.code, ran.out) == (0, "")
    assert "14 done, 0 failed, 1 skipped" in ran.err
    made = np.asarray(Image.open(tmp_path / "clean" / "05.png"))
    assert off(made, photos()[5]) < 0.25 * off(stamped(photos()[5]), photos()[5])


def test_a_bad_picture_is_named_and_the_others_are_done(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "03.png").write_bytes(b"")
    ran = run("unmark", folder, "-o", tmp_path / "clean")
    assert ran.code == 1
    assert "03.png" in ran.err
    assert "13 done, 1 failed" in ran.err
    assert len(list((tmp_path / "clean").iterdir())) == 13


def test_what_can_be_seen_to_be_wrong(run: Run, folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, text in (
        ((tmp_path / "none", "-o", tmp_path / "out"), "no folder"),
        ((empty, "-o", tmp_path / "out"), "no picture"),
        ((folder, "-o", folder), "another folder"),
        ((folder, "-o", "-"), "another folder"),
        ((folder, "-o", tmp_path / "out", "--anchor", "edge"), "anchor"),
    ):
        ran = run("unmark", *arguments)
        assert ran.code == 2
        assert text in ran.err


def test_a_refused_folder_leaves_nothing_behind(run: Run, folder: Path, tmp_path: Path) -> None:
    for path in sorted(folder.iterdir())[2:]:
        path.unlink()
    there = tmp_path / "there"
    there.mkdir()
    for out in (tmp_path / "new" / "clean", there):
        ran = run("unmark", folder, "-o", out)
        assert ran.code != 0
        assert "at least 3" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["marked", "there"]
