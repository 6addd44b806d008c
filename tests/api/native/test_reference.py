"""A second picture, `reference`: which edits take one, and every way that one is refused."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.api.native.conftest import EDITS, Client, problem
from tests.api.servers import KEY, png, served, settings_for
from tests.plugins import pack

from cleanplate.app import build


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of a server with a model for every role; its transfer mixes with the mean of the style."""
    plugins = Path(pack.__file__).parent
    app = build(settings_for(tmp_path_factory.mktemp("reference"), plugins=plugins))
    with served(app, lifespan="on") as base, Client.opened(base) as client:
        yield client


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (31, 17)) -> str:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def asked(**more: Any) -> dict[str, Any]:
    photo = base64.b64encode(png("photo")).decode()
    return {"edit": "transfer_style", "image": photo, "parameters": {"strength": 1}, **more}


def test_the_catalogue_says_which_edits_take_one(packed: Client) -> None:
    edits = packed.get("/v1/catalogue").json()["edits"]
    assert [one["name"] for one in edits if one["reference"]] == ["patch", "transfer_style"]


@pytest.mark.parametrize("form", ["text", "object", "uri", "url"])
def test_it_comes_in_each_form(packed: Client, pictures: str, form: str) -> None:
    green = plain((0, 200, 0))
    given: Any = {
        "text": green,
        "object": {"base64": green},
        "uri": f"data:image/png;base64,{green}",
        "url": {"url": f"{pictures}/photo.png"},
    }[form]
    edit = packed.ended(packed.post(EDITS, json=asked(reference=given)).json()["id"])
    assert edit["state"] == "succeeded", edit
    file = packed.get(f"{EDITS}/{edit['id']}/results/0").content
    made = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    assert made.shape == (64, 96, 3)
    if form != "url":
        assert (made == (0, 200, 0)).all()


def test_a_missing_one_and_one_too_many_are_refused(packed: Client) -> None:
    for body in (asked(), asked(reference=None), asked(reference="")):
        error = problem(packed.post(EDITS, json=body), 422, "bad-parameter")
        assert error["field"] == "reference"
        assert "needs a second picture" in error["message"]
    body = asked(edit="upscale", parameters={"factor": 2}, reference=plain((1, 2, 3)))
    error = problem(packed.post(EDITS, json=body), 422, "bad-parameter")
    assert (error["field"], "takes no second picture" in error["message"]) == ("reference", True)


@pytest.mark.parametrize("given", [7, ["x"], {"path": "/etc/passwd"}, "file:///etc/passwd", "no picture !"])
def test_what_is_no_picture_is_named(packed: Client, given: Any) -> None:
    error = problem(packed.post(EDITS, json=asked(reference=given)), 422, "bad-parameter")
    assert error["field"] == "reference"


def test_a_file_that_cannot_be_read_fails_the_edit(packed: Client, pictures: str) -> None:
    for given, code in (
        (base64.b64encode(b"\x89PNG\r\n\x1a\nnothing").decode(), "not-a-picture"),
        (plain((1, 1, 1), (8193, 1)), "picture-size"),
        (f"{pictures}/gone.png", "download-failed"),
        ("http://169.254.169.254/x.png", "download-failed"),
    ):
        edit = packed.ended(packed.post(EDITS, json=asked(reference=given)).json()["id"])
        assert (edit["state"], edit["error"]["code"]) == ("failed", code), edit
        assert edit["error"]["message"].startswith("reference")


def test_a_key_is_still_needed(packed: Client) -> None:
    assert KEY
    reply = packed.post(EDITS, json=asked(), headers={"Authorization": "Bearer nobody"})
    problem(reply, 401, "unauthorized")
