"""A new edit is one file: the one that docs/plugins.md shows, in Python and on the command line."""

import pkgutil
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.runtimes import here

import cleanplate
from cleanplate.cli.entry import cli
from cleanplate.discovery import ENTRY_POINTS
from cleanplate.errors import BadInput, NothingToErase
from cleanplate.fill.catalogue import inpainters
from cleanplate.models.catalogue import models
from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.runtime import Runtime
from cleanplate.settings import load

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text("utf-8")
NAME = "pixelate-of-the-page"
"""The package may get an edit that is called as the page's."""
SIDE = 8


def shown_file() -> str:
    """The edit of the page."""
    found = re.search(r'^```python\n("""pixelate\.py .*?)^```', PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1].replace('"pixelate"', f'"{NAME}"').replace("mask: pixelate", f"mask: {NAME}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plug-ins").mkdir()
    (tmp_path / "plug-ins" / "pixelate.py").write_text(shown_file())
    return tmp_path / "plug-ins"


@pytest.fixture
def pixelate(folder: Path) -> Callable[..., cleanplate.Result]:
    runtime = Runtime.from_settings(load(plugins=str(folder)))

    def call(*pictures: Rgb8, **options: Any) -> cleanplate.Result:
        return cleanplate.edit(NAME, *pictures, side_px=SIDE, runtime=runtime, **options)

    return call


def photo() -> Rgb8:
    return np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)


def mask(*, left: int = 16, right: int = 48) -> Rgb8:
    flags = np.zeros((64, 96, 3), np.uint8)
    flags[16:48, left:right] = 255
    return flags


def test_squares_under_the_mask_and_nothing_else(pixelate: Callable[..., cleanplate.Result]) -> None:
    seen: list[tuple[str, float]] = []
    done = pixelate(photo(), mask(), feather_px=0, progress=lambda *told: seen.append(told))
    painted = mask()[..., 0] > 0
    assert (done.array()[16 : 16 + SIDE, 16 : 16 + SIDE] == done.array()[16, 16]).all()
    assert (done.array()[~painted] == photo()[~painted]).all()
    assert (done.array() != photo()).any()
    assert done.recipe["engine"] == NAME
    assert len(done.recipe["crops"]) == 1
    assert done.recipe["changed_outside_mask"] == 0
    assert done.warnings == ()
    assert (NAME, 0.0) in seen


def test_the_edge_is_soft_outside_the_mask(pixelate: Callable[..., cleanplate.Result]) -> None:
    changed = (pixelate(photo(), mask(), feather_px=4).array() != photo()).any(2)
    assert changed[12:16, 16:48].any()
    changed[12:52, 12:52] = False
    assert not changed.any()


def test_keep_wins(pixelate: Callable[..., cleanplate.Result]) -> None:
    kept = mask(left=32, right=96)
    done = pixelate(photo(), mask(), keep=kept)
    assert (done.array()[kept > 0] == photo()[kept > 0]).all()
    assert (done.array() != photo()).any()
    with pytest.raises(NothingToErase, match="keep"):
        pixelate(photo(), mask(), keep=mask())


def test_masks_of_nothing_and_of_everything(pixelate: Callable[..., cleanplate.Result]) -> None:
    with pytest.raises(NothingToErase):
        pixelate(photo(), np.zeros_like(photo()))
    with pytest.raises(BadInput, match="needs a mask"):
        pixelate(photo())
    (warning,) = pixelate(photo(), np.full_like(photo(), 255), mask_means="white").warnings
    assert "covers 99 % of the picture" in warning


def test_the_command_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(folder))
    image, drawn, out = (str(tmp_path / name) for name in ("photo.png", "mask.png", "out.png"))
    Image.fromarray(photo()).save(image)
    Image.fromarray(mask()).save(drawn)
    told = CliRunner().invoke(cli, ["edit", NAME, "--help"]).output
    for option in ("--side-px", "--feather-px", "--mask", "--keep"):
        assert option in told
    assert "of a square" in told
    as_erase = CliRunner().invoke(cli, ["edit", NAME, image, drawn, "-o", out])
    assert as_erase.exit_code == 2
    assert f"a mask is given as --mask {drawn}" in " ".join(as_erase.output.split())
    asked = ["edit", NAME, image, "-o", out, "--mask", drawn, "--side-px", str(SIDE)]
    assert CliRunner().invoke(cli, asked).exit_code == 0
    made = np.asarray(Image.open(out))
    assert (made[20:24, 20:24] == made[20, 20]).all()


@pytest.mark.parametrize("name", sorted({*re.findall(r"`(cleanplate\.[A-Za-z_.]+)", PAGE)} - {ENTRY_POINTS}))
def test_what_plug_ins_may_import_is_there(name: str) -> None:
    pkgutil.resolve_name(name)


def test_the_ranks_of_the_page_are_those_of_the_package() -> None:
    ranks = {model.name: model.rank for model in models(here()).values()}
    ranks |= {name: one.facts.rank for name, one in inpainters(here()).items()}
    told = {
        name: int(rank) for name, rank in re.findall(r"`([\w-]+)` (-?\d+)", PAGE.partition("## Ranks")[2])
    }
    assert told
    assert told == {name: rank for name, rank in ranks.items() if name in told}
