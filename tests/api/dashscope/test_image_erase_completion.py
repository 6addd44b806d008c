"""What the server's settings change in an order to erase."""

from typing import Any

import pytest

from cleanplate.api.dashscope.image_erase_completion import MODEL
from cleanplate.settings import load

INPUT = {"image_url": "http://h/a.png", "mask_url": "http://h/b.png", "foreground_url": "http://h/c.png"}


@pytest.mark.parametrize(("limits", "least_px"), [("vendor", 512), ("relaxed", 1)])
def test_the_lower_bound_can_be_lifted(limits: str, least_px: int) -> None:
    order = MODEL.read(INPUT, {}, load(limits=limits))
    assert {picture.rules.min_side_px for picture in order.pictures.values()} == {least_px}
    assert {picture.rules.max_side_px for picture in order.pictures.values()} == {4096}
    assert list(order.pictures) == ["image", "mask", "keep"]


@pytest.mark.parametrize(
    ("default", "asked", "label"),
    [
        (True, {}, True),
        (False, {}, False),
        (False, {"add_watermark": True}, True),
        (True, {"add_watermark": "false"}, False),
        (False, {"add_watermark": None}, False),
    ],
)
def test_the_label(default: bool, asked: dict[str, Any], label: bool) -> None:
    order = MODEL.read(INPUT, asked, load(default_label=default))
    assert order.parameters["label"] is label


def test_the_parameters_are_those_of_the_edit() -> None:
    from cleanplate.edits.erase import EDIT

    order = MODEL.read(INPUT, {"fast_mode": True, "dilate_flag": False}, load())
    assert order.edit == EDIT.name
    assert EDIT.parse(dict(order.parameters)).model_dump(exclude_defaults=True) == {
        "fast": True,
        "dilate_px": 0,
        "label": True,
    }
