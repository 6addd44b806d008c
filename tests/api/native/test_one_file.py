"""The promise of the recipes: a new edit is one file, a new model is one file, and everything knows them."""

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.api.native.conftest import EDITS, Client, encoded

from cleanplate.cli.entry import cli

_EDIT = '''
"""Squares: large squares of one colour each."""

import cv2
import numpy as np
from pydantic import Field

from cleanplate.edits.base import Edit, Edited, EditRequest, Parameters
from cleanplate.pixels.types import Pixels


class SquaresParameters(Parameters):
    """What `squares-of-a-test` can be told.

    Attributes:
        side_px: of a square.
    """

    side_px: int = Field(8, ge=2, le=64)


def run(request: EditRequest) -> Edited:
    height, width = request.pixels.rgb.shape[:2]
    side = request.parameters.side_px
    small = cv2.resize(request.pixels.rgb, (width // side, height // side), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return Edited(Pixels(np.asarray(large)), {"engine": "opencv", "seed": request.parameters.seed})


EDIT = Edit("squares-of-a-test", "large squares of one colour each", SquaresParameters, run)
'''

_MODEL = '''
"""Sepia: colours a grey picture brown."""

import numpy as np

from cleanplate.models.base import Model
from cleanplate.models.jobs import ColorizeJob
from cleanplate.models.roles import COLORIZE, Ability
from cleanplate.weights.card import Card


def colorize(job: ColorizeJob):
    job.progress(0.5)
    grey = job.rgb.mean(2, keepdims=True)
    return np.clip(grey * [1.0, 0.8, 0.6], 0, 255).astype(np.uint8)


CARD = Card("sepia-of-a-test", "CC0-1.0", "brown", sha256="5e" * 32)
MODEL = Model(CARD, (Ability(COLORIZE, colorize),), rank=1000)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "squares.py").write_text(_EDIT)
    (plugins / "sepia.py").write_text(_MODEL)
    monkeypatch.setenv("CLEANPLATE_PLUGINS", str(plugins))
    return plugins


def picture(client: Client, edit: dict[str, Any]) -> Any:
    done = client.ended(client.post(EDITS, json=edit).json()["id"])
    assert done["state"] == "succeeded", done
    (result,) = done["results"]
    return result["recipe"], np.asarray(Image.open(BytesIO(client.session.get(result["url"]).content)))


def test_both_work_through_the_server(folder: Path, tmp_path: Path, running: Callable[..., Any]) -> None:
    plain = np.asarray(Image.open(BytesIO(base64.b64decode(encoded("photo")))).convert("RGB"))
    with running(tmp_path / "data", plugins=folder) as client:
        listed = {entry["name"] for entry in client.get("/v1/catalogue").json()["edits"]}
        assert "squares-of-a-test" in listed
        body = {"edit": "squares-of-a-test", "image": encoded("photo"), "parameters": {"side_px": 16}}
        _, squares = picture(client, body)
        assert squares.shape == plain.shape
        assert (squares[:16, :16] == squares[0, 0]).all()
        recipe, brown = picture(client, {"edit": "colorize", "image": encoded("photo")})
        assert recipe["model"] == {"name": "sepia-of-a-test", "sha256": "5e" * 32}
        assert (brown[..., 0] >= brown[..., 2]).all()


@pytest.mark.usefixtures("folder")
def test_both_work_on_the_command_line(tmp_path: Path) -> None:
    photo, out = tmp_path / "photo.png", tmp_path / "out.png"
    photo.write_bytes(base64.b64decode(encoded("photo")))
    runner = CliRunner()
    assert "--side-px" in runner.invoke(cli, ["edit", "squares-of-a-test", "--help"]).output
    done = runner.invoke(cli, ["edit", "squares-of-a-test", str(photo), "-o", str(out), "--side-px", "16"])
    assert done.exit_code == 0, done.output
    squares = np.asarray(Image.open(out))
    assert (squares[:16, :16] == squares[0, 0]).all()
