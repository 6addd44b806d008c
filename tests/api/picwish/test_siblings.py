"""Watermark removal and enlarging, as PicWish's clients ask for them."""

import base64
import io
import json
import time
from typing import Any

import pytest
import requests
from PIL import Image, ImageDraw
from tests.api.picwish.conftest import CREATE, Client, file
from tests.api.servers import Api, png

REMOVE, SCALE = "/api/tasks/visual/external/watermark-remove", "/api/tasks/visual/scale"


def marked() -> bytes:
    """A picture with a mark that says what it is."""
    page = Image.new("RGB", (400, 120), (200, 210, 220))
    ImageDraw.Draw(page).text((20, 30), "www.example.com", fill="black", font_size=40)
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()


def post(client: Client, path: str, **options: Any) -> requests.Response:
    return client.session.post(client.base + path, timeout=60, **options)


def ended(client: Client, path: str, task_id: str) -> Any:
    deadline_s = time.monotonic() + 60
    while (data := client.get(f"{path}/{task_id}").json()["data"])["state"] == 4:
        assert "file" not in data
        assert "image" not in data
        assert time.monotonic() < deadline_s, data
        time.sleep(0.02)
    return data


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(requests.get(url, timeout=10).content))


def test_a_mark_is_removed_at_once(client: Client) -> None:
    reply = post(client, REMOVE, files={"file": ("a.png", marked(), "image/png")}, data={"sync": "1"})
    data = reply.json()["data"]
    assert reply.status_code == 200
    assert set(data) == {
        *("task_id", "created_at", "processed_at", "completed_at"),
        *("progress", "state", "state_detail", "file"),
    }
    assert (data["state"], data["progress"], data["state_detail"]) == (1, 100, "Complete")
    made = opened(data["file"]).convert("L")
    assert made.size == (400, 120)
    assert min(made.crop((20, 30, 380, 90)).tobytes()) > 120


def test_a_mark_is_removed_later(client: Client) -> None:
    """JSON, and a part that is named as the vendor's other forms have it."""
    url = "data:image/png;base64," + base64.b64encode(marked()).decode()
    assert post(client, REMOVE, json={"url": url, "sync": 0}).status_code == 400  # a link, and no picture
    reply = post(client, REMOVE, files={"image_file": ("org", marked(), "image/png")})
    assert set(reply.json()["data"]) == {"task_id"}
    data = ended(client, REMOVE, reply.json()["data"]["task_id"])
    assert (data["state"], data["progress"]) == (1, 100)
    assert opened(data["file"]).size == (400, 120)


def test_json_with_a_link(client: Client, pictures: str) -> None:
    reply = post(client, REMOVE, data=json.dumps({"url": f"{pictures}/photo.png", "sync": 0}))
    data = ended(client, REMOVE, reply.json()["data"]["task_id"])
    assert (data["state"], data["state_detail"]) == (-14, "Content does not meet the requirements")
    assert "file" not in data
    assert data["err_message"]


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"scale_factor": "2"}, (192, 128)),
        ({}, (384, 256)),
        ({"scale_factor": "1", "type": "clean"}, (96, 64)),
    ],
)
def test_scale(client: Client, asked: dict[str, str], size: tuple[int, int]) -> None:
    files = {"image_file": file("photo")}
    data = post(client, SCALE, files=files, data={"sync": "1", **asked}).json()["data"]
    assert (data["state"], data["progress"]) == (1, 100), data
    assert (data["image_width"], data["image_height"]) == size
    assert opened(data["image"]).size == size


def test_scale_as_a_file(client: Client) -> None:
    sent = {"sync": "1", "return_type": "3", "scale_factor": "2"}
    reply = post(client, SCALE, files={"image_file": file("photo")}, data=sent)
    assert reply.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(reply.content)).size == (192, 128)
    bad = post(client, SCALE, files={"image_file": ("a", b"no picture", "image/png")}, data=sent)
    assert bad.json()["data"]["state"] == -7


def test_what_a_form_becomes(api: Api, waiting: Client) -> None:
    reply = post(waiting, SCALE, files={"image_file": file("photo")}, data={"type": "clean"})
    task = api.store.get(reply.json()["data"]["task_id"])
    assert task is not None
    assert (task.submission.edit, task.submission.model) == ("upscale", "scale")
    assert task.submission.parameters == {"factor": None}
    api.services.catalogue["upscale"].check(task.submission.parameters)


@pytest.mark.parametrize(
    ("path", "fields", "files", "word"),
    [
        (REMOVE, {"sync": "1"}, {}, "url or file is required"),
        (REMOVE, {"url": "ftp://h/a"}, {}, "The parameter url is invalid"),
        (REMOVE, {"sync": "7"}, {"file": file("photo")}, "sync must be 0 or 1"),
        (SCALE, {}, {}, "image_url or image_file is required"),
        (SCALE, {"scale_factor": "3"}, {"image_file": file("photo")}, "scale_factor must be"),
        (SCALE, {"type": "face"}, {"image_file": file("photo")}, "type must be clean"),
        (SCALE, {"return_type": "3"}, {"image_file": file("photo")}, "return_type 3 is for sync 1"),
    ],
)
def test_refusals(waiting: Client, path: str, fields: Any, files: Any, word: str) -> None:
    reply = post(waiting, path, data=fields, files=files or None)
    assert (reply.status_code, reply.json()["status"]) == (400, 400)
    assert word in reply.json()["message"]
    assert "data" not in reply.json()


def test_a_task_belongs_to_its_path(waiting: Client) -> None:
    task_id = post(waiting, SCALE, files={"image_file": file("photo")}).json()["data"]["task_id"]
    assert waiting.get(f"{SCALE}/{task_id}").json()["data"]["state"] == 4
    for path in (REMOVE, CREATE):
        reply = waiting.get(f"{path}/{task_id}")
        assert (reply.status_code, reply.json()) == (404, {"status": 404, "message": "Task not found"})


def test_a_file_that_is_too_large(waiting: Client) -> None:
    data = png("photo") + bytes(20 * 2**20)
    reply = post(waiting, REMOVE, files={"file": ("a.png", data, "image/png")})
    assert reply.status_code == 413


def test_a_file_comes_again_under_the_same_key(client: Client) -> None:
    sent = {"sync": "1", "return_type": "3", "scale_factor": "1"}
    first, second = (
        post(
            client,
            SCALE,
            files={"image_file": ("a.png", png("photo"), "image/png")},
            data=sent,
            headers={"Idempotency-Key": "scale-once"},
        )
        for _ in range(2)
    )
    assert first.headers["content-type"] == second.headers["content-type"] == "image/png"
    assert second.headers["idempotent-replayed"] == "true"
    assert first.content == second.content
