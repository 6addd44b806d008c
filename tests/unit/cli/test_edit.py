"""`cleanplate edit`: the catalogue as commands, parameters as options."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.runtimes import here

from cleanplate import edit
from cleanplate.edits.catalogue import edits
from cleanplate.edits.parts.larger_canvas import ExpandParameters
from cleanplate.edits.parts.parameter_descriptions import attribute_descriptions
from cleanplate.errors import BadParameter

Run = Callable[..., Any]


def test_every_edit_is_a_command_and_every_parameter_an_option_with_words(run: Run) -> None:
    listed = run("edit", "--help").out
    for name, entry in edits(here()).items():
        assert f"\n  {name} " in listed
        said = run("edit", name, "--help").out
        for parameter in entry.parameters.model_fields:
            assert f"--{parameter.replace('_', '-')} " in said
        assert set(attribute_descriptions(entry.parameters)) >= set(entry.parameters.model_fields)


def test_words_of_several_lines_and_of_two_names_are_found() -> None:
    texts = attribute_descriptions(ExpandParameters)
    assert texts["top"] == texts["bottom"]
    assert texts["seed"] == "same seed, same input, same result."


def test_a_picture_is_expanded(run: Run, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "wide.png"
    ran = run("edit", "expand", photo, "-o", out, "--left", "1.5", "--seed", "3")
    assert (ran.code, ran.err) == (0, "")
    wide = np.asarray(Image.open(out))
    assert wide.shape == (60, 120, 3)
    np.testing.assert_array_equal(wide[:, 40:], np.asarray(Image.open(photo)))
    same = edit("expand", photo, left=1.5, seed=3)
    np.testing.assert_array_equal(same.array(), wide)


def test_a_mask_without_effect_is_told(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    ran = run("edit", "expand", photo, "-o", tmp_path / "wide.png", "--left", "1.5", "--mask", mask)
    assert ran.code == 0
    assert ran.err == "cleanplate: warning: expand works on the whole picture: mask had no effect\n"
    assert "PydanticUndefined" not in run("edit", "regions", "--help").out


def test_a_folder(run: Run, photo: Path, tmp_path: Path) -> None:
    """A picture in a format that cannot be written takes no other one's name."""
    folder, out = tmp_path / "photos", tmp_path / "wide"
    folder.mkdir()
    for name in ("a.png", "a.heic"):
        (folder / name).write_bytes(photo.read_bytes())
    ran = run("edit", "expand", folder, "-o", out, "--left", "1.5")
    assert ran.code == 0
    assert "2 done, 0 failed; results in" in ran.err
    assert sorted(path.name for path in out.iterdir()) == ["a.heic.png", "a.png"]
    assert run("edit", "expand", folder, "-o", folder, "--left", "1.5").code == 2


@pytest.mark.usefixtures("pack")
def test_a_mask_is_never_overwritten(run: Run, photo: Path, mask: Path) -> None:
    before = mask.read_bytes()
    assert run("edit", "inpaint", photo, "--mask", mask, "-o", mask).code == 2
    assert mask.read_bytes() == before


@pytest.mark.usefixtures("pack")
def test_words_numbers_flags_and_masks_arrive(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    made = []
    for number, more in enumerate([(), ("--prompt", "4"), ("--prompt", "4", "--label")]):
        out = tmp_path / f"{number}.png"
        arguments = ("edit", "inpaint", photo, "-o", out, "--mask", mask, "--dilate-px", "0", *more)
        assert run(*arguments).code == 0
        made.append(np.asarray(Image.open(out)))
    changed = (made[0] != made[1]).any(2)
    assert changed[20:40, 30:50].any()
    assert (made[1] != made[2]).any()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("shrink", "PHOTO", "-o", "x.png"), "No such command 'shrink'"),
        (("expand", "PHOTO", "-o", "x.png", "--left", "wide"), "'wide' is no number"),
        (("expand", "PHOTO", "-o", "x.png", "--left", "9"), "left: must be a number from 1 to 2"),
        (("expand", "PHOTO", "-o", "x.gif"), ".gif"),
        (("expand", "nothing.png", "-o", "x.png"), "no such file"),
        (("expand", "PHOTO", "-o", "PHOTO"), "would be overwritten"),
        (("inpaint", "PHOTO", "-o", "x.png", "--prompt", "a dog"), "inpaint"),
        (("patch", "PHOTO", "-o", "x.png", "--reference", ""), "'--reference': its name is empty"),
        (("patch", "", "-o", "x.png", "--reference", "PHOTO"), "'IMAGE': its name is empty"),
        (
            ("patch", "PHOTO", "-o", "x.png", "--reference", "http://127.0.0.1/x.png"),
            "an address is not taken",
        ),
        (("expand", "https://127.0.0.1/x.png", "-o", "x.png"), "'IMAGE': an address is not taken"),
        (("inpaint", "PHOTO", "-o", "x.png", "--mask", "ftp://a/b.png"), "'--mask': an address is not taken"),
        (("inpaint", "PHOTO", "-o", "x.png", "--keep", "S3://a/b.png"), "'--keep': an address is not taken"),
    ],
)
def test_what_is_wrong_is_one_line(run: Run, photo: Path, arguments: tuple[str, ...], says: str) -> None:
    ran = run("edit", *(str(photo) if word == "PHOTO" else word for word in arguments))
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert says in ran.err


def test_a_layer_is_no_jpeg(run: Run, photo: Path, tmp_path: Path) -> None:
    clean, out = tmp_path / "clean.png", tmp_path / "layer.jpg"
    image = Image.open(photo).convert("RGB")
    for left in (5, 20):
        image.paste((1, 2, 3), (left, left, left + 4, left + 3))
    image.save(clean)
    ran = run("edit", "patch", clean, "--reference", photo, "-o", out)
    assert (ran.code, ran.err) == (2, "cleanplate: JPEG cannot hold this layer exactly: use png\n")
    assert not out.exists()
    assert run("edit", "patch", clean, "--reference", photo, "-o", out.with_suffix(".webp")).code == 0
    with Image.open(out.with_suffix(".webp")) as layer:
        assert layer.mode == "RGBA"


def test_help_says_what_a_label_is(run: Run) -> None:
    for name, entry in edits(here()).items():
        said = " ".join(run("edit", name, "--help").out.split())
        assert "compositing" not in said
        if "label" in entry.parameters.model_fields and name != "erase":
            assert 'draw "AI生成" ("made by AI") in the lower right corner' in said, name


def test_the_library_names_the_edits_it_has(photo: Path) -> None:
    with pytest.raises(BadParameter, match=r"choose one of .*expand"):
        edit("shrink", photo)


def test_the_recipe_is_json(photo: Path) -> None:
    assert json.loads(json.dumps(dict(edit("expand", photo, top=1.2).recipe)))["engine"] == "patchmatch"


def test_an_edit_that_looks_at_no_mask_offers_none(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    """It still takes one, and says that it had no effect."""
    for name, entry in edits(here()).items():
        offered = "--mask MASK" in run("edit", name, "--help").out
        assert offered == entry.masked, name
    assert "--keep" not in run("edit", "upscale", "--help").out
    assert "--mask-means" not in run("edit", "upscale", "--help").out
    ran = run("edit", "expand", photo, "-o", tmp_path / "o.png", "--left", "1.1", "--mask", mask)
    assert (ran.code, "mask had no effect" in ran.err) == (0, True)


def test_a_mask_given_as_erase_takes_it(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    ran = run("edit", "inpaint", photo, mask, "-o", tmp_path / "o.png")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert f"unexpected extra argument ({mask}); a mask is given as --mask {mask}" in ran.err
    ran = run("edit", "expand", photo, mask, photo, "-o", tmp_path / "o.png")
    assert f"unexpected extra arguments ({mask} {photo})\n" in ran.err


@pytest.mark.usefixtures("pack")
@pytest.mark.parametrize(
    "points",
    [
        ("--point", "35,25"),
        ("--points", "[[35, 25]]"),
        ("--point", "35,25", "--point", "[[48, 38]]"),
        ("--point", "35,25", "--not-point", "2,2"),
    ],
)
def test_points_are_given_one_by_one_or_as_a_list(
    run: Run, photo: Path, tmp_path: Path, points: tuple[str, ...]
) -> None:
    out = tmp_path / "mask.png"
    ran = run("edit", "select", photo, "-o", out, *points)
    assert (ran.code, ran.err) == (0, "")
    mask = np.asarray(Image.open(out).convert("L"))
    assert mask[20:40, 30:50].all()
    assert np.count_nonzero(mask) == 20 * 20


@pytest.mark.usefixtures("pack")
@pytest.mark.parametrize(
    ("points", "words"),
    [
        (("--point", "35"), "is not two whole numbers x,y"),
        (("--point", "-1,4"), "lies outside every picture"),
        (("--points", "[[1, 2]"), "is no json"),
        (("--points", "[1, 2]"), "points"),
        (("--point", "800,4"), "points: (800, 4) lies outside the picture of 80x60 px"),
        (("--point", "3,3"), "a second point"),
        ((), "points: say what is meant"),
    ],
)
def test_points_that_are_none(
    run: Run, photo: Path, tmp_path: Path, points: tuple[str, ...], words: str
) -> None:
    ran = run("edit", "select", photo, "-o", tmp_path / "mask.png", *points)
    assert ran.code == 2
    assert words in ran.err
    assert not (tmp_path / "mask.png").exists()
