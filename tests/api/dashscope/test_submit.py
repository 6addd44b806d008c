"""Submit: which bodies are accepted, what becomes of them, and how the rest is refused."""

import base64
import json
import uuid
from typing import Any

import pytest
from tests.api.dashscope.conftest import MODEL, SUBMIT, Api, erase_body
from tests.api.servers import data_uri, png

from cleanplate.intake.picture_rules import PictureRules
from cleanplate.tasks.task import State

NOTHING: tuple[Any, ...] = (None, "", " \n", [], {}, {"a": None, "b": {"c": " "}})
"""What stands for absent."""
PHOTO, MASK = data_uri(png("photo")), data_uri(png("mask"))


@pytest.mark.parametrize("path", ["image2image/image-synthesis", "text2image/image-synthesis"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_paths_with_and_without_slash(api: Api, path: str, slash: str) -> None:
    reply = api.client.post(f"/api/v1/services/aigc/{path}{slash}", json=erase_body())
    assert reply.status_code == 200
    body = reply.json()
    assert body == {
        "request_id": body["request_id"],
        "output": {"task_status": "PENDING", "task_id": body["output"]["task_id"]},
    }
    assert str(uuid.UUID(body["request_id"])) == body["request_id"] == reply.headers["x-request-id"]
    assert str(uuid.UUID(body["output"]["task_id"])) == body["output"]["task_id"]


def test_json_is_compact(api: Api) -> None:
    # The vendor's own Java sample cuts the text at these words.
    reply = api.client.post(SUBMIT, json=erase_body())
    assert '"task_status":"PENDING"' in reply.text
    assert '"task_id":"' in reply.text
    assert reply.headers["content-type"] == "application/json"


def test_what_is_stored(api: Api) -> None:
    task = api.store.get(api.client.submitted())
    assert task is not None
    assert (task.submission.dialect, task.submission.model, task.submission.edit, task.submission.key_id) == (
        "dashscope",
        MODEL,
        "erase",
        "static-1",
    )
    assert task.standing.state is State.QUEUED
    assert set(task.submission.inputs) == {"image", "mask"}
    assert api.objects.get(f"inputs/{task.id}/image") == png("photo")
    assert api.objects.get(f"inputs/{task.id}/mask") == png("mask")
    photo = PictureRules(
        formats=("jpeg", "png", "bmp", "webp"),
        max_bytes=10485760,
        max_side_px=4096,
        max_pixels=4096 * 4096,
        flatten=True,
    )
    assert task.submission.inputs["image"].rules == photo
    assert task.submission.inputs["mask"].rules.formats == ("jpeg", "png", "bmp", "webp", "heif")
    assert task.submission.inputs["mask"].rules.repaint == "nonzero"


@pytest.mark.parametrize(
    ("parameters", "stored"),
    [
        ({}, {"fast": False, "dilate_px": None, "label": True}),
        ({"fast_mode": True}, {"fast": True, "dilate_px": None, "label": True}),
        ({"dilate_flag": False}, {"fast": False, "dilate_px": 0, "label": True}),
        ({"add_watermark": False}, {"fast": False, "dilate_px": None, "label": False}),
        ({"fast_mode": "true", "dilate_flag": "False"}, {"fast": True, "dilate_px": 0, "label": True}),
        ({"fast_mode": None, "dilate_flag": None}, {"fast": False, "dilate_px": None, "label": True}),
        ({"fast_mode": 1, "dilate_flag": "0"}, {"fast": True, "dilate_px": 0, "label": True}),
        ({"fast_mode": " TRUE ", "dilate_flag": 0.0}, {"fast": True, "dilate_px": 0, "label": True}),
        *(
            ({"fast_mode": none, "add_watermark": none}, {"fast": False, "dilate_px": None, "label": True})
            for none in NOTHING
        ),
        ({"n": 4, "dilate_flg": 1, "size": "1024*1024"}, {"fast": False, "dilate_px": None, "label": True}),
    ],
)
def test_parameters(api: Api, parameters: dict[str, Any], stored: dict[str, Any]) -> None:
    task = api.store.get(api.client.submitted(**parameters))
    assert task is not None
    assert task.submission.parameters == stored


@pytest.mark.parametrize(
    "body",
    [
        {"model": MODEL, "input": {"image_url": PHOTO, "mask_url": MASK}},
        {"model": MODEL, "input": {"image_url": PHOTO, "mask_url": MASK}, "parameters": None},
        {"model": MODEL, "input": {"base_image_url": PHOTO, "mask_image_url": MASK}, "parameters": {}},
        {"model": MODEL, "input": {"image_url": None, "base_image_url": PHOTO, "mask_url": MASK}},
        {"model": MODEL, "input": {"image_url": "", "base_image_url": PHOTO, "mask_url": MASK}},
        *(erase_body(foreground_url=none) for none in NOTHING),
        *({**erase_body(), "parameters": none} for none in NOTHING),
        erase_body(prompt="x", negative_prompt=None, ref_img=3, function=[]),
        erase_body(image_url=base64.b64encode(png("photo")).decode()),
        {**erase_body(), "extra": 1},
    ],
)
def test_tolerated_bodies(api: Api, body: dict[str, Any]) -> None:
    task = api.store.get(api.client.submit(body)["output"]["task_id"])
    assert task is not None
    assert set(task.submission.inputs) == {"image", "mask"}
    assert api.objects.get(f"inputs/{task.id}/image") == png("photo")


def test_foreground_is_kept(api: Api) -> None:
    reply = api.client.submit(erase_body(foreground_url=data_uri(png("clear"))))
    task = api.store.get(reply["output"]["task_id"])
    assert task is not None
    assert api.objects.get(f"inputs/{task.id}/keep") == png("clear")
    assert task.submission.inputs["keep"].rules == task.submission.inputs["mask"].rules


def without(name: str) -> dict[str, Any]:
    body = erase_body()
    del body["input"][name]
    return body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"input": {}}, "Field required: model"),
        ({"model": None, "input": {}}, "Field required: model"),
        ({"model": 3, "input": {}}, "specification: model"),
        ({"model": "no-such-model", "input": {}}, "Model not exist."),
        ({"model": "  ", "input": {}}, "Field required: model"),
        *(({"model": MODEL, "input": none}, "Field required: input.image_url") for none in NOTHING),
        ({"model": MODEL}, "Field required: input.image_url"),
        ({"model": MODEL, "input": "x"}, "specification: input: must be an object"),
        ({"model": MODEL, "input": [1]}, "specification: input: must be an object"),
        ({**erase_body(), "parameters": [1]}, "specification: parameters: must be an object"),
        (without("image_url"), "Field required: input.image_url"),
        (without("mask_url"), "Field required: input.mask_url"),
        (erase_body(image_url=""), "Field required: input.image_url"),
        (erase_body(mask_url=5), "specification: input.mask_url"),
        (erase_body(mask_url=[MASK]), "specification: input.mask_url"),
        (erase_body(foreground_url={"a": 1}), "specification: input.foreground_url"),
        (erase_body(parameters={"fast_mode": "maybe"}), "specification: parameters.fast_mode"),
        (erase_body(parameters={"fast_mode": 2}), "specification: parameters.fast_mode"),
        (erase_body(parameters={"dilate_flag": [True]}), "specification: parameters.dilate_flag"),
        (erase_body(parameters={"add_watermark": {"a": True}}), "specification: parameters.add_watermark"),
        (erase_body(image_url="file:///etc/passwd"), "input.image_url: files and paths"),
        (erase_body(mask_url="/home/me/mask.png"), "input.mask_url: files and paths"),
        (erase_body(image_url="ftp://h/x.png"), "input.image_url: must be an http(s) URL"),
        (erase_body(image_url="http://user@h/x.png"), "input.image_url: a URL must not contain a user"),
        (erase_body(image_url="data:image/png;base64,A"), "input.image_url: the base64 data is broken"),
    ],
)
def test_refused_bodies(api: Api, body: object, message: str) -> None:
    reply = api.client.post(SUBMIT, json=body)
    assert reply.status_code == 400
    assert reply.json() == {
        "request_id": reply.headers["x-request-id"],
        "code": "InvalidParameter",
        "message": reply.json()["message"],
    }
    assert message in reply.json()["message"]


BROKEN = [
    *(b"", b"{not json", b"\xff\xfe", b"[" * 100_000, b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":1e999}'),
    *(b'{"a":"\xed\xa0\x80"}', b'{"a":"\\x"}', b"{'a':1}", b'{"a":1,}', b"model=x&input=y"),
]


@pytest.mark.parametrize("body", BROKEN)
def test_bodies_that_are_no_json(api: Api, body: bytes) -> None:
    reply = api.client.post(SUBMIT, data=body)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidParameter.JsonPhrase"
    assert reply.json()["message"].startswith("input json error")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_json_in_another_encoding(api: Api, encoding: str) -> None:
    reply = api.client.post(SUBMIT, data=json.dumps(erase_body()).encode(encoding))
    assert reply.json()["code"] == "InvalidParameter.JsonPhrase"
    assert reply.json()["message"] == "input json error: it must be in UTF-8"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"3", b"\xef\xbb\xbftrue"])
def test_bodies_that_are_no_json_object(api: Api, body: bytes) -> None:
    reply = api.client.post(SUBMIT, data=body)
    assert reply.status_code == 400
    assert reply.json()["code"] == "InvalidParameter"
    assert reply.json()["message"] == "Required body invalid, please check the request body format."


def test_inline_data_over_10_mb(api: Api) -> None:
    exact = png("photo") + bytes(10485760 - len(png("photo")))
    assert "output" in api.client.submit(erase_body(image_url=data_uri(exact)))
    reply = api.client.submit(erase_body(image_url=data_uri(exact + b"x")))
    assert reply["code"] == "InvalidParameter"
    assert reply["message"] == "Exceeded limit on max bytes per data-uri item : 10485760"


def test_a_body_over_the_limit_of_the_server(api: Api) -> None:
    reply = api.client.post(SUBMIT, data=b" " * (20 * 2**20 + 1))
    assert reply.status_code == 400
    assert reply.json()["code"] == "BadRequest.TooLarge"
    assert reply.json()["message"] == "Payload Too Large."


@pytest.mark.parametrize("value", ["", "disable", "true"])
def test_only_asynchronous_calls(api: Api, value: str) -> None:
    reply = api.client.post(SUBMIT, json=erase_body(), headers={"X-DashScope-Async": value})
    assert reply.status_code == 403
    assert reply.json()["code"] == "AccessDenied"
    assert reply.json()["message"] == "current user api does not support synchronous calls."
