"""`image-out-painting`: what its body becomes, what comes back, and how the rest is refused."""

import base64
import io
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.dashscope.conftest import Api, Client
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.image_out_painting import MODEL
from cleanplate.settings import load
from cleanplate.tasks.task import MAX_BYTES

PATH = "/api/v1/services/aigc/image2image/out-painting"
PHOTO = data_uri(png("photo"))
SPECIFICATION = "the parameters must conform to the specification: "


def body(**parameters: Any) -> dict[str, Any]:
    return {"model": "image-out-painting", "input": {"image_url": PHOTO}, "parameters": parameters}


def done(client: Client, sent: dict[str, Any]) -> Any:
    reply = client.post(PATH, json=sent)
    assert reply.status_code == 200, reply.text
    return client.ended(reply.json()["output"]["task_id"])


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ({"x_scale": 1.5, "y_scale": "2"}, {"left": 1.25, "right": 1.25, "top": 1.5, "bottom": 1.5}),
        ({"x_scale": 3}, {"left": 2, "right": 2, "top": 1, "bottom": 1}),
        ({"left_offset": 5, "bottom_offset": "7"}, {"add_px": [5, 0, 0, 7]}),
        ({"output_ratio": "16:9"}, {"ratio": [16, 9]}),
        ({"output_ratio": "", "top_offset": 3.0}, {"add_px": [0, 3, 0, 0]}),
        # One way of growing counts, in the vendor's order; the angle always does.
        ({"output_ratio": "4:3", "x_scale": 2, "left_offset": 9}, {"ratio": [4, 3]}),
        (
            {"y_scale": 2, "left_offset": 9},
            {"left": 1, "right": 1, "top": 1.5, "bottom": 1.5},
        ),
        ({"angle": 45}, {"angle": 45}),
        ({"angle": 90, "output_ratio": "1:1"}, {"angle": 90, "ratio": [1, 1]}),
    ],
)
def test_what_grows(api: Api, asked: dict[str, Any], own: dict[str, Any]) -> None:
    reply = api.client.post(PATH, json=body(add_watermark=False, **asked)).json()
    task = api.store.get(reply["output"]["task_id"])
    assert task is not None
    assert (task.submission.model, task.submission.edit) == ("image-out-painting", "expand")
    assert task.submission.parameters == {"angle": 0, "label": False, **own}
    api.services.catalogue["expand"].check(task.submission.parameters)
    row = api.client.get(f"/api/v1/tasks?task_id={task.id}").json()["data"][0]
    assert row["user_api_unique_key"] == "apikey:v1:aigc:image2image:out-painting:image-out-painting"


@pytest.mark.parametrize(("asked", "most"), [({}, 5_000_000), ({"limit_image_size": "false"}, None)])
def test_the_size_of_the_file(api: Api, asked: dict[str, Any], most: int | None) -> None:
    task_id = api.client.post(PATH, json=body(x_scale=2, **asked)).json()["output"]["task_id"]
    task = api.store.get(task_id)
    assert task is not None
    assert task.submission.extra.get(MAX_BYTES) == most == task.submission.max_bytes


@pytest.mark.parametrize(("default", "label"), [(True, True), (False, False)])
def test_the_label_and_the_rules(default: bool, label: bool) -> None:
    order = MODEL.read({"image_url": PHOTO}, {"angle": 1}, load(default_label=default))
    assert order.parameters["label"] is label
    (picture,) = order.pictures.values()
    assert (picture.rules.min_side_px, picture.rules.max_side_px) == (512, 4096)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (body(), "there is nothing to expand: set output_ratio"),
        (body(x_scale=1, left_offset=0, output_ratio=" "), "there is nothing to expand"),
        (body(output_radio="4:3"), "there is nothing to expand"),  # seen in the wild
        (body(output_ratio="5:4"), SPECIFICATION + "output_ratio must be one of 1:1, 3:4, 4:3, 9:16, 16:9"),
        (body(output_ratio=[4, 3]), SPECIFICATION + "output_ratio"),
        (body(x_scale=3.1), "Range of x_scale should be [1, 3]"),
        (body(y_scale=0.9), "Range of y_scale should be [1, 3]"),
        (body(angle=360), "Range of angle should be [0, 359]"),
        (body(angle=45.5), SPECIFICATION + "parameters.angle: must be a whole number"),
        (body(left_offset=-1), "Range of left_offset should be [0, 12288]"),
        (body(angle=1, best_quality="so so"), SPECIFICATION + "parameters.best_quality"),
        ({"model": "image-out-painting", "input": {}}, "Field required: input.image_url"),
    ],
)
def test_refusals(api: Api, sent: dict[str, Any], message: str) -> None:
    reply = api.client.post(PATH, json=sent)
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter")
    assert message in reply.json()["message"]


def test_without_the_header_of_tasks(api: Api) -> None:
    reply = api.client.post(PATH, json=body(angle=1), headers={"X-DashScope-Async": ""})
    assert (reply.status_code, reply.json()["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        ({"x_scale": 1.5, "y_scale": 1.5}, (144, 96)),
        ({"output_ratio": "1:1"}, (96, 96)),
        ({"left_offset": 4, "top_offset": 6}, (100, 70)),
        ({"angle": 90}, (64, 96)),
        ({"angle": 30, "x_scale": 2}, (230, 103)),
    ],
)
def test_what_comes_back(client: Client, asked: dict[str, Any], size: tuple[int, int]) -> None:
    reply = done(client, body(add_watermark=False, **asked))
    output = reply["output"]
    assert output["task_status"] == "SUCCEEDED", output
    assert "results" not in output
    assert reply["usage"] == {"image_count": 1}
    made = Image.open(io.BytesIO(requests.get(output["output_image_url"], timeout=10).content))
    assert (made.format, made.size) == ("PNG", size)


def test_a_file_that_would_be_too_large_is_a_jpeg(client: Client) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1400, 1400, 3)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, "PNG")
    uri = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
    sent = body(angle=180)
    sent["input"]["image_url"] = uri
    output = done(client, sent)["output"]
    assert output["task_status"] == "SUCCEEDED", output
    data = requests.get(output["output_image_url"], timeout=10).content
    assert len(data) <= 5_000_000
    assert output["output_image_url"].partition("?")[0].endswith(".jpeg")
    assert (Image.open(io.BytesIO(data)).format, Image.open(io.BytesIO(data)).size) == ("JPEG", (1400, 1400))
