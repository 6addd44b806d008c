"""Masks of strangers as each vendor's client sends them: the region, or the vendor's code and a reason."""

import base64
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
import pytest
import requests
from PIL import Image
from starlette.applications import Starlette
from tests.api.servers import KEY, data_uri, served, settings_for
from tests.api.vendors import VENDORS, Client, Vendor
from tests.conftest import PACK
from tests.unit.intake.drawn import EXACT, coloured, grey, on_clear, saved, scene, strokes

from cleanplate.app import build

SHAPE: Final = strokes(3)
PHOTO: Final = saved(scene())
TIMEOUT_S: Final = 30.0
HOLE: Final = np.dstack([scene(), grey(~SHAPE)])

Masked = Callable[[bytes], dict[str, Any]]


def _dashscope(model: str, names: tuple[str, str], **more: Any) -> Masked:
    image, mask = names
    return lambda data: {
        "json": {
            "model": model,
            "input": {image: data_uri(PHOTO), mask: data_uri(data), **more},
            "parameters": {"add_watermark": False},
        }
    }


def _of(name: str, body: Masked, **changes: Any) -> tuple[Vendor, Masked]:
    return next(replace(vendor, **changes) for vendor in VENDORS if vendor.name == name), body


ASKED: Final = {
    "erase": _of("dashscope", _dashscope("image-erase-completion", ("image_url", "mask_url"))),
    "imageedit": _of(
        "dashscope",
        _dashscope(
            "wanx2.1-imageedit",
            ("base_image_url", "mask_image_url"),
            function="description_edit_with_mask",
            prompt="",
        ),
    ),
    "painting": _of(
        "dashscope",
        _dashscope("wanx-x-painting", ("base_image_url", "mask_image_url"), prompt="a wall"),
    ),
    "novita": _of(
        "novita",
        lambda data: {"json": {"image": data_uri(PHOTO), "mask": data_uri(data), "output_format": "png"}},
    ),
    "picwish": _of(
        "picwish",
        lambda data: {"files": {"image_file": ("a.png", PHOTO), "mask_file": ("b.png", data)}},
    ),
    "native": _of(
        "native",
        lambda data: {"json": {"edit": "erase", "image": data_uri(PHOTO), "mask": data_uri(data)}},
    ),
    "bfl": _of(
        "bfl", lambda data: {"json": {"image": data_uri(PHOTO), "mask": data_uri(data), "dilate_pixels": 2}}
    ),
}
"""Every way to send a mask."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A whole server with the model pack, for the one that needs a model."""
    app: Starlette = build(settings_for(tmp_path_factory.mktemp("masks"), plugins=PACK, painting_size="keep"))
    with served(app, lifespan="on") as address:
        yield address


def ended(base: str, way: str, mask: bytes, **fields: Any) -> Any:
    """The JSON of the last poll."""
    vendor, body = ASKED[way]
    asked = body(mask)
    if fields:
        asked["json"] = {**asked["json"], **fields}
    with Client(replace(vendor, body=lambda _image: asked), base, KEY) as client:
        task_id = client.submitted()
        until = time.monotonic() + TIMEOUT_S
        while time.monotonic() < until:
            reply = client.polled(task_id).json()
            if client.vendor.word(reply) not in UNFINISHED:
                return reply
            time.sleep(0.05)
    raise AssertionError(reply)


UNFINISHED: Final = (
    "PENDING",
    "RUNNING",
    "TASK_STATUS_QUEUED",
    "TASK_STATUS_PROCESSING",
    "4",
    "queued",
    "running",
    "Pending",
)


def told(way: str, reply: Any) -> tuple[str, str]:
    """(the vendor's word for the end, and the reason)."""
    word = ASKED[way][0].word(reply)
    match way:
        case "erase" | "imageedit" | "painting":
            output = reply["output"]
            results = output.get("results", [output])
            return word, str(output.get("message") or results[0].get("message", ""))
        case "novita":
            return word, str(reply["task"]["reason"])
        case "picwish":
            return word, str(reply["data"].get("err_message", ""))
        case "bfl":
            return word, str((reply["details"] or {}).get("error", ""))
        case _:
            failures = [reply["error"], *(result.get("error") for result in reply["results"])]
            return word, " ".join(failure["message"] for failure in failures if failure)


def made(way: str, reply: Any) -> Any:
    """(H, W), True where the result is not the picture."""
    urls = {
        "erase": lambda: reply["output"]["output_image_url"],
        "imageedit": lambda: reply["output"]["results"][0]["url"],
        "painting": lambda: reply["output"]["results"][0]["url"],
        "novita": lambda: reply["images"][0]["image_url"],
        "picwish": lambda: reply["data"]["image"],
        "native": lambda: reply["results"][0]["url"],
        "bfl": lambda: reply["result"]["sample"],
    }
    data = requests.get(urls[way](), timeout=10).content
    return (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) != scene()).any(axis=2)


@pytest.mark.parametrize("way", ASKED)
@pytest.mark.parametrize(
    "drawn",
    ["0 and 1", "0 and 1 of 16 bits", "VOC", "blue", "labels", "canvas noise", "white on clear, half"],
)
def test_the_region_in_every_api(base: str, way: str, drawn: str) -> None:
    reply = ended(base, way, EXACT[drawn](SHAPE))
    assert told(way, reply)[1] == ""
    where = made(way, reply)
    far = cv2.dilate(SHAPE.astype(np.uint8), np.ones((21, 21), np.uint8)) == 0
    assert where[SHAPE].mean() > 0.9
    assert not where[far].any()


FAILED: Final = {
    "erase": "FAILED:InvalidParameter",
    "imageedit": "FAILED:InvalidParameter",
    "painting": "FAILED:InvalidParameter",
    "novita": "TASK_STATUS_FAILED:INVALID_REQUEST_BODY",
    "picwish": "-14",
}
ENDS: Final = {
    "black": (grey(SHAPE, 0), "nothing to erase", "nothing-to-erase"),
    "black on clear": (on_clear(SHAPE, (0, 0, 0)), "transparent parts", "unclear-mask"),
    "a hole": (HOLE, "transparent parts", "unclear-mask"),
    "the photo": (scene(), "looks like the picture itself", "unclear-mask"),
    "the marked photo": (
        np.where(SHAPE[..., None], (255, 0, 0), scene()).astype(np.uint8),
        "looks like the picture itself",
        "unclear-mask",
    ),
    "on white": (coloured(SHAPE, (255, 0, 0), (255, 255, 255)), "colours on white", "unclear-mask"),
}


@pytest.mark.parametrize("way", ASKED)
@pytest.mark.parametrize("name", ENDS)
def test_what_is_no_mask_fails_with_a_reason(base: str, way: str, name: str) -> None:
    drawn, words, code = ENDS[name]
    word, reason = told(way, ended(base, way, saved(drawn)))
    assert word == FAILED.get(way, f"Error:{code}" if way == "bfl" else f"failed:{code}")
    assert words in reason
    if name in ("black on clear", "a hole"):
        settled = (
            '"mask_means": "transparent"' if way == "native" else "send white on black, without transparency"
        )
        assert settled in reason


@pytest.mark.parametrize("way", ["erase", "imageedit", "painting", "picwish", "native", "bfl"])
def test_another_size_is_called_that(base: str, way: str) -> None:
    word, reason = told(way, ended(base, way, saved(grey(SHAPE)[:-1, :-9])))
    assert (
        word
        == {**FAILED, "picwish": "-7", "native": "failed:mask-mismatch", "bfl": "Error:mask-mismatch"}[way]
    )
    assert "151x119" in reason
    assert "160x120" in reason


def test_a_mask_of_the_native_api_means_what_is_said(base: str) -> None:
    reply = ended(base, "native", saved(HOLE), mask_means="transparent")
    assert reply["state"] == "succeeded"
    where = made("native", reply)
    assert where[SHAPE].mean() > 0.9
    assert not where[cv2.dilate(SHAPE.astype(np.uint8), np.ones((21, 21), np.uint8)) == 0].any()


def test_a_meaning_that_does_not_exist(base: str) -> None:
    vendor = ASKED["native"][0]
    asked = {"json": {**ASKED["native"][1](PHOTO)["json"], "mask_means": "black"}}
    with Client(replace(vendor, body=lambda _image: asked), base, KEY) as client:
        reply = client.submit()
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "bad-parameter")
    assert reply.json()["error"]["field"] == "mask_means"


@pytest.mark.parametrize("way", ASKED)
def test_a_mask_that_covers_most_of_it_succeeds_and_the_recipe_warns(base: str, way: str) -> None:
    reply = ended(base, way, saved(grey(~SHAPE)))
    assert told(way, reply)[1] == ""
    assert made(way, reply)[~SHAPE].mean() > 0.9
    if way == "native":
        assert "covers" in reply["results"][0]["recipe"]["warnings"][0]


def test_those_who_wait_are_told_at_once(base: str) -> None:
    black = saved(grey(SHAPE, 0))
    given = {"image_file": base64.b64encode(PHOTO).decode(), "mask_file": base64.b64encode(black).decode()}
    reply = requests.post(
        f"{base}/v3/cleanup", json=given, headers={"Authorization": f"Bearer {KEY}"}, timeout=30
    )
    assert (reply.status_code, reply.json()["reason"]) == (400, "INVALID_REQUEST_BODY")
    assert "nothing to erase" in reply.json()["message"]
    files = {"image_file": ("a.png", PHOTO), "mask_file": ("b.png", black)}
    path = f"{base}/api/tasks/visual/inpaint"
    reply = requests.post(path, files=files, data={"sync": "1"}, headers={"X-API-KEY": KEY}, timeout=30)
    assert reply.status_code == 200
    assert reply.json()["data"]["state"] == -14
    assert "nothing to erase" in reply.json()["message"]


def test_foreground_is_read_alike_and_may_be_empty(base: str) -> None:
    half = SHAPE & (np.arange(160) < 80)
    for keep in (half, half & False):
        asked = ASKED["erase"][1](saved(grey(SHAPE)))["json"]
        asked["input"]["foreground_url"] = data_uri(EXACT["0 and 1"](keep))
        reply = ended(base, "erase", b"", **asked)
        where = made("erase", reply)
        assert not where[keep].any()
        assert where[SHAPE & ~keep].mean() > 0.9
    asked["input"]["foreground_url"] = data_uri(saved(grey(SHAPE)))
    word, reason = told("erase", ended(base, "erase", b"", **asked))
    assert word == FAILED["erase"]
    assert "nothing to erase" in reason
