"""What is removed lies in its photo; the list, the photographs and what is made of them fit together."""

import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import fetch_photos, holes, removals
from benchmarks.ways import OURS
from cleanplate.pixels.types import Hole, Rgb8


@pytest.fixture
def rocket(photos: Path, tmp_path: Path) -> Path:
    """A list with one square in `rocket.jpg`, and one in a photo that is not there."""
    listed = tmp_path / "list.toml"
    square = "[[90, 80, 190, 80, 190, 180, 90, 180]]"
    entry = f'[[removals]]\nname = "{{}}"\nphoto = "{{}}"\nsize = [640, 427]\noutlines = {square}\n'
    listed.write_text(entry.format("square", "rocket") + entry.format("other", "absent"))
    return listed


def test_the_hole_is_the_outline_dilated_as_erase_does(photos: Path, rocket: Path) -> None:
    (case,) = removals.cases(photos, rocket)
    assert case.name == "rocket square"
    rows, columns = np.nonzero(case.hole)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (90 - 6, 190 + 6, 80 - 6, 180 + 6)


def test_another_photo_of_that_name_is_no_success(photos: Path, rocket: Path) -> None:
    cv2.imwrite(str(photos / "rocket.jpg"), np.zeros((300, 400, 3), np.uint8))
    with pytest.raises(ValueError, match="another size than 400x300 px"):
        removals.cases(photos, rocket)


def test_everything_that_is_listed_is_inside_its_photo_and_has_an_area() -> None:
    entries = tomllib.loads(removals.LIST.read_text("utf-8"))["removals"]
    assert len(entries) >= 20
    assert len({entry["name"] for entry in entries}) == len(entries)
    for entry in entries:
        width, height = entry["size"]
        flags = np.zeros((height, width), np.uint8)
        for outline in entry["outlines"]:
            points = np.array(outline, np.int32).reshape(-1, 2)
            assert (points >= 0).all(), entry["name"]
            assert (points < (width, height)).all(), entry["name"]
            cv2.fillPoly(flags, [points], 1)
        assert 0.005 < flags.mean() < 0.4, entry["name"]


def test_photographs_of_the_second_set_that_are_outlined_are_fetched() -> None:
    names = {photo.name for photo in fetch_photos.photos()}
    entries = tomllib.loads(removals.LIST.read_text("utf-8"))["removals"]
    outlined = {entry["photo"] for entry in entries}
    prefixes = {name.split("_")[0] for name in names}
    assert {name for name in outlined if name.split("_")[0] in prefixes} <= names


def test_the_command_fills_and_stores(
    photos: Path, rocket: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def grey(rgb: Rgb8, hole: Hole) -> Rgb8:
        return np.where(hole[..., None], np.uint8(128), rgb)

    monkeypatch.setattr(removals, "WAYS", {OURS: grey})
    monkeypatch.setattr(removals.cases, "__defaults__", (rocket,))
    sheet = tmp_path / "sheet.png"
    words = ["removals", "--photos", str(photos), "--fills", str(tmp_path / "out"), "--sheet", str(sheet)]
    monkeypatch.setattr(sys, "argv", words)
    removals.main()
    name = f"{photos.name}-rocket_square.png"
    made, truth = (cv2.imread(str(tmp_path / "out" / way / name)) for way in (OURS, "truth"))
    assert made is not None
    assert truth is not None
    assert (made[100:150, 100:150] == 128).all()
    assert (made[:70] == truth[:70]).all()
    assert sheet.exists()


def test_names_of_photographs_are_files_of_packages() -> None:
    found = fetch_photos.photos()
    assert len(found) >= 18
    assert len({photo.name for photo in found}) == len(found)
    assert all(photo.licence and photo.author and not photo.file.startswith("/") for photo in found)


def test_photographs_are_shrunk_and_have_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for apt and dpkg, which fetch nothing here."""
    wanted = [photo for photo in fetch_photos.photos() if photo.package == "palapeli-data"][:2]

    def call(*command: str, folder: Path) -> None:
        if command[0] == "apt-get":
            (folder / "package.deb").touch()
            return
        for number, photo in enumerate(wanted):
            path = folder / "root" / photo.file
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((1000 * (number + 1), 700, 3), 90, np.uint8))

    monkeypatch.setattr(fetch_photos, "_call", call)
    manifest = fetch_photos.fetch(tmp_path / "set", wanted).read_text("utf-8")
    sizes = [holes.read(tmp_path / "set" / f"{photo.name}.jpg").shape for photo in wanted]
    assert sizes == [(1000, 700, 3), (1400, 490, 3)]
    assert f"| {wanted[1].name}.jpg | 490x1400 | palapeli-data | {wanted[1].author} |" in manifest


def test_a_package_that_apt_does_not_have_ends_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match=r"^fetch_photos: there is no no-such-program here"):
        fetch_photos._call("no-such-program", folder=tmp_path)
    with pytest.raises(SystemExit, match=r"^fetch_photos: false failed: no reason given$"):
        fetch_photos._call("false", folder=tmp_path)
