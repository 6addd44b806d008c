"""Words instead of a mask, engines and models by name: the other APIs on models that have to be pulled."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.api.native.conftest import EDITS, encoded, problem
from tests.api.novita.conftest import Client as Novita
from tests.api.servers import png
from tests.pulled.conftest import PHOTO, THING, WHY, Server
from tests.unit.fill.inpainters.graphs import LAMA_COLOUR, MIGAN_COLOUR

from cleanplate.models import grounding
from cleanplate.pixels.masks import dilate

pytest.importorskip("torch", reason=WHY)

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def client(server: Server) -> Any:
    with Novita.opened(server.client.base) as client:
        yield client


def test_novita_erases_what_words_name(server: Server, client: Novita) -> None:
    """Exactly what `/v1/regions` shows for the same words, and its soft edge."""
    region = server.found(THING)
    assert 0 < region.mean() < 1
    reply = client.erased(mask=None, prompt=THING, output_format="png")
    assert reply["task"]["status"] == "TASK_STATUS_SUCCEED", reply
    after = server.fetched(reply["images"][0]["image_url"])
    changed = (after != PHOTO).any(axis=2)
    assert changed.any()
    assert not (changed & ~dilate(region, 16)).any()


def test_novita_tells_that_nothing_is_there(client: Novita, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounding, "LEAST_SCORE", 1.01)
    reply = client.erased(mask=None, prompt="a dog")
    assert reply["task"]["status"] == "TASK_STATUS_FAILED"
    assert "a dog" in reply["task"]["reason"]


@pytest.mark.parametrize(("engine", "colour"), [("lama", LAMA_COLOUR), ("migan", MIGAN_COLOUR)])
def test_erase_through_a_graph(server: Server, engine: str, colour: tuple[float, ...]) -> None:
    after, recipe = server.edited("erase", mask=True, engine=engine, tone=0, grain=0)
    assert recipe["engine"] == recipe["model"]["name"] == engine
    assert recipe["model"]["sha256"]
    assert recipe["changed_outside_mask"] == 0
    assert np.abs(np.median(after[20:40, 30:50], axis=(0, 1)) - colour).max() <= 8
    assert (after[:, 70:] == PHOTO[:, 70:]).all()


@pytest.mark.parametrize("name", ["tiny-flux-klein", "tiny-qwen-edit", "tiny-sdxl-inpaint"])
def test_a_model_by_its_name(server: Server, name: str) -> None:
    after, recipe = server.edited("inpaint", mask=True, prompt="a dog", negative_prompt="cat", model=name)
    assert recipe["model"]["name"] == name
    assert recipe["changed_outside_mask"] == 0
    assert (after[20:40, 30:50] != PHOTO[20:40, 30:50]).any()
    assert (after[:, 70:] == PHOTO[:, 70:]).all()


@pytest.mark.parametrize("edit", ["instruct", "stylize", "doodle", "character"])
def test_qwen_plays_its_other_roles(server: Server, edit: str) -> None:
    after, recipe = server.edited(edit, prompt="a dog", model="tiny-qwen-edit")
    assert recipe["model"]["name"] == "tiny-qwen-edit"
    assert after.shape == PHOTO.shape
    assert (after != PHOTO).any()


def test_a_colourist_by_its_name_and_one_that_is_none(server: Server) -> None:
    _, recipe = server.edited("colorize", model="tiny-ddcolor")
    assert recipe["model"]["name"] == "tiny-ddcolor"
    sent = {"edit": "colorize", "image": encoded("photo"), "parameters": {"model": "tiny-flux-klein"}}
    refused = problem(server.client.post(EDITS, json=sent), 422, "bad-parameter")
    assert "tiny-flux-klein" in refused["message"]


def test_transparency_survives_words(server: Server) -> None:
    picture = Image.open(io.BytesIO(png("photo"))).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    sent = {
        "edit": "instruct",
        "image": base64.b64encode(stream.getvalue()).decode(),
        "parameters": {"prompt": "a dog"},
    }
    done = server.ended(server.client.post(EDITS, json=sent).json()["id"])
    data = server.client.session.get(done["results"][0]["url"], timeout=10).content
    after = Image.open(io.BytesIO(data))
    assert after.mode == "RGBA"
    assert (np.asarray(after)[..., 3] == np.asarray(picture)[..., 3]).all()
