"""`wanx-x-painting`: what a body becomes, and how the rest is refused."""

from typing import Any

import pytest
from tests.api.dashscope.conftest import Api
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.wanx_x_painting import MODEL, STYLES
from cleanplate.api.refusal import RefusedError
from cleanplate.settings import load
from cleanplate.tasks.task import Task

NAME = "wanx-x-painting"
FIELDS = {"prompt": "a dog", "base_image_url": "http://h/a.png", "mask_image_url": "http://h/b.png"}


def body(parameters: object = None, **fields: Any) -> dict[str, Any]:
    inline = {"base_image_url": data_uri(png("photo")), "mask_image_url": data_uri(png("mask"))}
    return {"model": NAME, "input": {**FIELDS, **inline, **fields}, "parameters": parameters}


def stored(packed: Api, sent: object) -> Task:
    task = packed.store.get(packed.client.submit(sent)["output"]["task_id"])
    assert task is not None
    return task


def test_what_is_stored(packed: Api) -> None:
    task = stored(
        packed, body({"seed": 3, "n": 2, "mask_color": [[0, 0, 0], [1, 2, 3]]}, negative_prompt="cat")
    )
    assert (task.submission.model, task.submission.edit, task.submission.count) == (NAME, "inpaint", 2)
    assert task.submission.parameters == {
        "prompt": "a dog",
        "negative_prompt": "cat",
        "seed": 3,
        "size": [1024, 1024],
    }
    packed.services.catalogue["inpaint"].check(task.submission.parameters)
    assert task.submission.inputs["mask"].rules.colours == ((0, 0, 0), (1, 2, 3))
    assert task.submission.inputs["image"].rules.colours == ()
    assert packed.objects.get(f"inputs/{task.id}/image") == png("photo")


@pytest.mark.parametrize("style", STYLES)
def test_styles_are_told_to_the_model(style: str) -> None:
    prompt = MODEL.read(FIELDS | {"prompt": "字" * 76}, {"style": style}, load()).parameters["prompt"]
    assert prompt.startswith("字" * 75)
    assert prompt[75:] == ("" if style == "<auto>" else f", {STYLES[style]}")


@pytest.mark.parametrize(
    ("value", "options", "size"),
    [
        (None, {}, [1024, 1024]),
        (None, {"painting_size": "keep"}, None),
        ("", {}, [1024, 1024]),
        ("1024*1024", {"painting_size": "keep"}, [1024, 1024]),
        ("720*1280", {}, [720, 1280]),
        ("1280x720", {}, [1280, 720]),
        ("640*480", {"limits": "relaxed"}, [640, 480]),
    ],
)
def test_size(value: object, options: dict[str, Any], size: list[int] | None) -> None:
    assert MODEL.read(FIELDS, {"size": value}, load(**options)).parameters["size"] == size


@pytest.mark.parametrize(
    "value", ["640*480", "1024", "0*0", 1024, [1024, 1024], "1024*1024*3", {"w": 9}, True]
)
def test_sizes_that_are_not_made(value: object) -> None:
    with pytest.raises(RefusedError, match="size must be one of"):
        MODEL.read(FIELDS, {"size": value}, load())


def test_a_relaxed_server_has_a_largest_size() -> None:
    with pytest.raises(RefusedError):
        MODEL.read(FIELDS, {"size": "4097*1"}, load(limits="relaxed"))


def test_the_rules_of_the_pictures() -> None:
    strict, relaxed = (MODEL.read(FIELDS, {}, load(limits=limits)) for limits in ("vendor", "relaxed"))
    assert {picture.rules.min_side_px for picture in strict.pictures.values()} == {257}
    assert {picture.rules.max_side_px for picture in strict.pictures.values()} == {4095}
    assert {picture.rules.min_side_px for picture in relaxed.pictures.values()} == {1}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (body(prompt=""), "Field required: input.prompt"),
        (body(prompt=None), "Field required: input.prompt"),
        (body(prompt="  "), "Field required: input.prompt"),
        (body(base_image_url=None), "Field required: input.base_image_url"),
        (body(mask_image_url=""), "Field required: input.mask_image_url"),
        (body(negative_prompt=[1]), "input.negative_prompt"),
        (body({"style": "anime"}), "The style is invalid."),
        (body({"style": 3}), "The style is invalid."),
        (body({"style": ["<anime>"]}), "The style is invalid."),
        (body({"n": 5}), "Range of n should be [1, 4]"),
        (body({"seed": "x"}), "parameters.seed: must be a number"),
        (body({"mask_color": "no such colour"}), "mask_color"),
    ],
)
def test_refusals(packed: Api, sent: dict[str, Any], message: str) -> None:
    reply = packed.client.submit(sent)
    assert reply["code"] == "InvalidParameter"
    assert message in reply["message"]
