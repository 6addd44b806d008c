import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.analysis.figures import darkened, fallen, figure, painted, plain_ground

Run = Callable[..., Any]


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def red(path: Path) -> int:
    return int(pixels(path)[20:40, 30:50, 0].max())


def assert_refused(ran: Any, *words: str) -> None:
    """One clear line on stderr, exit code 2."""
    assert ran.code == 2
    assert ran.err.startswith("cleanplate: ")
    assert ran.err.count("\n") == 1, ran.err
    for word in words:
        assert word in ran.err


def test_erases_and_is_quiet_in_a_pipe(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    ran = run("erase", photo, mask, "-o", tmp_path / "out.png")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert red(tmp_path / "out.png") < 60


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp", "tiff"])
def test_the_suffix_names_the_format(run: Run, photo: Path, mask: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    assert run("erase", photo, mask, "-o", out).code == 0
    with Image.open(out) as image:
        assert image.format == {"jpg": "JPEG"}.get(suffix, suffix.upper())


def test_boxes_do_without_a_mask(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    run("erase", photo, "--box", "30,20,10,20", "--box", "40,20,10,20", "-o", tmp_path / "boxes.png")
    run("erase", photo, mask, "-o", tmp_path / "mask.png.png")
    assert (pixels(tmp_path / "boxes.png") == pixels(tmp_path / "mask.png.png")).all()


@pytest.mark.parametrize("option", ["--fast", "--no-dilate", "--label", "--engine=telea", "--seed=9"])
def test_every_option_changes_the_result(
    run: Run, photo: Path, mask: Path, tmp_path: Path, option: str
) -> None:
    plain, other = tmp_path / "plain.png", tmp_path / "other.png"
    assert run("erase", photo, mask, "-o", plain).code == 0
    assert run("erase", photo, mask, option, "-o", other).code == 0
    assert (pixels(plain) != pixels(other)).any()


def test_a_shadow_goes_along_and_is_told(run: Run, tmp_path: Path) -> None:
    shade = fallen(figure(), 1.0, 0.2, 1.5)
    rgb = painted(darkened(plain_ground(), shade), figure())
    Image.fromarray(rgb).save(tmp_path / "in.png")
    Image.fromarray(figure()).save(tmp_path / "mask.png")
    names = ("erase", tmp_path / "in.png", tmp_path / "mask.png", "--engine=telea", "-o")
    ran = run(*names, tmp_path / "out.png", "--effects")
    assert ran.code == 0
    assert ran.err.startswith("cleanplate: warning: effects: 1 shadow went too, ")
    core = (shade > 0.5) & ~figure()
    assert pixels(tmp_path / "out.png")[core].mean() > 1.3 * rgb[core].mean()
    assert run(*names, tmp_path / "plain.png").err == ""


def test_the_best_is_one_of_the_tries(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("best.png", "0.png", "1.png")]
    for out, options in zip(outs, (("--best", "2"), ("--seed", "0"), ("--seed", "1")), strict=True):
        assert run("erase", photo, mask, *options, "-o", out).code == 0
    best, *tries = (pixels(out) for out in outs)
    assert (tries[0] != tries[1]).any()
    assert any((best == one).all() for one in tries)


def test_keep_protects(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.png"
    Image.fromarray(np.repeat([[0] * 40 + [255] * 40], 60, axis=0).astype(np.uint8)).save(half)
    assert run("erase", photo, mask, "--keep", half, "-o", tmp_path / "out.png").code == 0
    assert (pixels(tmp_path / "out.png")[:, 40:] == pixels(photo)[:, 40:]).all()
    assert red(tmp_path / "out.png") == 250
    assert pixels(tmp_path / "out.png")[20:40, 30:40, 0].max() < 60


def test_streams(photo: Path, mask: Path) -> None:
    command = [sys.executable, "-m", "cleanplate", "erase", "-", str(mask), "-o", "-"]
    done = subprocess.run(command, input=photo.read_bytes(), capture_output=True, check=True)
    assert done.stderr == b""
    with Image.open(io.BytesIO(done.stdout)) as image:
        assert image.size == (80, 60)


def test_a_missing_file(run: Run, mask: Path, tmp_path: Path) -> None:
    assert_refused(
        run("erase", tmp_path / "no.png", mask, "-o", tmp_path / "out.png"), "no such file", "no.png"
    )
    assert not (tmp_path / "out.png").exists()


def test_a_text_file_named_png(run: Run, mask: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("this is no picture")
    assert_refused(run("erase", text, mask, "-o", tmp_path / "out.png"), "image", "not a picture")
    assert not (tmp_path / "out.png").exists()


def test_a_mask_of_another_size(run: Run, photo: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.png"
    Image.new("L", (90, 60), 255).save(wrong)
    assert_refused(run("erase", photo, wrong, "-o", tmp_path / "out.png"), "90", "80")
    assert not (tmp_path / "out.png").exists()


def test_a_full_disk(
    run: Run, photo: Path, mask: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Any, target: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("cleanplate.library.os.replace", full)
    before = set(tmp_path.iterdir())
    assert_refused(run("erase", photo, mask, "-o", tmp_path / "out.png"), "no space left", "out.png")
    assert set(tmp_path.iterdir()) == before, "a temporary file was left"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "what to remove"),
        (("--box", "1,2,3"), "x,y,w,h"),
        (("--box", "500,500,10,10"), "none of them touches the picture"),
        (("--box", "1,1,0,5"), "w and h must be at least 1"),
        (("--box", "1,1,5,5", "--engine", "magic"), "patchmatch, telea"),
        (("--box", "1,1,5,5", "--seed", "-1"), "--seed"),
        (("--box", "1,1,5,5", "--mask-dir", "nowhere"), "no folder"),
        (("--box", "0,0,80,60"), "whole picture"),
        (("--fill", "1"), "--fill"),
    ],
)
def test_bad_arguments(run: Run, photo: Path, tmp_path: Path, arguments: tuple[str, ...], word: str) -> None:
    assert_refused(run("erase", photo, *arguments, "-o", tmp_path / "out.png"), word)
    assert not (tmp_path / "out.png").exists()


def test_an_output_nobody_can_write(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    assert_refused(run("erase", photo, mask, "-o", tmp_path / "out.gif"), ".gif", ".png")
    assert_refused(run("erase", photo, mask, "-o", tmp_path / "nowhere" / "out.png"), "no folder")


def test_an_input_is_never_overwritten(run: Run, photo: Path, mask: Path) -> None:
    before = photo.read_bytes(), mask.read_bytes()
    assert_refused(run("erase", photo, mask, "-o", photo), "overwritten")
    assert_refused(run("erase", photo, mask, "-o", mask), "overwritten")
    assert (photo.read_bytes(), mask.read_bytes()) == before


class TestFolder:
    @pytest.fixture
    def photos(self, tmp_path: Path, photo: Path) -> Path:
        folder = tmp_path / "photos"
        folder.mkdir()
        for name in ("a.png", "b[1].jpg"):
            # JPEG's halved colours would carry the red square's over its border
            Image.open(photo).convert("RGB").save(folder / name, quality=95, subsampling=0)
        (folder / "notes.txt").write_text("not a picture, and not named like one")
        return folder

    def test_one_mask_for_all(self, run: Run, photos: Path, mask: Path, tmp_path: Path) -> None:
        ran = run("erase", photos, mask, "-o", tmp_path / "out")
        assert ran.code == 0
        assert "2 done, 0 failed, 1 skipped: notes.txt (not a picture)" in ran.err
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "b[1].jpg"]
        assert red(tmp_path / "out" / "a.png") < 60

    def test_a_mask_each(self, run: Run, photos: Path, mask: Path, tmp_path: Path) -> None:
        masks = tmp_path / "masks"
        masks.mkdir()
        for stem in ("a", "b[1]"):
            (masks / f"{stem}.png").write_bytes(mask.read_bytes())
        assert_refused(run("erase", photos, "--mask-dir", masks, "-o", masks), "overwritten")
        assert run("erase", photos, "--mask-dir", masks, "-o", tmp_path / "out").code == 0
        assert red(tmp_path / "out" / "b[1].jpg") < 60

    def test_a_bad_picture_is_named_and_the_rest_is_done(
        self, run: Run, photos: Path, mask: Path, tmp_path: Path
    ) -> None:
        (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
        ran = run("erase", photos, mask, "-o", tmp_path / "out")
        assert ran.code == 1
        assert "cleanplate: broken.png: " in ran.err
        assert "2 done, 1 failed, 1 skipped" in ran.err

    def test_a_missing_mask_is_named(self, run: Run, photos: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        ran = run("erase", photos, "--mask-dir", tmp_path / "empty", "-o", tmp_path / "out")
        assert ran.code == 1
        assert "there is no a.png" in ran.err

    def test_no_picture_or_no_folder_to_write_to(
        self, run: Run, photos: Path, mask: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        assert_refused(run("erase", tmp_path / "empty", mask, "-o", tmp_path / "out"), "no picture")
        assert_refused(run("erase", photos, mask, "-o", mask), "folder")
        assert_refused(run("erase", photos, mask, "-o", photos), "overwritten")


def _flipped(data: bytes) -> bytes:
    """One byte of a PNG's rows is another."""
    at = data.index(b"IDAT") + 40
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


def test_damaged_pictures_and_masks_are_refused(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    for name, source in (("photo", photo), ("mask", mask)):
        png = tmp_path / f"{name}.png"
        with Image.open(source) as image:
            image.save(png)
        (tmp_path / f"bad-{name}.png").write_bytes(_flipped(png.read_bytes()))
    out = tmp_path / "out.png"
    assert_refused(
        run("erase", tmp_path / "bad-photo.png", mask, "-o", out), "image: ", "broken or incomplete"
    )
    assert_refused(
        run("erase", photo, tmp_path / "bad-mask.png", "-o", out), "mask: ", "broken or incomplete"
    )
    assert not out.exists()


def test_a_bmp_keeps_its_opacity(run: Run, photo: Path, mask: Path, tmp_path: Path) -> None:
    with Image.open(photo) as image:
        rgba = image.convert("RGBA")
    rgba.putalpha(Image.linear_gradient("L").resize(rgba.size))
    rgba.save(tmp_path / "in.bmp")
    assert run("erase", tmp_path / "in.bmp", mask, "-o", tmp_path / "out.bmp").code == 0
    with Image.open(tmp_path / "out.bmp") as image:
        made = np.asarray(image.convert("RGBA"))
    assert (made[..., 3] == np.asarray(rgba)[..., 3]).all()
    assert (made[:10, :, :3] == np.asarray(rgba)[:10, :, :3]).all()


@pytest.mark.parametrize("suffix", ["gif", "avif"])
def test_still_gif_and_avif_are_read(run: Run, photo: Path, mask: Path, tmp_path: Path, suffix: str) -> None:
    with Image.open(photo) as image:
        image.save(tmp_path / f"in.{suffix}")
    out = tmp_path / "out.png"
    assert run("erase", tmp_path / f"in.{suffix}", mask, "-o", out).code == 0
    assert red(out) < 90


def test_it_waits_for_nothing_that_it_does_not_use(photo: Path, mask: Path, tmp_path: Path) -> None:
    """Each of these takes as long as the fill of a small picture, or longer."""
    heavy = ("numba", "onnxruntime", "ncnn", "torch", "rich", "asyncio", "ssl", "sqlalchemy", "starlette")
    own = ("cli.doctor", "cli.serve", "models.roles", "prompts.text_words", "metadata.xmp_cleaning")
    names = (*heavy, *(f"cleanplate.{name}" for name in own))
    program = (
        "import sys\n"
        "from cleanplate.cli.entry import main\n"
        "try:\n    main(sys.argv[1:])\n"
        f"finally:\n    print([name for name in {names!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", program, "erase", str(photo), str(mask), "-o", str(tmp_path / "out.png")]
    subprocess.run(command, check=True, capture_output=True)  # whatever is not compiled is now
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.usefixtures("pack")
def test_a_click_says_what_to_remove(run: Run, photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean.png"
    ran = run("erase", photo, "--point", "40,30", "--not-point", "3,3", "--engine", "telea", "-o", out)
    assert (ran.code, ran.err) == (0, "")
    after, before = np.asarray(Image.open(out)), np.asarray(Image.open(photo))
    assert after[20:40, 30:50, 0].max() < 200
    np.testing.assert_array_equal(after[:10], before[:10])
    for points in (("--point", "1,1"), ("--not-point", "1,1"), ("--point", "1;1"), ("--point", "99,1")):
        assert run("erase", photo, *points, "-o", tmp_path / "none.png").code == 2
    assert not (tmp_path / "none.png").exists()
