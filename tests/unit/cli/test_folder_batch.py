"""A folder of pictures: every file is accounted for, none is lost, none is overwritten."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cleanplate import library
from cleanplate.cli import progress_display

Run = Callable[..., Any]
BOX = ("--box", "30,20,20,20", "--engine", "telea")


@pytest.fixture
def photos(tmp_path: Path, photo: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(photo.read_bytes())
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_file_is_accounted_for(run: Run, photos: Path, photo: Path, tmp_path: Path) -> None:
    for name in ("b.jfif", "c.JPE", "really a png.jpg"):
        Image.open(photo).save(photos / name, "PNG" if "png" in name else "JPEG")
    (photos / "without a suffix").write_bytes(photo.read_bytes())
    (photos / "broken.png").write_bytes(photo.read_bytes()[:-200])
    (photos / "drawing.psd").write_bytes(b"8BPS\0\1" + bytes(40))
    (photos / "raw.cr2").write_bytes(b"II*\0" + bytes(40))
    (photos / "notes.txt").write_text("words")
    (photos / "gone.png").symlink_to("nowhere")
    os.mkfifo(photos / "pipe.png")
    for name in ("._a.png", ".DS_Store", "desktop.ini", "Thumbs.db"):
        (photos / name).write_bytes(b"x")
    (photos / "2024").mkdir()
    ran = run("erase", photos, *BOX, "-o", tmp_path / "out")
    assert ran.code == 1
    assert "cleanplate: broken.png: " in ran.err
    assert (
        "5 done, 1 failed, 5 skipped: drawing.psd (Photoshop is not read), gone.png (a broken link), "
        "notes.txt (not a picture), pipe.png (not a file), raw.cr2 (camera raw is not read); "
        "1 folder not entered; results in "
    ) in ran.err
    assert names(tmp_path / "out") == ["a.png", "b.jfif", "c.JPE", "really a png.jpg", "without a suffix.png"]
    with Image.open(tmp_path / "out" / "b.jfif") as image:
        assert image.format == "JPEG"


def test_no_picture_says_what_there_is(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "notes.txt").write_text("words")
    ran = run("erase", folder, *BOX, "-o", tmp_path / "out")
    assert ran.code == 2
    assert "no picture in" in ran.err
    assert "notes.txt (not a picture)" in ran.err
    assert not (tmp_path / "out").exists()


def test_one_missing_mask_for_all_is_told_once(run: Run, photos: Path, tmp_path: Path) -> None:
    ran = run("erase", photos, tmp_path / "none.png", "-o", tmp_path / "out")
    assert ran.code == 2
    assert ran.err == f"cleanplate: no such file: {tmp_path / 'none.png'}\n"


def test_results_below_the_folder_are_no_pictures_of_it(run: Run, photos: Path) -> None:
    for _ in range(2):
        ran = run("erase", photos, *BOX, "-o", photos / "out" / "today")
        assert ran.code == 0
    ran = run("erase", photos, *BOX, "-o", photos / "out")
    assert "1 done, 0 failed; results in" in ran.err
    assert names(photos / "out") == ["a.png", "today"]


class TestMasks:
    @pytest.fixture
    def masks(self, tmp_path: Path, mask: Path) -> Path:
        folder = tmp_path / "masks"
        folder.mkdir()
        for name in ("a.png", "z.png", "._a.png"):
            (folder / name).write_bytes(mask.read_bytes())
        return folder

    def test_masks_without_a_picture_and_pictures_without_a_mask_are_named(
        self, run: Run, photos: Path, photo: Path, masks: Path, tmp_path: Path
    ) -> None:
        (photos / "b.png").write_bytes(photo.read_bytes())
        ran = run("erase", photos, "--mask-dir", masks, "-o", tmp_path / "out")
        assert ran.code == 1
        assert "cleanplate: b.png: mask: there is no b.png in" in ran.err
        assert "1 done, 1 failed; 1 mask without a picture: z.png; results in" in ran.err

    def test_the_name_itself_goes_before_the_stem(
        self, run: Run, photos: Path, photo: Path, masks: Path, mask: Path, tmp_path: Path
    ) -> None:
        """photo.jpg and photo.png may lie in one folder, each with its mask."""
        for name in ("a.jpg", "e\u0301.png"):
            Image.open(photo).save(photos / name)
        Image.new("L", (9, 9), 255).save(masks / "a.jpg.png")
        (masks / "\u00e9.png").write_bytes(mask.read_bytes())
        ran = run("erase", photos, "--mask-dir", masks, "-o", tmp_path / "out")
        assert "2 done, 1 failed" in ran.err
        assert "cleanplate: a.jpg: mask: " in ran.err
        assert "9x9" in ran.err

    def test_two_that_fit_are_not_guessed_at(
        self, run: Run, photo: Path, masks: Path, tmp_path: Path
    ) -> None:
        (masks / "photo.png").write_bytes((masks / "a.png").read_bytes())
        Image.open(masks / "a.png").save(masks / "photo.bmp")
        ran = run("erase", photo, "--mask-dir", masks, "-o", tmp_path / "out.png")
        assert ran.code == 0, "its very name is there"
        (masks / "photo.png").rename(masks / "photo.webp")
        ran = run("erase", photo, "--mask-dir", masks, "-o", tmp_path / "again.png")
        assert ran.code == 2
        assert "photo.bmp, photo.webp" in ran.err


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_an_input_is_never_overwritten(run: Run, photos: Path, mask: Path, tmp_path: Path, link: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for target in (photos / "a.png", mask):
        getattr(out / "a.png", link)(target)
        before = target.read_bytes()
        ran = run("erase", photos, mask, "-o", out)
        assert ran.code == 2
        assert "would be overwritten" in ran.err
        assert target.read_bytes() == (out / "a.png").read_bytes() == before
        (out / "a.png").unlink()


def test_a_second_run_overwrites_its_own_results_only(run: Run, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("erase", photos, *BOX, "-o", out).code == 0
    (out / "b.png").write_bytes(b"somebody's")
    assert run("erase", photos, *BOX, "-o", out).code == 0
    assert names(out) == ["a.png", "b.png"]
    assert (out / "b.png").read_bytes() == b"somebody's"


def test_names_of_every_kind(run: Run, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    odd = [
        "-",
        "-o.png",
        "new\nline.png",
        "100%s{}.png",
        "[b].png",
        "x" * 251 + ".png",
        os.fsdecode(b"\xff.png"),
    ]
    for name in odd:
        (folder / name).write_bytes(photo.read_bytes())
    (folder / "bad\n\udcff.png").write_bytes(b"no")
    monkeypatch.chdir(folder)
    ran = run("erase", ".", *BOX, "-o", tmp_path / "out")
    assert ran.code == 1
    assert "cleanplate: bad\\n\\xff.png: " in ran.err
    assert ran.err.count("\n") == 2
    assert names(tmp_path / "out") == sorted(["-.png", *odd[1:]])


def test_a_name_of_255_bytes_gets_another_suffix(run: Run, photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "long"
    folder.mkdir()
    (folder / ("x" * 250 + ".heic")).write_bytes(photo.read_bytes())
    assert run("erase", folder, *BOX, "-o", tmp_path / "out").code == 0
    assert names(tmp_path / "out") == ["x" * 250 + ".png"]


def test_a_terminal_shows_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress_display.show_batch(2) as starts:
        starts("[red]x{task}.png")
        starts("[/b].png")  # the last is shown for certain


class TestOnePicture:
    def test_a_folder_keeps_the_name(self, run: Run, photo: Path, tmp_path: Path) -> None:
        out = tmp_path / "deep" / "out"
        assert run("erase", photo, *BOX, "-o", f"{out}/").code == 0
        assert run("edit", "expand", photo, "--left", "1.5", "-o", out).code == 0
        assert names(out) == ["photo.png"]

    def test_a_format_that_cannot_be_written_gets_another_suffix(
        self, run: Run, photo: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "b.heic").write_bytes(photo.read_bytes())
        assert run("erase", tmp_path / "b.heic", *BOX, "-o", f"{tmp_path / 'out'}/").code == 0
        assert names(tmp_path / "out") == ["b.heic.png"]

    def test_what_can_be_seen_to_be_wrong(self, run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
        before = photo.read_bytes()
        for arguments, says in (
            ((photo, "-o", f"{tmp_path}/"), "would be overwritten"),
            ((photo, "-o", f"{mask}/"), "a file and no folder"),
            (("-", "-o", f"{tmp_path}/"), "has no name"),
            ((tmp_path / "none.png", "-o", f"{tmp_path / 'new'}/"), "no such file"),
        ):
            ran = run("erase", *arguments, *BOX)
            assert ran.code == 2
            assert says in ran.err
        assert not (tmp_path / "new").exists()
        assert photo.read_bytes() == before


class TestEnds:
    @pytest.fixture
    def many(self, photos: Path) -> Path:
        for name in ("b.png", "c.png", "d.png"):
            (photos / name).write_bytes((photos / "a.png").read_bytes())
        return photos

    def test_a_full_disk_ends_it(
        self, run: Run, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replace = os.replace

        def full(source: Any, target: Any) -> None:
            if Path(target).name == "c.png":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            replace(source, target)

        monkeypatch.setattr("cleanplate.library.os.replace", full)
        ran = run("erase", many, *BOX, "-o", tmp_path / "out")
        assert ran.code == 1
        assert "no space left on the disk; stopped with 2 not done" in ran.err
        assert "2 done, 0 failed, 2 not done; results in" in ran.err
        assert names(tmp_path / "out") == ["a.png", "b.png"]

    def test_an_interrupt_leaves_what_is_finished(
        self, run: Run, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        replace = os.replace

        def interrupted(source: Any, target: Any) -> None:
            if Path(target).name == "b.png":
                raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr("cleanplate.library.os.replace", interrupted)
        ran = run("erase", many, *BOX, "-o", tmp_path / "out")
        assert ran.code == 130
        assert "interrupted; stopped with 3 not done" in ran.err
        assert names(tmp_path / "out") == ["a.png"], "a temporary file was left"

    def test_a_fault_with_one_is_told_and_the_others_are_done(
        self, run: Run, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def erase(image: Path, *rest: Any, **more: Any) -> library.Result:
            if image.name == "b.png":
                raise ZeroDivisionError("a fault of ours")
            return real(image, *rest, **more)

        real = library.erase
        monkeypatch.setattr(library, "erase", erase)
        ran = run("erase", many, *BOX, "-o", tmp_path / "out")
        assert ran.code == 1
        assert "cleanplate: b.png: internal error: ZeroDivisionError: a fault of ours" in ran.err
        assert "3 done, 1 failed" in ran.err

    def test_a_folder_that_cannot_be_written_to_is_told_before_any_work(
        self, run: Run, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(**_: Any) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr("cleanplate.cli.folder_batch.tempfile.TemporaryFile", refused)
        ran = run("erase", many, *BOX, "-o", tmp_path / "out")
        assert ran.code == 2
        assert "cannot write into" in ran.err
        assert names(tmp_path / "out") == []
