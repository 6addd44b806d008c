"""FLUX Erase, as a client sees it."""

import hashlib
import hmac
import io
import json
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.bfl.conftest import RESULT, SUBMIT, Client
from tests.api.servers import KEY, data_uri, png
from tests.api.test_webhook_requests import Inbox, inbox

from cleanplate.api.webhook_requests import HEADER

__all__ = ["inbox"]


def sample(found: Any) -> Image.Image:
    return Image.open(io.BytesIO(requests.get(found["result"]["sample"], timeout=10).content))


def test_the_disc_goes_and_what_is_beyond_the_grown_mask_stays(client: Client) -> None:
    found = client.erased(dilate_pixels=2)
    assert found["status"] == "Ready"
    made, photo = np.asarray(sample(found)), np.asarray(Image.open(io.BytesIO(png("photo"))))
    changed = (made != photo).any(axis=2)
    assert changed[25:35, 35:45].all()
    # the mask is 28..52, 18..42; grown by 2, with an edge of 3
    changed[18 - 5 : 43 + 5, 28 - 5 : 53 + 5] = False
    assert not changed.any()


@pytest.mark.parametrize("name", ["jpeg", "png", "webp"])
def test_formats(client: Client, name: str) -> None:
    assert (sample(client.erased(output_format=name)).format or "").lower() == name


def test_a_mask_of_another_size_is_refused(client: Client) -> None:
    found = client.erased(mask=data_uri(png("mask", 50, 50)))
    assert (found["status"], found["result"]) == ("Error", None)
    assert found["details"]["code"] == "mask-mismatch"
    assert "50x50" in found["details"]["error"]


def test_an_empty_mask_is_told(client: Client) -> None:
    assert client.erased(mask=data_uri(png("clear")))["details"]["code"] == "nothing-to-erase"


def test_seeds_have_no_bounds(client: Client) -> None:
    assert client.erased(seed=-1)["result"]["seed"] == 2**32 - 1


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"image": None}, ["body", "image"]),
        ({"image": "file:///etc/passwd"}, ["body", "image"]),
        ({"mask": "/etc/passwd"}, ["body", "mask"]),
        ({"dilate_pixels": -1}, ["body", "dilate_pixels"]),
        ({"output_format": "gif"}, ["body", "output_format"]),
        ({"safety_tolerance": 6}, ["body", "safety_tolerance"]),
        ({"webhook_url": "ftp://h"}, ["body", "webhook_url"]),
        ({"webhook_secret": "s" * 1025}, ["body", "webhook_secret"]),
    ],
)
def test_what_is_wrong_is_said_where(waiting: Client, fields: dict[str, Any], loc: list[str]) -> None:
    reply = waiting.submit(**fields)
    assert reply.status_code == 422
    (detail,) = reply.json()["detail"]
    assert (detail["type"], detail["loc"]) == ("value_error", loc)
    assert detail["msg"]


@pytest.mark.parametrize(
    "path", ["/v1/flux-pro-1.1", "/v1/flux-2-max", "/v1/flux-tools/x", "/v1/finetune", "/v1/credits"]
)
def test_the_vendors_other_models_are_not_here(waiting: Client, path: str) -> None:
    reply = waiting.post(path, json={"prompt": "a cat"})
    assert reply.status_code == 404
    assert reply.json()["detail"].startswith("Not Found. This server serves: POST /v1/flux-tools/erase-v1")


def test_what_is_no_json_is_a_422(waiting: Client) -> None:
    reply = waiting.post(SUBMIT, data=b"image=x")
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body"]


def test_the_native_api_keeps_its_paths(waiting: Client) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    assert requests.get(waiting.base + "/v1/catalogue", headers=bearer, timeout=10).status_code == 200
    other = requests.get(waiting.base + "/v1/flux-2-pro", headers=bearer, timeout=10)
    assert other.json()["error"]["code"] == "not-found"
    assert waiting.get(RESULT, params={"id": "x"}).json()["status"] == "Task not found"


def test_tasks_of_other_apis_are_unknown(waiting: Client) -> None:
    body = {"edit": "erase", "image": data_uri(png("photo")), "mask": data_uri(png("mask"))}
    made = requests.post(
        waiting.base + "/v1/edits", json=body, headers={"Authorization": f"Bearer {KEY}"}, timeout=10
    ).json()
    assert waiting.result(made["id"])["status"] == "Task not found"


def test_a_webhook_is_signed_by_the_secret_of_the_submit(client: Client, inbox: Inbox) -> None:
    found = client.erased(webhook_url=inbox.url, webhook_secret="s3cret")
    headers, body = inbox.one()
    signed = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-BFL-Signature"] == f"sha256={signed}"
    assert HEADER in headers
    told = json.loads(body)
    assert (told["id"], told["status"]) == (found["id"], "Ready")
    assert told["result"]["sample"].startswith("http://")
    assert b"s3cret" not in body


def test_without_a_secret_the_server_signs_alone(client: Client, inbox: Inbox) -> None:
    client.erased(webhook_url=inbox.url)
    headers, _ = inbox.one()
    assert "X-BFL-Signature" not in headers
    assert HEADER in headers
