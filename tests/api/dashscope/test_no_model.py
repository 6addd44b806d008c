"""A server without models says so at the submit, and pretends nothing."""

from typing import Any

import pytest
from tests.api.dashscope.conftest import Api
from tests.api.dashscope.test_wanx21_imageedit import MASK, NAME, PHOTO, body

PULLED = (
    "colorization",
    "control_cartoon_feature",
    "description_edit",
    "description_edit_with_mask",
    "doodle",
)
"""What needs a model that arrives in no package."""


@pytest.mark.parametrize("function", PULLED)
def test_functions_without_a_model(api: Api, function: str) -> None:
    before = api.client.get("/api/v1/tasks").json()["total"]
    reply = api.client.submit(body(function))
    assert reply["code"] == "InvalidParameter"
    assert f"function {function} is not available on this server" in reply["message"]
    assert "cleanplate models pull" in reply["message"]
    assert api.client.get("/api/v1/tasks").json()["total"] == before


def test_painting_without_a_model(api: Api) -> None:
    fields = {"prompt": "x", "base_image_url": PHOTO, "mask_image_url": MASK}
    reply = api.client.submit({"model": "wanx-x-painting", "input": fields})
    assert reply["code"] == "InvalidParameter"
    assert "model wanx-x-painting is not available on this server" in reply["message"]


@pytest.mark.parametrize(
    ("sent", "edit"),
    [(body("expand"), "expand"), (body("description_edit_with_mask", prompt=""), "inpaint")],
)
def test_what_needs_none_works(api: Api, sent: dict[str, Any], edit: str) -> None:
    task = api.store.get(api.client.submit(sent)["output"]["task_id"])
    assert task is not None
    assert (task.submission.model, task.submission.edit) == (NAME, edit)


def test_a_wrong_parameter_is_named_first(api: Api) -> None:
    assert "Range of n" in api.client.submit(body(parameters={"n": 9}))["message"]
