"""Functions that follow words, by a real pipeline with random weights, through the whole server."""

import io
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.unit.models.conftest import tiny
from tests.wire.dashscope.conftest import Client, data_uri, png, served, settings_for

from cleanplate import discovery
from cleanplate.app import build
from cleanplate.engines import machine
from cleanplate.engines.pool import pool
from cleanplate.models import flux_klein
from cleanplate.models.diffusion import card
from cleanplate.wire.dashscope.imageedit import FUNCTIONS

pytest.importorskip("torch", reason="the extra `torch` is not installed: make test-torch")
pytest.importorskip("diffusers", reason="the extra `torch` is not installed: make test-torch")

from tests.unit.models.tiny import save_flux

pytestmark = pytest.mark.filterwarnings("ignore")

SUBMIT = "/api/v1/services/aigc/image2image/image-synthesis"
PROMPTED: dict[str, dict[str, Any]] = {
    "description_edit": {"strength": 0.7},
    "description_edit_with_mask": {},
    "doodle": {"is_sketch": False},
    "control_cartoon_feature": {},
}
MASKED = ("description_edit_with_mask", "wanx-x-painting")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A whole server whose one model for words is FLUX.2 klein with random weights."""
    shelf = tmp_path_factory.mktemp("weights")
    pipeline = tiny(flux_klein.PIPELINE)
    save_flux(shelf / pipeline.name)
    plug_in = ModuleType("tiny_flux")
    plug_in.MODEL = card(pipeline)  # type: ignore[attr-defined]  # a module is an open bag of names
    discovery._plugins["tiny_flux"] = plug_in
    before = dict(machine._chosen)
    app = build(settings_for(tmp_path_factory.mktemp("data"), models=shelf, painting_size="keep"))
    with served(app, lifespan="on") as base:
        client = Client(base)
        yield client
        client.session.close()
    pool().clear()
    machine._chosen.clear()
    machine._chosen.update(before)
    del discovery._plugins["tiny_flux"]


def body(function: str, **parameters: Any) -> dict[str, Any]:
    given = {
        "prompt": "a dog",
        "base_image_url": data_uri(png("photo")),
        "mask_image_url": data_uri(png("mask")),
    }
    if function in FUNCTIONS:
        sent = {"model": "wanx2.1-imageedit", "input": {"function": function, **given}}
    else:
        sent = {"model": function, "input": given}
    return {**sent, "parameters": {"n": 1, "seed": 7, **parameters}}


def ended(client: Client, sent: dict[str, Any]) -> Any:
    reply = client.post(SUBMIT, json=sent).json()
    path = f"/api/v1/tasks/{reply['output']['task_id']}"
    for _ in range(600):
        output = client.get(path).json()["output"]
        if output["task_status"] not in ("PENDING", "RUNNING"):
            return output
        time.sleep(0.1)
    raise AssertionError(output)


def pictures(client: Client, output: Any) -> list[NDArray[np.uint8]]:
    assert output["task_status"] == "SUCCEEDED", output
    urls = [result["url"] for result in output["results"]]
    files = [client.session.get(url, timeout=10).content for url in urls]
    return [np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files]


@pytest.mark.parametrize("function", [*PROMPTED, "wanx-x-painting"])
def test_each_function(client: Client, function: str) -> None:
    sent = body(function, **PROMPTED.get(function, {}))
    (after,) = pictures(client, ended(client, sent))
    before = np.asarray(Image.open(io.BytesIO(png("photo"))).convert("RGB"))
    assert after.shape == before.shape
    changed = (after != before).any(axis=2)
    assert changed.any()
    if function in MASKED:
        assert changed[18:43, 28:53].mean() > 0.9
        assert not changed[:10].any()
        assert not changed[:, 70:].any()


def test_n_gives_others_and_the_same_seed_the_same(client: Client) -> None:
    first, second = pictures(client, ended(client, body("description_edit", n=2)))
    assert (first != second).any()
    (again,) = pictures(client, ended(client, body("description_edit", seed=8)))
    assert (again == second).all()


def test_strength(client: Client) -> None:
    before = np.asarray(Image.open(io.BytesIO(png("photo"))).convert("RGB"))
    (same,) = pictures(client, ended(client, body("description_edit", strength=0)))
    (other,) = pictures(client, ended(client, body("description_edit", strength=1)))
    assert (same == before).all()
    assert (other != before).any()


def test_words_that_are_empty_are_an_erase(client: Client) -> None:
    sent = body("description_edit_with_mask")
    sent["input"]["prompt"] = ""
    (after,) = pictures(client, ended(client, sent))
    assert after[30, 40, 0] < 200


def test_a_task_can_be_cancelled_between_steps(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the native API: the vendor's cancels only what waits."""
    monkeypatch.setattr(flux_klein, "_STEPS", 4000)
    image = data_uri(png("photo")).partition(",")[2]
    sent = {"edit": "instruct", "image": image, "parameters": {"prompt": "a dog", "strength": 1}}
    path = f"/v1/edits/{client.post('/v1/edits', json=sent).json()['id']}"

    def becomes(state: str) -> bool:
        for _ in range(500):
            if client.get(path).json()["state"] == state:
                return True
            time.sleep(0.02)
        return False

    assert becomes("running")
    assert client.request("DELETE", path).status_code == 202
    assert becomes("cancelled")
