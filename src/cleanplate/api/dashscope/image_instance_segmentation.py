"""`image-instance-segmentation`: a mask with a number for each person, and the photo with their colours."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cleanplate.api.dashscope.dashscope_bodies import read_fields
from cleanplate.api.dashscope.dashscope_codes import ERASE_FAILURES
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import RequestBody
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

_NAME: Final = "image-instance-segmentation"
_VIEWS: Final = ("labels", "colours")
_PHOTO: Final = PictureRules(
    formats=("jpeg", "png", "bmp", "webp"),
    max_bytes=10 * 2**20,
    min_side_px=512,
    max_side_px=4096,
    max_pixels=4096 * 4096,
    flatten=True,
)


class SegmentationInput(RequestBody):
    """`input`."""

    image_url: str


def _read(fields: Mapping[str, Any], _parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(SegmentationInput, fields, "input.")
    rules = replace(_PHOTO, min_side_px=1) if settings.limits == "relaxed" else _PHOTO
    return ModelRequest(
        edit="people",
        parameters={},
        pictures={"image": SentPicture("input.image_url", given.image_url, rules)},
        count=len(_VIEWS),
        called=f"model {_NAME}",
        variants=tuple({"view": view} for view in _VIEWS),
    )


MODEL: Final = ServedModel(
    name=_NAME,
    read=_read,
    failures=ERASE_FAILURES,
    several=False,
    names=("output_image_url", "output_vis_image_url"),
)
