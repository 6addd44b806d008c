"""What a request may ask for, and what is said of it."""

import io
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image
from tests.api.openai.conftest import (
    EDITS,
    Client,
    changed,
    data_url,
    image,
    made,
    mask,
    opened,
    photo,
    refusal,
    saved,
    with_hole,
)
from tests.api.servers import Api

from cleanplate.tasks.task import Task, TaskFilter


def submitted(api: Api) -> Task:
    """The task that was accepted last."""
    (task,) = api.store.page(TaskFilter(dialect="openai"), page_no=1, page_size=1).tasks
    return task


def test_the_reply_has_the_vendors_fields(client: Client) -> None:
    found = client.edited(model="gpt-image-2", quality="medium", user="me", moderation="low")
    assert set(found) == {"created", "background", "output_format", "quality", "size", "usage", "data"}
    assert (found["output_format"], found["quality"], found["size"]) == ("png", "medium", "160x160")
    assert found["usage"]["input_tokens_details"] == {"image_tokens": 0, "text_tokens": 0}
    assert [set(one) for one in found["data"]] == [{"b64_json"}]


def test_several_results_have_several_seeds(client: Client) -> None:
    found = client.edited(n=3)["data"]
    assert len({one["b64_json"] for one in found}) == 3
    assert all(changed(one["b64_json"])[0] == 0 for one in found)
    assert client.edited(seed=2)["data"][0] == found[2]


@pytest.mark.parametrize(
    ("model", "asked", "link"),
    [
        ("dall-e-2", None, True),
        ("dall-e-2", "b64_json", False),
        ("gpt-image-2", None, False),
        ("gpt-image-2", "url", False),
        ("chatgpt-image-latest", "url", False),
        ("cleanplate", "url", True),
        ("", None, False),
    ],
)
def test_links_and_base64(client: Client, model: str, asked: str | None, link: bool) -> None:
    fields = {"model": model} | ({} if asked is None else {"response_format": asked})
    (result,) = client.edited(**fields)["data"]
    assert set(result) == {"url" if link else "b64_json"}
    if link:
        reply = requests.get(result["url"], timeout=10)
        assert reply.headers["content-type"] == "image/png"


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "JPG"])
def test_formats(client: Client, kind: str) -> None:
    found = client.edited(output_format=kind)
    wanted = kind.lower().replace("jpg", "jpeg")
    assert found["output_format"] == wanted
    assert opened(found["data"][0]["b64_json"]).format == wanted.upper()


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
@pytest.mark.parametrize("source", ["PNG", "JPEG"])
def test_compression_is_obeyed(client: Client, kind: str, source: str) -> None:
    files = {"image": saved(photo(), source), "mask": mask()}
    sizes = [
        len(client.edited(files=files, output_format=kind, output_compression=value)["data"][0]["b64_json"])
        for value in (100, 40, 0)
    ]
    assert sizes[0] > sizes[1] > 2 * sizes[2]


def test_a_jpeg_keeps_its_blocks_unless_compression_is_asked_for(client: Client) -> None:
    source = saved(photo(), "JPEG", quality=60)
    found = client.edited(files={"image": source, "mask": mask()}, output_format="jpeg")
    rows = made(found["data"][0]["b64_json"])
    assert (rows[:40] == np.asarray(Image.open(io.BytesIO(source)).convert("RGB"))[:40]).all()


@pytest.mark.parametrize(
    ("size", "wanted"), [("auto", (160, 160)), ("", (160, 160)), ("160x160", (160, 160))]
)
def test_the_size_stays(client: Client, size: str, wanted: tuple[int, int]) -> None:
    found = client.edited(size=size)
    assert made(found["data"][0]["b64_json"]).shape[1::-1] == wanted
    assert changed(found["data"][0]["b64_json"])[0] == 0


def test_another_size_is_covered_and_cut(client: Client) -> None:
    found = client.edited(size="320x160")
    assert found["size"] == "320x160"
    result = made(found["data"][0]["b64_json"])
    assert result.shape == (160, 320, 3)
    middle = np.asarray(photo()[40:120].repeat(2, axis=0).repeat(2, axis=1), np.int16)
    assert np.abs(result[:, 200:] - middle[:, 200:]).mean() < 12


def test_a_transparent_image_is_flattened_where_that_is_asked_for(client: Client) -> None:
    half = np.dstack([photo(), np.full((160, 160), 100, np.uint8)])
    files = {"image": saved(half), "mask": mask()}
    assert opened(client.edited(files=files)["data"][0]["b64_json"]).mode == "RGBA"
    found = client.edited(files=files, background="opaque")
    assert (opened(found["data"][0]["b64_json"]).mode, found["background"]) == ("RGB", "opaque")


def test_the_fields_become_a_task(api: Api, waiting: Client) -> None:
    parts = [("image[]", ("a", image())), ("image[]", ("b", image())), ("mask", ("m", mask()))]
    data = {"prompt": "erase", "n": "4", "quality": "low", "stream": "true", "output_format": "webp"}
    with waiting.post(files=parts, data={**data, "output_compression": "40"}, stream=True) as reply:
        assert reply.status_code == 200
        asked = submitted(api).submission
    assert (asked.edit, asked.count, asked.output, asked.quality) == ("erase", 4, "webp", 40)
    assert asked.interactive
    assert asked.parameters["fast"]
    assert (asked.parameters["dilate_px"], asked.parameters["feather_px"]) == (0, 0)
    assert asked.inputs["mask"].rules.means == "clear"


def test_more_images_are_said_to_have_no_effect(client: Client) -> None:
    files = {"image[]": image(), "image[]#2": saved(np.zeros((9, 9, 3), np.uint8)), "mask": mask()}
    reply = client.edit(files=files)
    assert changed(reply.json()["data"][0]["b64_json"])[0] == 0
    assert "only the first image" in reply.headers["x-cleanplate-warning"]


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"n": 11}, "invalid_value", "n"),
        ({"n": "many"}, "invalid_value", "n"),
        ({"size": "huge"}, "invalid_value", "size"),
        ({"size": "5000x10"}, "invalid_value", "size"),
        ({"size": "0x10"}, "invalid_value", "size"),
        ({"output_format": "gif"}, "invalid_value", "output_format"),
        ({"output_format": "svg"}, "invalid_value", "output_format"),
        ({"output_compression": 50}, "invalid_value", "output_compression"),
        ({"output_compression": 101}, "invalid_value", "output_compression"),
        ({"background": "transparent", "output_format": "jpeg"}, "invalid_value", "background"),
        ({"response_format": "file"}, "invalid_value", "response_format"),
        ({"quality": "best"}, "invalid_value", "quality"),
        ({"stream": "perhaps"}, "invalid_type", "stream"),
        ({"partial_images": 4}, "invalid_value", "partial_images"),
        ({"mask_means": "auto"}, "invalid_value", "mask_means"),
        ({"seed": -1}, "invalid_value", "seed"),
        ({"prompt": "x" * 32_001}, "invalid_value", "prompt"),
        ({"prompt": "a hat " * 1000}, "invalid_value", "prompt"),
    ],
)
def test_wrong_fields(waiting: Client, fields: dict[str, Any], code: str, param: str) -> None:
    assert refusal(waiting.edit(**fields)) == (400, code, param)


@pytest.mark.parametrize(
    ("files", "code", "param"),
    [
        ({}, "missing_required_parameter", "image"),
        ({"mask": mask()}, "missing_required_parameter", "image"),
        ({"image": b""}, "invalid_image_file", "image"),
        ({"image": image(), "mask": b""}, "invalid_image_file", "mask"),
        ({"image": image(), "mask[]": b""}, "invalid_image_file", "mask"),
        ({"image": image(), "mask": mask(), "mask[]": mask()}, "invalid_value", "mask"),
        ({"image": b"no picture"}, "invalid_image_file", "image"),
        ({"image": image(), "mask": b"no picture"}, "invalid_image_file", "mask"),
        ({"image": image(), "markup": mask()}, "unsupported_parameter", "markup"),
        ({"image": b"data:image/png;base64,!!"}, "invalid_image_url", "image"),
        ({f"image[{number}]": image() for number in range(17)}, "invalid_value", "image"),
    ],
)
def test_wrong_files(waiting: Client, files: dict[str, bytes], code: str, param: str) -> None:
    parts: dict[str, Any] = {name: (name, data) for name, data in files.items()} or {"x": (None, b"y")}
    assert refusal(waiting.post(files=parts, data={"prompt": "remove"})) == (400, code, param)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"images": [{"file_id": "file-1"}]}, "unsupported_parameter", "images[0].file_id"),
        ({"images": [{"image_url": 1}]}, "invalid_type", "images[0]"),
        ({"images": [7]}, "invalid_type", "images[0]"),
        ({"images": [], "prompt": "x"}, "missing_required_parameter", "image"),
        ({"images": [{"image_url": "file:///etc/passwd"}]}, "invalid_image_url", "image"),
        (
            {"images": [{"image_url": data_url(image())}], "mask": {"file_id": "f"}},
            "unsupported_parameter",
            "mask.file_id",
        ),
        ({"images": [{"image_url": data_url(image())}], "prompt": 5}, "invalid_type", "prompt"),
        ([], None, None),
    ],
)
def test_wrong_json(waiting: Client, body: Any, code: str | None, param: str | None) -> None:
    assert refusal(waiting.post(json=body)) == (400, code, param)


def test_addresses_are_fetched(client: Client, pictures: str) -> None:
    body = {"images": [{"image_url": f"{pictures}/photo.png"}], "prompt": "remove", "mask_means": "white"}
    reply = client.post(json={**body, "mask": {"image_url": f"{pictures}/mask.png"}})
    assert reply.status_code == 200, reply.text
    assert reply.json()["size"] == "96x64"
    gone = client.post(json={**body, "images": [{"image_url": f"{pictures}/gone"}], "mask": data_url(mask())})
    assert refusal(gone) == (400, "failed_to_download_image", "image")


def test_private_addresses_are_not(client: Client) -> None:
    body = {"images": [{"image_url": "http://10.0.0.1/a.png"}], "mask": data_url(mask()), "prompt": ""}
    assert refusal(client.post(json=body)) == (400, "failed_to_download_image", "image")


@pytest.mark.parametrize("path", ["generations", "variations"])
def test_what_makes_images_is_not_here(waiting: Client, path: str) -> None:
    reply = waiting.post(f"/v1/images/{path}", json={"prompt": "a cat"})
    assert refusal(reply) == (404, "model_not_found", "model")
    assert "/v1/images/edits" in reply.json()["error"]["message"]


def test_a_base_with_v1_twice(waiting: Client) -> None:
    reply = waiting.post("/v1" + EDITS, json={})
    assert refusal(reply) == (404, None, None)
    assert "/v1 twice" in reply.json()["error"]["message"]


def test_an_array_of_one_mask_is_the_mask(client: Client) -> None:
    outside, within = changed(
        client.edited(files={"image": image(), "mask[]": mask()})["data"][0]["b64_json"]
    )
    assert outside == 0
    assert within > 0


def test_a_form_that_was_cut_short(waiting: Client) -> None:
    """The part that is missing is the mask: without it another one would be taken."""
    prepared = requests.Request(
        "POST", waiting.base + EDITS, files={"image": ("a.png", with_hole()), "mask": ("m.png", mask())}
    ).prepare()
    assert isinstance(prepared.body, bytes)
    headers = {"Content-Type": prepared.headers["Content-Type"]}
    for cut in (len(prepared.body) - 300, len(prepared.body) - 4):
        reply = waiting.post(data=prepared.body[:cut], headers=headers)
        assert refusal(reply) == (400, None, None)
        assert "closing boundary" in reply.json()["error"]["message"]


def test_models(waiting: Client) -> None:
    found = waiting.get("/v1/models").json()
    assert found["object"] == "list"
    names = [model["id"] for model in found["data"]]
    assert {"cleanplate", "gpt-image-2", "dall-e-2"} <= set(names)
    assert waiting.get("/v1/models/dall-e-2").json() == found["data"][names.index("dall-e-2")]
    assert refusal(waiting.get("/v1/models/gpt-4o")) == (404, "model_not_found", "model")


def test_paths_of_the_native_api_stay_its_own(waiting: Client) -> None:
    assert "edits" in waiting.get("/v1/edits").json()
    assert "request_id" in waiting.get("/v1/nothing").json()


def test_no_key_and_a_wrong_one(api: Api) -> None:
    for headers, code in (({}, None), ({"Authorization": "Bearer sk-bad"}, "invalid_api_key")):
        for path in ("/v1/models", "/v1/images/edits", "/v1/chat/completions"):
            assert refusal(requests.post(api.base + path, headers=headers, timeout=10)) == (401, code, None)
