"""`image-erase-completion`: erase what a mask covers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import AliasChoices, Field

from cleanplate.api.dashscope.dashscope_bodies import read_fields
from cleanplate.api.dashscope.dashscope_codes import ERASE_FAILURES
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import Flag, RequestBody
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

_PHOTO = PictureRules(
    formats=("jpeg", "png", "bmp", "webp"),
    max_bytes=10 * 2**20,
    min_side_px=512,
    max_side_px=4096,
    max_pixels=4096 * 4096,
    flatten=True,
)
# The vendor lists HEIF for the mask only.
_MASK = replace(_PHOTO, formats=(*_PHOTO.formats, "heif"), repaint="nonzero")


class ErasureInput(RequestBody):
    """`input`. The `base_`/`mask_image_url` spellings are the SDK's arguments that upload local files."""

    image_url: str = Field(validation_alias=AliasChoices("image_url", "base_image_url"))
    mask_url: str = Field(validation_alias=AliasChoices("mask_url", "mask_image_url"))
    foreground_url: str = ""


class ErasureFlags(RequestBody):
    """`parameters`. `add_watermark` without a value is left to the server's setting.

    `dilate_flag` grows the mask by 1 % of the longer side, at least 4 px, as the edit does unless told.
    """

    fast_mode: Flag = False
    dilate_flag: Flag = True
    add_watermark: Flag | None = None


def _read(fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(ErasureInput, fields, "input.")
    asked = read_fields(ErasureFlags, parameters, "parameters.")
    least_px = 1 if settings.limits == "relaxed" else _PHOTO.min_side_px
    photo, mask = replace(_PHOTO, min_side_px=least_px), replace(_MASK, min_side_px=least_px)
    pictures = {
        "image": SentPicture("input.image_url", given.image_url, photo),
        "mask": SentPicture("input.mask_url", given.mask_url, mask),
    }
    if given.foreground_url:
        pictures["keep"] = SentPicture("input.foreground_url", given.foreground_url, mask)
    return ModelRequest(
        edit="erase",
        parameters={
            "fast": asked.fast_mode,
            "dilate_px": None if asked.dilate_flag else 0,
            "label": settings.default_label if asked.add_watermark is None else asked.add_watermark,
        },
        pictures=pictures,
    )


MODEL: Final = ServedModel(name="image-erase-completion", read=_read, failures=ERASE_FAILURES, several=False)
