"""Masks of strangers on the command line: done, or refused in one line that says what to type."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from tests.unit.cli.conftest import Ran, Run
from tests.unit.intake.drawn import EXACT, NEAR, coloured, grey, on_clear, saved, scene, strokes

SHAPE = strokes(3)
HOLE = np.dstack([scene(), grey(~SHAPE)])
Erase = Callable[..., Ran]


@pytest.fixture
def erase(run: Run, tmp_path: Path) -> Erase:
    """Erase what a mask says from a scene of 160 x 120 px, with a quick engine and no growing."""
    (tmp_path / "scene.png").write_bytes(saved(scene()))

    def call(mask: bytes, *options: str | Path) -> Ran:
        (tmp_path / "m.png").write_bytes(mask)
        names = (tmp_path / "scene.png", tmp_path / "m.png", "-o", tmp_path / "out.png")
        return run("erase", *names, "--engine", "telea", "--no-dilate", *options)

    return call


def changed(tmp_path: Path) -> Any:
    """(H, W), True where the result is not the scene."""
    with Image.open(tmp_path / "out.png") as image:
        return (np.asarray(image.convert("RGB")) != scene()).any(axis=2)


def only_the_shape(tmp_path: Path) -> bool:
    grown = cv2.dilate(SHAPE.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0
    where = changed(tmp_path)
    return bool(where[SHAPE].mean() > 0.9 and not where[~grown].any())


@pytest.mark.parametrize("way", [*EXACT, *NEAR])
def test_every_way_of_drawing_changes_the_shape_alone(erase: Erase, tmp_path: Path, way: str) -> None:
    ran = erase({**EXACT, **NEAR}[way](SHAPE))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert only_the_shape(tmp_path)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (grey(SHAPE, 0), "mask: nothing to erase"),
        (grey(SHAPE)[:-1, :-1], "it is 159x119 px, but the image is 160x120 px"),
        (on_clear(SHAPE, (0, 0, 0)), "--mask-means transparent or --mask-means opaque"),
        (HOLE, "--mask-means transparent or --mask-means opaque"),
        (scene(), "looks like the picture itself"),
        (coloured(SHAPE, (255, 0, 0), (255, 255, 255)), "--mask-means white or --mask-means nonzero"),
    ],
)
def test_refusals_in_one_line(erase: Erase, tmp_path: Path, mask: Any, words: str) -> None:
    ran = erase(saved(mask))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("cleanplate: mask: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("mask", "means"),
    [
        (HOLE, "transparent"),
        (on_clear(SHAPE, (0, 0, 0)), "opaque"),
        (on_clear(SHAPE, (255, 255, 255), 255, (255, 255, 255)), "white"),
        (grey(SHAPE, 60), "nonzero"),
        (coloured(~SHAPE, (255, 0, 0), (255, 255, 255)), "white"),
    ],
)
def test_what_is_said_is_done(erase: Erase, tmp_path: Path, mask: Any, means: str) -> None:
    assert erase(saved(mask), "--mask-means", means).code == 0
    assert only_the_shape(tmp_path)


def test_a_meaning_that_does_not_exist(erase: Erase) -> None:
    ran = erase(saved(HOLE), "--mask-means", "black")
    assert ran.code == 2
    assert "transparent" in ran.err


def test_most_of_the_picture_is_done_with_a_warning(erase: Erase, tmp_path: Path) -> None:
    ran = erase(saved(grey(~SHAPE)))
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("cleanplate: warning: the mask covers ")
    assert ran.err.count("\n") == 1
    assert "invert it" in ran.err
    assert changed(tmp_path)[~SHAPE].mean() > 0.9


def test_keep_is_read_by_the_same_rule(erase: Erase, run: Run, tmp_path: Path) -> None:
    keep, half = tmp_path / "keep.png", SHAPE & (np.arange(160) < 80)
    for drawn in (EXACT["0 and 1"](half), EXACT["VOC"](half), EXACT["white on clear"](half)):
        keep.write_bytes(drawn)
        assert erase(saved(grey(SHAPE)), "--keep", keep).code == 0
        assert not changed(tmp_path)[half].any()
        assert changed(tmp_path)[SHAPE & ~half].mean() > 0.9
    keep.write_bytes(saved(grey(SHAPE, 0)))
    assert erase(saved(grey(SHAPE)), "--keep", keep).code == 0
    keep.write_bytes(saved(grey(SHAPE)))
    ran = erase(saved(grey(SHAPE)), "--keep", keep)
    assert (ran.code, ran.err) == (2, "cleanplate: keep: nothing to erase, it covers all of the mask\n")
    keep.write_bytes(saved(on_clear(SHAPE, (0, 0, 0))))
    assert erase(saved(grey(SHAPE)), "--keep", keep).err.startswith("cleanplate: keep: it has transparent")


def test_a_folder_with_a_mask_for_each(run: Run, tmp_path: Path) -> None:
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    masks.mkdir()
    drawn = {"a": EXACT["VOC"](SHAPE), "b": saved(grey(~SHAPE)), "c": saved(grey(SHAPE, 0)), "d": saved(HOLE)}
    for name, mask in drawn.items():
        (photos / f"{name}.png").write_bytes(saved(scene()))
        (masks / f"{name}.png").write_bytes(mask)
    ran = run("erase", photos, "--mask-dir", masks, "-o", tmp_path / "out", "--engine", "telea")
    assert ran.code == 1
    assert ran.out == ""
    assert "cleanplate: warning: b.png: the mask covers" in ran.err
    assert "cleanplate: c.png: mask: nothing to erase" in ran.err
    assert "cleanplate: d.png: mask: it has transparent parts" in ran.err
    assert ran.err.count("warning") == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]


def test_the_other_edits_know_it_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scene.png").write_bytes(saved(scene()))
    (tmp_path / "m.png").write_bytes(saved(HOLE))
    names = (
        "edit",
        "remove_text",
        tmp_path / "scene.png",
        "-o",
        tmp_path / "out.png",
        "--mask",
        tmp_path / "m.png",
    )
    assert "--mask-means transparent" in run(*names).err
    assert run(*names, "--mask-means", "transparent").code == 0
    (tmp_path / "m.png").write_bytes(saved(grey(SHAPE, 0)))
    assert run(*names).err.startswith("cleanplate: mask: nothing to erase")
