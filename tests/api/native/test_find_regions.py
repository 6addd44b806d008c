"""`/v1/regions`: what words mean in a picture, answered in the request that asks."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.native.conftest import EDITS, TEST_KEY, Client, encoded, problem
from tests.api.servers import served, settings_for
from tests.unit.text.lettering import ground, written

from cleanplate.app import build

REGIONS = "/v1/regions"


def sign() -> str:
    data = io.BytesIO()
    Image.fromarray(written(ground(160, 320), "PARKING", (60, 90), (20, 20, 20), 1.4)).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Of a server without a worker, which waits a moment only."""
    app = build(settings_for(tmp_path_factory.mktemp("regions"), sync_timeout_s=0.1))
    with served(app, lifespan="off") as base, Client.opened(base) as client:
        yield client
    app.state.close()


def test_a_picture_in_the_body(live: Client) -> None:
    reply = live.post(REGIONS, json={"image": sign(), "find": "the text"})
    assert reply.status_code == 200, reply.text
    edit = reply.json()
    assert (edit["edit"], edit["state"]) == ("regions", "succeeded")
    (result,) = edit["results"]
    assert (result["width"], result["height"], result["media_type"]) == (320, 160, "image/png")
    left, top, right, bottom = result["recipe"]["box"]
    mask = np.asarray(Image.open(io.BytesIO(requests.get(result["url"], timeout=10).content)).convert("L"))
    assert mask[top:bottom, left:right].any()
    assert mask.max() == 255
    assert not mask[:40].any()
    assert live.get(f"{EDITS}/{edit['id']}").json()["id"] == edit["id"]


def test_the_mask_goes_into_an_erase(live: Client) -> None:
    found = live.post(REGIONS, json={"image": sign(), "find": "the text"}).json()
    mask = requests.get(found["results"][0]["url"], timeout=10).content
    asked = {"edit": "erase", "image": sign(), "mask": base64.b64encode(mask).decode()}
    assert live.post(EDITS, json=asked).status_code == 202


def test_a_picture_by_url(live: Client, pictures: str) -> None:
    reply = live.get(REGIONS, params={"image": f"{pictures}/photo.png", "find": "the text"})
    error = problem(reply, 422, "bad-input")
    assert "nothing in the picture matches 'the text'" in error["message"]


def test_a_picture_that_is_not_there(live: Client, pictures: str) -> None:
    reply = live.get(REGIONS, params={"image": f"{pictures}/nothing.png", "find": "the text"})
    assert "404" in problem(reply, 422, "download-failed")["message"]


def test_words_that_nobody_here_can_find(live: Client) -> None:
    reply = live.post(REGIONS, json={"image": sign(), "find": "the dog"})
    error = problem(reply, 422, "not-available")
    assert "regions cannot do that on this server" in error["message"]
    assert "cleanplate models pull grounding" in error["message"]


def test_a_narrowing_that_is_not_understood(live: Client) -> None:
    reply = live.post(REGIONS, json={"image": sign(), "find": "the text on the shirt"})
    assert "shirt" in problem(reply, 422, "bad-input")["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"find": "the text"}, "image"),
        ({"image": "http://127.0.0.1:1/x.png"}, "find"),
        ({"image": "http://127.0.0.1:1/x.png", "find": ""}, "find"),
        ({"image": "file:///etc/passwd", "find": "the text"}, "image"),
        ({"image": "http://127.0.0.1:1/x.png", "find": "text", "shadows": "perhaps"}, "shadows"),
    ],
)
def test_what_is_wrong_in_a_query_is_named(idle: Client, query: dict[str, str], field: str) -> None:
    assert problem(idle.get(REGIONS, params=query), 422, "bad-parameter")["field"] == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"find": "the text"}, "image"),
        ({"image": 1, "find": "text"}, "image"),
        ({"image": "%", "find": "text"}, "image"),
    ],
)
def test_what_is_wrong_in_a_body_is_named(idle: Client, body: dict[str, Any], field: str) -> None:
    assert problem(idle.post(REGIONS, json=body), 422, "bad-parameter")["field"] == field


def test_a_body_that_is_no_object(idle: Client) -> None:
    problem(idle.post(REGIONS, data=b"[1]"), 400, "bad-request")


def test_nobody_waits_for_ever(idle: Client) -> None:
    problem(idle.post(REGIONS, json={"image": encoded("photo"), "find": "the text"}), 504, "took-too-long")
    assert idle.get(EDITS).json()["edits"][0]["state"] == "cancelled"


def test_a_repeated_request_gets_the_first_reply(live: Client) -> None:
    asked = {"image": sign(), "find": "the text"}
    headers = {"Idempotency-Key": "regions-1"}
    first, second = (live.post(REGIONS, json=asked, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_scenarios_of_test_keys(live: Client) -> None:
    headers = {"Authorization": f"Bearer {TEST_KEY}", "X-Cleanplate-Test": "failed"}
    reply = live.post(REGIONS, json={"image": sign(), "find": "the text"}, headers=headers)
    assert reply.status_code >= 400


def test_without_a_key(live: Client) -> None:
    reply = requests.get(live.base + REGIONS, params={"image": "http://x/", "find": "text"}, timeout=10)
    problem(reply, 401, "unauthorized")
