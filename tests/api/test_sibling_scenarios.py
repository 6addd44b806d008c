"""Scenarios of test keys at the vendors' other editors: by polls, or by the reply where that waits."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
import requests
from tests.api.servers import data_uri, png, served, settings_for
from tests.api.test_simulation_header import ENDS, ORDER, REFUSED
from tests.api.vendors import DASHSCOPE, NOVITA, PICWISH, Client, Vendor

from cleanplate.app import build

SERVICES: Final = "/api/v1/services/aigc/"
VISUAL: Final = "/api/tasks/visual/"
SECRET: Final = "test-siblings"
PHOTO: Final = base64.b64encode(png("photo")).decode()
TIMEOUT_S: Final = 10.0


def wan(image: str) -> dict[str, Any]:
    return {"model": "wan2.5-i2i-preview", "input": {"prompt": "x", "images": [image]}}


def out(image: str) -> dict[str, Any]:
    return {"model": "image-out-painting", "input": {"image_url": image}, "parameters": {"angle": 5}}


def segments(image: str) -> dict[str, Any]:
    return {"model": "image-instance-segmentation", "input": {"image_url": image}}


def inpainting(image: str) -> dict[str, Any]:
    mask = data_uri(png("mask"))
    return {"request": {"model_name": "a", "image_base64": image, "mask_image_base64": mask, "prompt": "x"}}


def upscale(image: str) -> dict[str, Any]:
    return {"request": {"model_name": "4x-UltraSharp", "image_base64": image, "scale_factor": 2}}


def form(path: str, name: str) -> Vendor:
    """One of PicWish's, whose picture is a part of this name."""
    return replace(
        PICWISH,
        path=VISUAL + path,
        body=lambda image: {"files": {name: ("a.png", png("photo"))}},
        poll=lambda task_id: f"{VISUAL}{path}/{task_id}",
    )


LATER: Final = (
    replace(DASHSCOPE, path=SERVICES + "image2image/out-painting", body=lambda image: {"json": out(image)}),
    replace(
        DASHSCOPE, path=SERVICES + "image2image/image-synthesis", body=lambda image: {"json": wan(image)}
    ),
    replace(
        DASHSCOPE, path=SERVICES + "text2image/image-synthesis", body=lambda image: {"json": segments(image)}
    ),
    replace(NOVITA, path="/v3/async/inpainting", body=lambda image: {"json": inpainting(image)}),
    replace(NOVITA, path="/v3/async/upscale", body=lambda image: {"json": upscale(image)}),
    form("external/watermark-remove", "file"),
    form("scale", "image_file"),
)
ENDED: Final = (
    *("ok", "cancelled", "not-found", "expired", "engine-failed", "picture-size", "storage-failed"),
    *("download-failed", "input-refused", "not-a-picture"),
)
OTHER_WORDS: Final = {
    "picture-size": "FAILED:InvalidParameter",
    "download-failed": "FAILED:InvalidParameter.DataInspection",
    "not-a-picture": "FAILED:InvalidParameter.DataInspection",
    "input-refused": "FAILED:DataInspectionFailed",
}
"""What DashScope says of models that are not for erasing."""

TURN: Final = {"role": "user", "content": [{"image": data_uri(png("photo"))}, {"text": "x"}]}
NOW: Final[dict[str, tuple[dict[str, str], dict[str, Any]]]] = {
    SERVICES + "multimodal-generation/generation": (
        {"Authorization": f"Bearer {SECRET}"},
        {"json": {"model": "qwen-image-edit-plus", "input": {"messages": [TURN]}, "parameters": {"n": 2}}},
    ),
    "/v3/remove-text": ({"Authorization": f"Bearer {SECRET}"}, {"json": {"image_file": PHOTO}}),
    "/v3/remove-background": ({"Authorization": f"Bearer {SECRET}"}, {"json": {"image_file": PHOTO}}),
    "/v3/outpainting": (
        {"Authorization": f"Bearer {SECRET}"},
        {"json": {"image_file": PHOTO, "prompt": "x", "width": 99, "height": 99}},
    ),
    VISUAL + "scale": (
        {"X-API-KEY": SECRET},
        {"data": {"sync": "1"}, "files": {"image_file": ("a.png", png("photo"))}},
    ),
    VISUAL + "external/watermark-remove": (
        {"X-API-KEY": SECRET},
        {"data": {"sync": "1"}, "files": {"file": ("a.png", png("photo"))}},
    ),
}
ANSWERS: Final = {
    "ok": (200, 200, 200),
    "engine-failed": ((500, "InternalError.Algo"), (500, "TASK_FAILED"), -1),
    "picture-size": ((400, "InvalidParameter"), (400, "IMAGE_EXCEEDS_MAX_RESOLUTION"), -5),
    "input-refused": ((400, "DataInspectionFailed"), (400, "ILLEGAL_IMAGE_CONTENT"), -10),
    "cancelled": ((500, "InternalError"), (500, "TASK_FAILED"), -8),
}
"""DashScope and Novita: status and code; PicWish: the state with status 200."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without a model: keys for tests need none."""
    settings = settings_for(tmp_path_factory.mktemp("siblings")).model_copy(update={"api_keys": (SECRET,)})
    with served(build(settings), lifespan="on") as base:
        yield base


@pytest.fixture(params=LATER, ids=lambda vendor: vendor.path)
def client(request: pytest.FixtureRequest, base: str) -> Iterator[Client]:
    vendor: Vendor = request.param
    with Client(vendor, base, SECRET) as client:
        yield client


def of(client: Client, table: Any, scenario: str) -> Any:
    wanted = table[scenario][ORDER.index(client.vendor.name)]
    paints = client.vendor.name == "dashscope" and client.vendor.path.endswith("image2image/image-synthesis")
    return OTHER_WORDS.get(scenario, wanted) if paints and table is ENDS else wanted


@pytest.mark.parametrize("scenario", ENDED)
def test_ends(client: Client, scenario: str) -> None:
    task_id, wanted = client.submitted(scenario=scenario), of(client, ENDS, scenario)
    deadline_s = time.monotonic() + TIMEOUT_S
    while (seen := client.word(task_id)) != wanted:
        assert time.monotonic() < deadline_s, f"polls say {seen}, not {wanted}"
        time.sleep(0.01)


@pytest.mark.parametrize("scenario", REFUSED)
def test_refused(client: Client, scenario: str) -> None:
    reply = client.submit(scenario=scenario)
    assert (reply.status_code, client.vendor.code(reply.json())) == of(client, REFUSED, scenario)


@pytest.mark.parametrize("scenario", ANSWERS)
@pytest.mark.parametrize("path", NOW)
def test_answers(base: str, path: str, scenario: str) -> None:
    key, body = NOW[path]
    headers = {**key, "X-Cleanplate-Test": scenario}
    reply = requests.post(base + path, headers=headers, timeout=20, **body)
    dashscope, novita, picwish = ANSWERS[scenario]
    if path.startswith(VISUAL):
        assert reply.status_code == 200
        assert reply.json()["data"]["state"] == (1 if scenario == "ok" else picwish)
    elif scenario == "ok":
        assert reply.status_code == 200, reply.text
    elif path.startswith(SERVICES):
        assert (reply.status_code, reply.json()["code"]) == dashscope
    else:
        assert (reply.status_code, reply.json()["reason"]) == novita


def test_every_second_result_of_several_fails(base: str) -> None:
    path = SERVICES + "multimodal-generation/generation"
    key, body = NOW[path]
    reply = requests.post(
        base + path, headers={**key, "X-Cleanplate-Test": "partial"}, timeout=20, **body
    ).json()
    assert len(reply["output"]["choices"][0]["message"]["content"]) == 1
    assert reply["usage"]["image_count"] == 1
