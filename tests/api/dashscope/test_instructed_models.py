"""`qwen-image-edit` and its kin, which answer at once, and `wan2.5-i2i-preview`, a task."""

import io
from typing import Any

import pytest
import requests
from PIL import Image
from tests.api.dashscope.conftest import Api, Client
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.instructed_models import MODELS, QWEN
from cleanplate.settings import load

GENERATION = "/api/v1/services/aigc/multimodal-generation/generation"
PHOTO = data_uri(png("photo"))
SPECIFICATION = "the parameters must conform to the specification: "


def qwen(*content: dict[str, Any], model: str = "qwen-image-edit-plus", **parameters: Any) -> dict[str, Any]:
    content = content or ({"image": PHOTO}, {"text": "make it snow"})
    message = {"role": "user", "content": list(content)}
    return {"model": model, "input": {"messages": [message]}, "parameters": parameters}


def wan(images: Any = (PHOTO,), prompt: Any = "make it snow", **parameters: Any) -> dict[str, Any]:
    given = {"prompt": prompt, "images": list(images) if isinstance(images, tuple) else images}
    return {"model": "wan2.5-i2i-preview", "input": given, "parameters": parameters}


def at_once(base: str, sent: Any, **headers: str) -> requests.Response:
    with Client.opened(base) as client:
        return client.post(GENERATION, json=sent, headers={"X-DashScope-Async": "", **headers})


def test_results_come_with_the_reply(packed_live: str) -> None:
    reply = at_once(packed_live, qwen(n=2, seed=5, watermark=False, prompt_extend=True))
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert set(body) == {"request_id", "output", "usage"}
    (choice,) = body["output"]["choices"]
    assert (choice["finish_reason"], choice["message"]["role"]) == ("stop", "assistant")
    assert body["usage"] == {"image_count": 2, "width": 96, "height": 64}
    urls = [part["image"] for part in choice["message"]["content"]]
    assert len(set(urls)) == 2
    for url in urls:
        made = Image.open(io.BytesIO(requests.get(url, timeout=10).content))
        assert (made.format, made.size) == ("PNG", (96, 64))


def test_another_size(packed_live: str) -> None:
    body = at_once(packed_live, qwen(size="512*768")).json()
    assert body["usage"] == {"image_count": 1, "width": 512, "height": 768}


def test_the_task_of_the_other_model(packed_client: Client) -> None:
    task_id = packed_client.submit(wan(n=2))["output"]["task_id"]
    reply = packed_client.ended(task_id)
    assert reply["output"]["task_status"] == "SUCCEEDED", reply
    assert [set(result) for result in reply["output"]["results"]] == [{"url"}, {"url"}]
    assert reply["usage"] == {"image_count": 2}


@pytest.mark.parametrize("model", sorted(QWEN))
def test_a_server_without_a_model_says_so(api: Api, model: str) -> None:
    reply = at_once(api.base, qwen(model=model))
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter")
    assert f"model {model} is not available on this server" in reply.json()["message"]
    assert "cleanplate models pull" in reply.json()["message"]
    told = api.client.submit(wan())
    assert "model wan2.5-i2i-preview is not available on this server" in told["message"]


@pytest.mark.parametrize(
    ("sent", "own", "count"),
    [
        (wan(), {"label": False, "size": None}, 1),
        (wan(n="4", seed=7, watermark=True), {"label": True, "seed": 7}, 4),
        (wan(size="1024*1024"), {"size": [1024, 1024]}, 1),
        (wan(prompt="x" * 2001), {"prompt": "x" * 2000}, 1),
    ],
)
def test_what_a_body_becomes(packed: Api, sent: Any, own: dict[str, Any], count: int) -> None:
    task = packed.store.get(packed.client.submit(sent)["output"]["task_id"])
    assert task is not None
    assert (task.submission.edit, task.submission.count, task.submission.interactive) == (
        "instruct",
        count,
        False,
    )
    assert own.items() <= task.submission.parameters.items()
    packed.services.catalogue["instruct"].check(task.submission.parameters)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_vendors_limits(model: Any) -> None:
    given = wan() if model.name.startswith("wan") else qwen()
    order = model.read(given["input"], {}, load(limits="vendor"))
    (picture,) = order.pictures.values()
    assert (picture.rules.min_side_px, picture.rules.max_side_px) == (384, 5000)
    assert order.called == f"model {model.name}"


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (qwen({"text": "x"}), "this server edits one image at a time, and got 0"),
        (qwen({"image": PHOTO}, {"image": PHOTO}, {"text": "x"}), "one image at a time, and got 2"),
        (qwen({"image": PHOTO}), SPECIFICATION + "input.messages.content must have one text"),
        (qwen({"image": PHOTO}, {"text": "x"}, {"text": "y"}), "must have one text and one image"),
        (qwen({"image": 7}, {"text": "x"}), "must have one text and one image"),
        (qwen({"image": "file:///etc/passwd"}, {"text": "x"}), "input.messages.content.image"),
        ({"model": "qwen-image-edit", "input": {}}, "Field required: input.messages"),
        (
            {"model": "qwen-image-edit", "input": {"messages": [{"content": "x"}]}},
            SPECIFICATION + "input.messages",
        ),
        (
            {"model": "qwen-image-edit", "input": {"messages": [{"role": "system", "content": []}]}},
            "one message of the role user",
        ),
        (qwen(model="qwen-image-edit", n=2), "Range of n should be [1, 1]"),
        (qwen(n=7), "Range of n should be [1, 6]"),
        (qwen(size="9000*9000"), SPECIFICATION + "size must be width*height, each in [512, 2048]"),
        (qwen(size=5), SPECIFICATION + "size must be"),
        (qwen(watermark="maybe"), SPECIFICATION + "parameters.watermark"),
        (qwen(model="qwen-max"), "Model not exist"),
        (
            wan(),
            "url error, please check url! Model wan2.5-i2i-preview is served at /api/v1/services/aigc/image2",
        ),
    ],
)
def test_refusals_at_once(packed: Api, sent: dict[str, Any], message: str) -> None:
    reply = at_once(packed.base, sent)
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter")
    assert message in reply.json()["message"]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (wan(images=(PHOTO, PHOTO)), "input.images: this server edits one image at a time, and got 2"),
        (wan(images=None), "Field required: input.images"),
        (wan(images="x"), SPECIFICATION + "input.images"),
        (wan(prompt=""), "Field required: input.prompt"),
        (wan(n=5), "Range of n should be [1, 4]"),
        (wan(size="5000*1"), SPECIFICATION + "size must be width*height, of 768*768"),
        (
            qwen(),
            "url error, please check url! Model qwen-image-edit-plus is served at /api/v1/services/aigc/mult",
        ),
    ],
)
def test_refusals_of_tasks(packed: Api, sent: dict[str, Any], message: str) -> None:
    reply = packed.client.submit(sent)
    assert reply["code"] == "InvalidParameter"
    assert message in reply["message"]


def test_no_tasks_and_no_streams(packed: Api) -> None:
    reply = at_once(packed.base, qwen(), **{"X-DashScope-Async": "enable"})
    assert (reply.status_code, reply.json()["code"]) == (403, "AccessDenied")
    reply = at_once(packed.base, qwen(), **{"X-DashScope-SSE": "enable"})
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter")


def test_a_failure_has_the_vendors_words(packed_live: str) -> None:
    broken = data_uri(b"\x89PNG\r\n\x1a\n" + b"x" * 40)
    reply = at_once(packed_live, qwen({"image": broken}, {"text": "x"}))
    assert (reply.status_code, reply.json()["code"]) == (400, "InvalidParameter.DataInspection")
    assert set(reply.json()) == {"request_id", "code", "message"}
