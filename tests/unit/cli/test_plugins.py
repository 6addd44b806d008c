"""Plug-ins in commands and functions that do without a server."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.conftest import PACK

import cleanplate
from cleanplate import library, settings
from cleanplate.app import build
from cleanplate.errors import SetupError

Run = Callable[..., Any]

_INPAINTER = """
from cleanplate.fill.network_inpainter import NetworkInpainter
from cleanplate.weights.card import Card
INPAINTER = NetworkInpainter(Card({!r}, "MIT"), lambda job: job.rgb, rank=-1)
"""
_MODEL = """
from cleanplate.models.base import Model
from cleanplate.weights.card import Card
MODEL = Model(Card({!r}, "MIT"), ())
"""
_EDIT = """
from cleanplate.edits.base import Edit, Parameters
EDIT = Edit({!r}, "nothing", Parameters, lambda request: None)
"""


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator sets."""
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(PACK))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "mine.py").write_text("import no_such_module\n")
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(folder))


@pytest.mark.usefixtures("packed")
def test_erase_fills_by_the_best_that_plug_ins_bring(
    run: Run, photo: Path, mask: Path, tmp_path: Path
) -> None:
    made = []
    for more in ((), ("--engine", "test-pack"), ("--engine", "patchmatch")):
        out = tmp_path / "out.png"
        assert run("erase", photo, mask, "-o", out, *more).code == 0
        made.append(np.asarray(Image.open(out)))
    assert (made[0] == made[1]).all()
    assert (made[0] != made[2]).any()


@pytest.mark.usefixtures("packed")
def test_the_library_does_too(photo: Path, mask: Path) -> None:
    for result in (
        cleanplate.erase(photo, mask),
        library.edit("inpaint", photo, mask=mask),
        library.edit("expand", photo, left=1.2),
    ):
        assert result.recipe["engine"] == "test-pack"
        assert result.recipe["model"] == {"name": "test-pack", "sha256": "0" * 64}


def test_a_setting_without_a_server(monkeypatch: pytest.MonkeyPatch, photo: Path, mask: Path) -> None:
    monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", "telea")
    assert cleanplate.erase(photo, mask).recipe["engine"] == "telea"
    assert cleanplate.erase(photo, mask, engine="patchmatch").recipe["engine"] == "patchmatch"


def test_a_setting_that_names_nobody(
    run: Run, monkeypatch: pytest.MonkeyPatch, photo: Path, mask: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLEANPLATE_FILL_ENGINE", "photoshop")
    ran = run("erase", photo, mask, "-o", tmp_path / "out.png")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("cleanplate: CLEANPLATE_FILL_ENGINE: there is no 'photoshop'")


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    "arguments",
    [
        ("erase", "PHOTO", "MASK", "-o", "OUT.png"),
        ("erase", "FOLDER", "MASK", "-o", "OUT"),
        ("edit", "expand", "PHOTO", "-o", "OUT.png"),
        ("unmark", "FOLDER", "-o", "OUT"),
    ],
    ids=["erase", "a folder", "edit", "unmark"],
)
def test_a_broken_plug_in_is_one_line(
    run: Run, photo: Path, mask: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(photo.read_bytes())
    words = {
        "PHOTO": photo,
        "MASK": mask,
        "FOLDER": folder,
        "OUT": tmp_path / "o",
        "OUT.png": tmp_path / "o.png",
    }
    ran = run(*(words.get(word, word) for word in arguments))
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert "mine.py cannot be loaded: ModuleNotFoundError" in ran.err
    assert not (tmp_path / "o.png").exists()


@pytest.mark.usefixtures("broken")
def test_a_broken_plug_in_in_the_library(photo: Path, mask: Path) -> None:
    for _ in range(2):
        with pytest.raises(SetupError, match=r"mine\.py cannot be loaded"):
            cleanplate.erase(photo, mask)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("MODEL = 'lama'", "cannot be used: MODEL is no Model"),
        ("from cleanplate.models.span import MODEL", "'span' is the name of another Model"),
        (
            "from cleanplate.fill.inpainters.telea import INPAINTER",
            "'telea' is the name of another Inpainter",
        ),
        ("EDIT = 3", "odd.py cannot be used: EDIT is no Edit"),
        ("from cleanplate.fill.network_inpainter import NetworkInpainter as INPAINTER", "is no Inpainter"),
        ("DIALECT = 3", "cannot be used: DIALECT is no Dialect"),
        (_INPAINTER.format("auto"), "INPAINTER: 'auto' has a meaning of its own"),
        (_INPAINTER.format(""), "INPAINTER: '' is no name"),
        (_EDIT.format("two words"), "EDIT: 'two words' is no name"),
        (_MODEL.format("../up"), "MODEL: '../up' is no name"),
    ],
)
def test_a_plug_in_that_does_not_fit_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, photo: Path, tmp_path: Path, text: str, told: str
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "odd.py").write_text(text)
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(folder))
    for command in ("erase", "edit", "models", "doctor"):
        arguments: dict[str, list[str | Path]] = {
            "erase": [photo, "--box", "10,10,5,5", "-o", tmp_path / "o.png"],
            "edit": ["expand", photo, "-o", tmp_path / "o.png", "--left", "1.1"],
            "models": ["list"],
            "doctor": ["--data", tmp_path],
        }
        ran = run(command, *arguments[command])
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran
        assert told in ran.err
    if "DIALECT" not in text:
        with pytest.raises(SetupError, match=told.replace(".", r"\.")):
            cleanplate.erase(photo, boxes=[(10, 10, 15, 15)])
    with pytest.raises(SetupError, match=told.replace(".", r"\.")):
        build(settings.load(data=tmp_path / "data"))


def test_a_plug_in_that_adds_nothing_is_told_of(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    photo: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "idle"
    folder.mkdir()
    (folder / "idle.py").write_text("EDITS = ()")
    (folder / "_shared.py").write_text("WIDTH = 3")
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(folder))
    for arguments in (
        ("erase", photo, "--box", "10,10,5,5", "-o", tmp_path / "o.png"),
        ("edit", "expand", photo, "-o", tmp_path / "o.png", "--left", "1.1"),
        ("models", "list"),
        ("doctor", "--data", tmp_path),
    ):
        ran = run(*arguments)
        assert (ran.code, ran.err.count("\n")) == (0, 1), ran
        assert ran.err.startswith("cleanplate: warning: the plug-in ")
        assert "idle.py adds nothing: it has none of MODEL, EDIT, INPAINTER and DIALECT" in ran.err
    caplog.clear()
    build(settings.load(data=tmp_path / "data"))
    assert "idle.py adds nothing" in caplog.text


@pytest.mark.usefixtures("packed")
def test_help_lists_what_can_be_named(run: Run) -> None:
    told = " ".join(run("erase", "--help").out.split())
    assert "Here: auto, patchmatch, telea, test-pack." in told


@pytest.mark.usefixtures("broken")
def test_help_comes_whatever_is_broken(run: Run) -> None:
    ran = run("erase", "--help")
    assert ran.code == 0
    assert "Here: auto, patchmatch, telea." in " ".join(ran.out.split())


def test_help_loads_no_runtime() -> None:
    script = (
        "import sys; from click.testing import CliRunner; from cleanplate.cli.entry import cli\n"
        "assert CliRunner().invoke(cli, ['erase', '--help']).exit_code == 0\n"
        "print([m for m in ('numba', 'onnxruntime', 'ncnn', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
