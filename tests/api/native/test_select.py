"""Clicks over HTTP: the outline as a mask, and as what an erase takes away."""

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.native.conftest import EDITS, ENDED, Client, encoded, problem
from tests.conftest import PACK

SELECTIONS = "/v1/selections"
TIMEOUT_S = 60.0


@pytest.fixture(scope="module")
def packed(running: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("select"), plugins=PACK) as client:
        yield client


def ended(client: Client, edit: str, **parameters: Any) -> Any:
    sent = {"edit": edit, "image": encoded("photo"), "parameters": parameters}
    reply = client.post(EDITS, json=sent)
    assert reply.status_code == 202, reply.text
    deadline_s = time.monotonic() + TIMEOUT_S
    while (found := client.get(f"{EDITS}/{reply.json()['id']}").json())["state"] not in ENDED:
        assert time.monotonic() < deadline_s, found
        time.sleep(0.02)
    return found


def picture(edit: Any) -> Any:
    (result,) = edit["results"]
    data = requests.get(result["url"], timeout=10).content
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_click_becomes_a_mask_and_an_erase(packed: Client) -> None:
    photo = picture(ended(packed, "erase", boxes=[[0, 0, 1, 1]], dilate_px=0, feather_px=0))
    height, width = photo.shape[:2]
    red = photo[..., 0].astype(int) - photo[..., 1] > 100
    y, x = (int(one) for one in np.argwhere(red)[red.sum() // 2])
    done = ended(packed, "select", points=[[x, y]])
    mask = picture(done)
    assert mask.shape == (height, width, 3)
    np.testing.assert_array_equal(mask[..., 0] == 255, red)
    recipe = done["results"][0]["recipe"]
    assert recipe["candidate"] == 1
    assert len(recipe["candidates"]) == 2
    clean = picture(ended(packed, "erase", points=[[x, y]], engine="telea"))
    assert (clean[..., 0].astype(int) - clean[..., 1] > 100).mean() < red.mean() / 2


def test_an_outline_is_answered_at_once(packed: Client) -> None:
    photo = picture(ended(packed, "erase", boxes=[[0, 0, 1, 1]], dilate_px=0, feather_px=0))
    red = photo[..., 0].astype(int) - photo[..., 1] > 100
    y, x = (int(one) for one in np.argwhere(red)[red.sum() // 2])
    sent = {"image": encoded("photo"), "parameters": {"points": [[x, y]]}}
    reply = packed.post(SELECTIONS, json=sent)
    assert reply.status_code == 200, reply.text
    assert (reply.json()["edit"], reply.json()["state"]) == ("select", "succeeded")
    np.testing.assert_array_equal(picture(reply.json())[..., 0] == 255, red)
    for parameters, code, words in (
        ({"points": [[0, 0]]}, "bad-input", "second point"),
        ({"points": [[9999, 0]]}, "bad-parameter", "outside the picture"),
        ({"points": [[-1, 0]]}, "bad-parameter", "points"),
        ({"seed": 1}, "bad-parameter", "say what is meant"),
    ):
        refused = packed.post(SELECTIONS, json={"image": encoded("photo"), "parameters": parameters})
        assert words in problem(refused, 422, code)["message"]
    problem(packed.post(SELECTIONS, json={"image": encoded("photo")}), 422, "bad-parameter")
    problem(packed.post(SELECTIONS, json={"parameters": {"points": [[1, 1]]}}), 422, "bad-parameter")


def test_failures_in_words(packed: Client) -> None:
    failed = ended(packed, "select", points=[[0, 0]])
    assert failed["state"] == "failed"
    assert failed["error"]["code"] == "bad-input"
    assert "second point" in failed["error"]["message"]
    failed = ended(packed, "select", points=[[9999, 0]])
    assert failed["error"]["code"] == "bad-parameter"
    assert "outside the picture" in failed["error"]["message"]
    failed = ended(packed, "select", find="nothing at all")
    assert "nothing in the picture matches 'nothing at all'" in failed["error"]["message"]


@pytest.mark.parametrize(
    "parameters",
    [{"points": [[-1, 0]]}, {"points": "here"}, {"points": [[1, 2]] * 200}, {"box": [4, 4, 2, 9]}, {"x": 1}],
)
def test_bad_parameters_are_refused_at_once(packed: Client, parameters: Any) -> None:
    sent = {"edit": "select", "image": encoded("photo"), "parameters": parameters}
    problem(packed.post(EDITS, json=sent), 422, "bad-parameter")


def test_the_catalogue_has_its_schema(packed: Client) -> None:
    cards = packed.get("/v1/catalogue").json()
    listed = {card["name"]: card for card in (cards if isinstance(cards, list) else cards["edits"])}
    assert set(listed["select"]["parameters"]["properties"]) >= {"points", "not_points", "box", "candidate"}


def test_without_the_model_the_submit_says_so(running: Callable[..., Any], tmp_path: Path) -> None:
    with running(tmp_path / "data", models=tmp_path / "none") as client:
        for edit in ("select", "erase"):
            sent = {"edit": edit, "image": encoded("photo"), "parameters": {"points": [[1, 1]]}}
            error = problem(client.post(EDITS, json=sent), 422, "not-available")
            assert "cleanplate models pull mobilesam" in error["message"]
