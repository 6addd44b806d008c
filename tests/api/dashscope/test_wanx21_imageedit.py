"""`wanx2.1-imageedit`: what each function's body becomes, and how the rest is refused."""

from typing import Any

import pytest
from tests.api.dashscope.conftest import Api
from tests.api.servers import data_uri, png

from cleanplate.api.dashscope.wanx21_imageedit import FUNCTIONS, MODEL
from cleanplate.settings import load
from cleanplate.tasks.task import Task

NAME = "wanx2.1-imageedit"
PHOTO, MASK = data_uri(png("photo")), data_uri(png("mask"))
PLAIN = {"prompt": "x", "label": False}


def body(function: str = "colorization", parameters: object = None, **fields: Any) -> dict[str, Any]:
    given = {"function": function, "prompt": "x", "base_image_url": PHOTO, "mask_image_url": MASK, **fields}
    return {"model": NAME, "input": given, "parameters": parameters}


def stored(packed: Api, sent: object) -> Task:
    reply = packed.client.submit(sent)
    task = packed.store.get(reply["output"]["task_id"])
    assert task is not None
    return task


@pytest.mark.parametrize(
    ("function", "parameters", "edit", "own"),
    [
        ("stylization_all", {}, "stylize", {"strength": 0.5}),
        ("stylization_all", {"strength": "0.25"}, "stylize", {"strength": 0.25}),
        ("stylization_local", {"strength": 7}, "stylize_local", {}),
        ("description_edit", {"strength": 1}, "instruct", {"strength": 1}),
        ("description_edit_with_mask", {}, "inpaint", {}),
        ("remove_watermark", {}, "remove_text", {"strict": False}),
        ("remove_watermaker", {"upscale_factor": 99}, "remove_text", {"strict": False}),
        (
            "expand",
            {"top_scale": 1.5, "left_scale": "2"},
            "expand",
            {"top": 1.5, "bottom": 1, "left": 2, "right": 1},
        ),
        ("super_resolution", {}, "upscale", {"factor": 1}),
        ("super_resolution", {"upscale_factor": 4.0, "is_sketch": 3}, "upscale", {"factor": 4}),
        ("colorization", {"size": "1024*1024", "prompt_extend": True, "n": None}, "colorize", {}),
        ("doodle", {}, "doodle", {"is_sketch": False}),
        ("doodle", {"is_sketch": "true"}, "doodle", {"is_sketch": True}),
        ("control_cartoon_feature", {"top_scale": "wide"}, "character", {}),
    ],
)
def test_functions(
    packed: Api, function: str, parameters: dict[str, Any], edit: str, own: dict[str, Any]
) -> None:
    task = stored(packed, body(function, {"seed": 7, **parameters}))
    assert (task.submission.model, task.submission.edit, task.submission.count) == (NAME, edit, 1)
    assert task.submission.parameters == {**PLAIN, "seed": 7, **own}
    assert set(task.submission.inputs) == ({"image", "mask"} if edit == "inpaint" else {"image"})
    # The edit itself takes what the dialect gives it.
    packed.services.catalogue[edit].check(task.submission.parameters)


def test_all_functions_are_tested() -> None:
    assert set(FUNCTIONS) == {
        *("stylization_all", "stylization_local", "description_edit", "description_edit_with_mask"),
        *("remove_watermark", "remove_watermaker", "expand", "super_resolution", "colorization"),
        *("doodle", "control_cartoon_feature"),
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (body(prompt="字" * 801), "字" * 800),
        (body(prompt=None), ""),
        (body(prompt=""), ""),
    ],
)
def test_prompts(packed: Api, sent: dict[str, Any], kept: str) -> None:
    assert stored(packed, sent).submission.parameters["prompt"] == kept


def test_an_absent_seed_is_another_one_each_time(packed: Api) -> None:
    seeds = {stored(packed, body()).submission.parameters["seed"] for _ in range(4)}
    assert len(seeds) > 1
    assert all(0 <= seed <= 2147483647 for seed in seeds)
    assert stored(packed, body(parameters={"seed": "2147483647"})).submission.parameters["seed"] == 2147483647


@pytest.mark.parametrize("n", [1, 4, "3", 2.0])
def test_n(packed: Api, n: object) -> None:
    assert stored(packed, body(parameters={"n": n})).submission.count == int(float(str(n)))


def test_watermark_and_rules() -> None:
    order = MODEL.read(body()["input"], {"watermark": True}, load())
    assert order.parameters["label"] is True
    (picture,) = order.pictures.values()
    assert (picture.rules.min_side_px, picture.rules.max_side_px, picture.rules.max_bytes) == (
        512,
        4096,
        10485760,
    )
    assert picture.rules.formats == ("jpeg", "png", "bmp", "tiff", "webp")
    relaxed = MODEL.read(body()["input"], {}, load(limits="relaxed"))
    assert {picture.rules.min_side_px for picture in relaxed.pictures.values()} == {1}


def missing(name: str) -> dict[str, Any]:
    sent = body("description_edit_with_mask")
    del sent["input"][name]
    return sent


SPECIFICATION = "the parameters must conform to the specification: "


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (missing("function"), "Field required: input.function"),
        (body(""), "Field required: input.function"),
        (body("erase_everything"), SPECIFICATION + "input.function"),
        (missing("base_image_url"), "Field required: input.base_image_url"),
        (missing("mask_image_url"), "Field required: input.mask_image_url"),
        (body("description_edit_with_mask", mask_image_url=""), "Field required: input.mask_image_url"),
        (body(prompt=3), SPECIFICATION + "input.prompt: must be a string"),
        (body(base_image_url="file:///etc/passwd"), "input.base_image_url"),
        (body(base_image_url="/etc/passwd"), "input.base_image_url"),
        (body(parameters={"n": 0}), "Range of n should be [1, 4]"),
        (body(parameters={"n": 5}), "Range of n should be [1, 4]"),
        (body(parameters={"n": 10**30}), "Range of n should be [1, 4]"),
        (body(parameters={"n": 1.5}), SPECIFICATION + "parameters.n: must be a whole number"),
        (body(parameters={"n": True}), SPECIFICATION + "parameters.n: must be a number"),
        (body(parameters={"n": "many"}), SPECIFICATION + "parameters.n: must be a number"),
        (body(parameters={"seed": -1}), "Range of seed should be [0, 2147483647]"),
        (body(parameters={"seed": 2147483648}), "Range of seed should be [0, 2147483647]"),
        (body(parameters={"watermark": "maybe"}), SPECIFICATION + "parameters.watermark"),
        (body("stylization_all", {"strength": 1.01}), "Range of strength should be [0, 1]"),
        (body("description_edit", {"strength": -0.1}), "Range of strength should be [0, 1]"),
        (body("expand", {"right_scale": 2.5}), "Range of right_scale should be [1, 2]"),
        (body("expand", {"top_scale": 0}), "Range of top_scale should be [1, 2]"),
        (body("super_resolution", {"upscale_factor": 5}), "Range of upscale_factor should be [1, 4]"),
        (body("doodle", {"is_sketch": 2}), SPECIFICATION + "parameters.is_sketch"),
    ],
)
def test_refusals(packed: Api, sent: dict[str, Any], message: str) -> None:
    reply = packed.client.submit(sent)
    assert reply["code"] == "InvalidParameter"
    assert message in reply["message"]
    assert "output" not in reply
