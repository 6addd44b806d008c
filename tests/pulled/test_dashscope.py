"""DashScope's functions on models that have to be pulled, from the request to the picture."""

import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.api.dashscope.conftest import SUBMIT
from tests.api.servers import data_uri, png
from tests.pulled.conftest import PHOTO, TIMEOUT_S, WHY, Rgb, Server

from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS
from cleanplate.models import flux_klein, grounding

pytest.importorskip("torch", reason=WHY)

# What the libraries warn of is about their own next versions.
pytestmark = pytest.mark.filterwarnings("ignore")

MASKED = ("description_edit_with_mask", "wanx-x-painting")
PROMPTED: dict[str, dict[str, Any]] = {
    "description_edit": {"strength": 0.7},
    "description_edit_with_mask": {},
    "doodle": {"is_sketch": False},
    "control_cartoon_feature": {},
    "stylization_all": {"strength": 0.5},
    "wanx-x-painting": {},
}
HOLE = (slice(18, 43), slice(28, 53))


def body(function: str, prompt: str = "a dog", **parameters: Any) -> dict[str, Any]:
    given = {
        "prompt": prompt,
        "base_image_url": data_uri(png("photo")),
        "mask_image_url": data_uri(png("mask")),
    }
    asked = {"n": 1, "seed": 7, **parameters}
    if function in FUNCTIONS:
        given["function"] = function
        return {"model": "wanx2.1-imageedit", "input": given, "parameters": asked}
    return {"model": function, "input": given, "parameters": asked}


def ended(server: Server, sent: dict[str, Any]) -> Any:
    """`output` of the task once it has ended."""
    reply = server.client.post(SUBMIT, json=sent).json()
    path = f"/api/v1/tasks/{reply['output']['task_id']}"
    deadline_s = time.monotonic() + TIMEOUT_S
    while (output := server.client.get(path).json()["output"])["task_status"] in ("PENDING", "RUNNING"):
        assert time.monotonic() < deadline_s, output
        time.sleep(0.05)
    return output


def pictures(server: Server, output: Any) -> list[Rgb]:
    assert output["task_status"] == "SUCCEEDED", output
    return [server.fetched(result["url"]) for result in output["results"]]


def made(server: Server, function: str, prompt: str = "a dog", **parameters: Any) -> tuple[Rgb, Any]:
    """The one result, and its recipe."""
    output = ended(server, body(function, prompt, **parameters))
    (picture,) = pictures(server, output)
    return picture, server.recipe(output["task_id"])


@pytest.mark.parametrize("function", PROMPTED)
def test_each_function_that_follows_words(server: Server, function: str) -> None:
    after, recipe = made(server, function, **PROMPTED[function])
    assert recipe["model"]["name"] == "tiny-flux-klein"
    assert after.shape == PHOTO.shape
    changed = (after != PHOTO).any(axis=2)
    assert changed.any()
    if function in MASKED:
        assert recipe["changed_outside_mask"] == 0
        assert changed[HOLE].mean() > 0.9
        assert not changed[:10].any()
        assert not changed[:, 70:].any()


def test_n_gives_others_and_the_same_seed_the_same(server: Server) -> None:
    first, second = pictures(server, ended(server, body("description_edit", n=2)))
    assert (first != second).any()
    again, _ = made(server, "description_edit", seed=8)
    assert (again == second).all()


def test_strength(server: Server) -> None:
    same, _ = made(server, "description_edit", strength=0)
    half, _ = made(server, "description_edit", strength=0.5)
    other, _ = made(server, "description_edit", strength=1)
    assert (same == PHOTO).all()
    assert (other != PHOTO).any()
    assert (other != half).any()


@pytest.mark.parametrize("prompt", ["", "  "])
def test_words_that_are_empty_are_an_erase(server: Server, prompt: str) -> None:
    after, recipe = made(server, "description_edit_with_mask", prompt)
    assert recipe["model"] is None
    assert recipe["engine"] == "patchmatch"
    assert after[30, 40, 0] < 200


def test_a_sketch_is_painted_as_it_is(server: Server) -> None:
    """Of a photo the lines are found first."""
    sketch, _ = made(server, "doodle", is_sketch=True)
    photo, _ = made(server, "doodle", is_sketch=False)
    assert (sketch != photo).any()


def test_expand_with_words(server: Server) -> None:
    """The model makes what is new, and every old value stays; without words what fills wide holes does."""
    after, recipe = made(server, "expand", "a field", left_scale=1.5, top_scale=1.25)
    assert recipe["model"]["name"] == "tiny-flux-klein"
    assert recipe["changed_outside_mask"] == 0
    assert after.shape == (64 + 16, 96 + 48, 3)
    assert (after[16:, 48:] == PHOTO).all()
    other, _ = made(server, "expand", "a lake", left_scale=1.5, top_scale=1.25)
    assert (other[:, :48] != after[:, :48]).any()
    _, recipe = made(server, "expand", "", left_scale=1.5)
    assert (recipe["model"]["name"], recipe["engine"]) == ("lama", "lama")


def chroma(rgb: Rgb) -> NDArray[np.float64]:
    """(H, W, 2): how far red and blue are from grey."""
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    return np.stack([rgb[..., 0] - luma, rgb[..., 2] - luma], axis=2)


def test_colorization(server: Server) -> None:
    after, recipe = made(server, "colorization", "")
    assert recipe["model"]["name"] == "tiny-ddcolor"
    assert after.shape == PHOTO.shape
    luma = np.array([0.299, 0.587, 0.114])
    assert np.abs(after @ luma - PHOTO @ luma).max() <= 1.5
    assert np.abs(chroma(after)).max() > 3


def test_colours_of_the_words(server: Server) -> None:
    """The finder says where the thing is, and it is tinted there."""
    blue, recipe = made(server, "colorization", "a blue disc")
    assert recipe["colours"] == [{"colour": "blue", "of": "disc", "found": True, "why": ""}]
    red, _ = made(server, "colorization", "a red disc")
    apart = chroma(red) - chroma(blue)
    disc = apart[24:40, 40:56].reshape(-1, 2)
    assert np.median(disc[:, 0]) > 5
    assert np.median(disc[:, 1]) < -5
    assert np.abs(apart[:, :8]).max() < 1


def test_a_named_object_gets_its_material(server: Server) -> None:
    after, recipe = made(server, "stylization_local", "turn the dog on the left into ice")
    assert recipe["region"]["by"] == "words"
    assert recipe["region"]["model"]["name"] == "tiny-grounding"
    assert recipe["changed_outside_mask"] == 0
    share = (after != PHOTO).any(axis=2).mean()
    assert 0.2 < share < 0.9


def test_an_object_that_is_not_there(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clear error, and no region at random."""
    monkeypatch.setattr(grounding, "LEAST_SCORE", 1.01)
    output = ended(server, body("stylization_local", "turn the dog into ice"))
    assert output["task_status"] == "FAILED"
    assert "dog" in output["message"]


def test_memory_that_does_not_suffice(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """One task fails, clearly; the next is well."""
    import torch

    tries: list[tuple[int, int]] = []

    def starved(self: Any, **given: Any) -> Any:
        tries.append(given["image"][0].size)
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    from diffusers import Flux2KleinInpaintPipeline

    with monkeypatch.context() as patch:
        patch.setattr(Flux2KleinInpaintPipeline, "__call__", starved)
        output = ended(server, body("description_edit"))
    assert output["task_status"] == "FAILED"
    assert "memory" in output["message"]
    assert len(tries) == 2
    assert tries[1] < tries[0]
    made(server, "description_edit")


def test_a_task_can_be_cancelled_between_steps(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the native API: the vendor's cancels only what waits."""
    monkeypatch.setattr(flux_klein, "_STEPS", 4000)
    image = data_uri(png("photo")).partition(",")[2]
    sent = {"edit": "instruct", "image": image, "parameters": {"prompt": "a dog", "strength": 1}}
    path = f"/v1/edits/{server.client.post('/v1/edits', json=sent).json()['id']}"

    def becomes(state: str) -> bool:
        for _ in range(500):
            if server.client.get(path).json()["state"] == state:
                return True
            time.sleep(0.02)
        return False

    assert becomes("running")
    assert server.client.request("DELETE", path).status_code == 202
    assert becomes("cancelled")
