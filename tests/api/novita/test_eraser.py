"""The eraser and its result."""

import base64
import io
from typing import Any

import pytest
import requests
from novita_client import NovitaClient  # type: ignore[import-untyped]  # it ships no types
from PIL import Image
from tests.api.novita.conftest import RESULT, SUBMIT, Client, body
from tests.api.servers import KEY, Api, data_uri, png
from tests.api.vendors import DASHSCOPE
from tests.api.vendors import Client as Other

BARE = base64.b64encode(png("photo")).decode()
RED = (250, 40, 40)


def opened(url: str) -> Image.Image:
    """The result behind a link, for which no key is needed."""
    reply = requests.get(url, timeout=10)
    assert reply.status_code == 200
    return Image.open(io.BytesIO(reply.content))


@pytest.mark.parametrize(
    ("asked", "kind"), [({}, "jpeg"), ({"output_format": "jpg"}, "jpeg"), ({"output_format": "WEBP"}, "webp")]
)
def test_formats(client: Client, asked: dict[str, str], kind: str) -> None:
    (image,) = client.erased(**asked)["images"]
    assert image["image_type"] == kind
    assert 3500 < int(image["image_url_ttl"]) <= 3600
    assert opened(image["image_url"]).format == kind.upper()


def test_the_disc_is_gone_and_the_rest_is_untouched(client: Client) -> None:
    found = client.erased(output_format="png")
    made = opened(found["images"][0]["image_url"]).convert("RGB")
    source = Image.open(io.BytesIO(png("photo")))
    assert source.getpixel((40, 30)) == RED
    assert made.getpixel((40, 30)) != RED
    assert made.crop((70, 0, 96, 64)).tobytes() == source.crop((70, 0, 96, 64)).tobytes()


def test_a_mask_of_another_size_is_resized(client: Client) -> None:
    found = client.erased(mask=data_uri(png("mask", 192, 128)), output_format="png")
    assert found["task"]["status"] == "TASK_STATUS_SUCCEED"
    assert opened(found["images"][0]["image_url"]).size == (96, 64)


def test_the_vendors_own_client(client: Client) -> None:
    vendor = NovitaClient(KEY, client.base)
    task_id = vendor._post(SUBMIT, {"image": BARE, "mask": base64.b64encode(png("mask")).decode()})["task_id"]
    found = vendor.wait_for_task_v3(task_id, wait_for=60)
    assert found.task.status.value == "TASK_STATUS_SUCCEED"
    assert opened(found.images[0].image_url).format == "JPEG"


def test_the_vendors_own_client_cleans_up(client: Client) -> None:
    mask = base64.b64encode(png("mask")).decode()
    reply = NovitaClient(KEY, client.base).cleanup(BARE, mask)
    made = Image.open(io.BytesIO(base64.b64decode(reply.image_file)))
    assert (made.format, made.size) == (reply.image_type.upper(), (96, 64))


@pytest.mark.parametrize("task", [{}, {"prompt": ""}, {"prompt": " "}, {"mask": ""}, {"mask": None}])
def test_nothing_to_erase(waiting: Client, task: dict[str, Any]) -> None:
    reply = waiting.submit(**{"mask": None, **task})
    assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_REQUEST_BODY")


def test_words_without_a_finder_are_refused(client: Client) -> None:
    reply = client.submit(mask=None, prompt="the red disc")
    assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_REQUEST_BODY")
    assert "cleanplate models pull grounding" in reply.json()["message"]


def test_the_mask_wins_over_the_words(api: Api, waiting: Client) -> None:
    task = api.store.get(waiting.submit(prompt="dog").json()["task_id"])
    assert task is not None
    assert task.submission.parameters == {}
    assert set(task.submission.inputs) == {"image", "mask"}


def test_a_task_that_waits(waiting: Client) -> None:
    found = waiting.result(waiting.submit().json()["task_id"])
    assert found["task"]["status"] == "TASK_STATUS_QUEUED"
    assert found["task"]["progress_percent"] == 0
    assert type(found["task"]["eta"]) is int
    assert found["images"] == []
    assert found["extra"]["debug_info"]["complete_time_ms"] == "0"


def test_a_url_that_gives_no_picture(client: Client, pictures: str) -> None:
    found = client.erased(image=f"{pictures}/nothing")
    assert found["task"]["status"] == "TASK_STATUS_FAILED"
    assert found["task"]["reason"].startswith("INVALID_IMAGE_FORMAT: image: ")
    assert found["images"] == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"image": 1}, "INVALID_REQUEST_BODY"),
        ({"output_format": "gif"}, "INVALID_REQUEST_BODY"),
        ({"extra": {"webhook": {"url": "ftp://h"}}}, "INVALID_REQUEST_BODY"),
        ({"extra": [1]}, "INVALID_REQUEST_BODY"),
        ({"image": data_uri(b"no picture")}, "INVALID_IMAGE_FORMAT"),
        ({"image": "file:///etc/passwd"}, "INVALID_IMAGE_FORMAT"),
        ({"mask": "***"}, "INVALID_IMAGE_FORMAT"),
    ],
)
def test_refusals(waiting: Client, fields: dict[str, Any], reason: str) -> None:
    reply = waiting.submit(**fields)
    assert reply.status_code == 400
    assert set(reply.json()) == {"code", "reason", "message", "metadata"}
    assert reply.json()["reason"] == reason


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", RESULT, 400, "INVALID_REQUEST_BODY"),
        ("GET", "/v3/async/elsewhere", 404, "API_NOT_FOUND"),
        ("GET", SUBMIT, 404, "API_NOT_FOUND"),
        ("POST", "/v3/cleanup", 400, "INVALID_REQUEST_BODY"),
    ],
)
def test_other_paths(waiting: Client, method: str, path: str, status: int, reason: str) -> None:
    reply = waiting.session.request(method, waiting.base + path, timeout=10)
    assert (reply.status_code, reply.json()["reason"]) == (status, reason)
    assert reply.json()["code"] == status


def test_a_body_that_is_too_large(waiting: Client) -> None:
    reply = waiting.post(SUBMIT, data=b"x" * (20 * 2**20 + 1))
    assert (reply.status_code, reply.json()["reason"]) == (400, "IMAGE_FILE_EXCEEDS_MAX_SIZE")


@pytest.mark.parametrize("status", ["TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"])
def test_the_test_mode_of_webhooks(client: Client, status: str) -> None:
    mode = {"enabled": True, "return_task_status": status}
    found = client.erased(
        image="http://127.0.0.1:1/never-fetched.png", extra={"webhook": {"test_mode": mode}}
    )
    assert found["task"]["status"] == status
    assert len(found["images"]) == (status == "TASK_STATUS_SUCCEED")
    assert ("test mode" in found["task"]["reason"]) == (status == "TASK_STATUS_FAILED")


def test_the_storage_of_ones_own_is_ignored(waiting: Client) -> None:
    extra = {"custom_storage": {"aws_s3": {"bucket": "b"}}, "enterprise_plan": {"enabled": True}}
    assert waiting.post(SUBMIT, json=body(extra=extra)).status_code == 200


def test_a_task_of_another_dialect_is_none(api: Api, waiting: Client) -> None:
    with Other(DASHSCOPE, api.base, KEY) as other:
        reply = waiting.get(RESULT, params={"task_id": other.submitted()})
    assert (reply.status_code, reply.json()["reason"]) == (404, "TASK_NOT_FOUND")
