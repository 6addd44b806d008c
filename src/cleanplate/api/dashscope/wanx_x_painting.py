"""`wanx-x-painting`: make what a mask covers anew, as a prompt says, in one of three sizes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cleanplate.api.dashscope.dashscope_bodies import prompt_of, read_fields, seed_of, whole_of
from cleanplate.api.dashscope.dashscope_codes import IMAGE_FAILURES, invalid, not_conforming
from cleanplate.api.dashscope.mask_colours import mask_colours
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import RequestBody, is_absent
from cleanplate.api.refusal import RefusedError
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

MAX_PROMPT: Final = 75
MAX_COUNT: Final = 4
SIZES: Final = ("1024*1024", "720*1280", "1280*720")
# Each with the words that a model without styles of its own is told; the vendor does not say which it uses.
STYLES: Final[Mapping[str, str]] = {
    "<auto>": "",
    "<3d cartoon>": "3D cartoon",
    "<anime>": "anime",
    "<oil painting>": "oil painting",
    "<watercolor>": "watercolor",
    "<sketch>": "sketch",
    "<chinese painting>": "Chinese painting",
    "<flat illustration>": "flat illustration",
}
_SIZE = re.compile(r"([1-9][0-9]{0,3})[*xX]([1-9][0-9]{0,3})")
_MAX_SIDE_PX: Final = 4096
_PHOTO: Final = PictureRules(
    formats=("jpeg", "png", "bmp", "tiff", "webp"),
    max_bytes=10 * 2**20,
    # "larger than 256 x 256 and smaller than 4096 x 4096"
    min_side_px=257,
    max_side_px=4095,
    max_pixels=4095 * 4095,
    flatten=True,
)


class PaintingInput(RequestBody):
    """`input`."""

    prompt: str
    base_image_url: str
    mask_image_url: str


def _read(fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(PaintingInput, fields, "input.")
    rules = replace(_PHOTO, min_side_px=1) if settings.limits == "relaxed" else _PHOTO
    mask_rules = replace(rules, colours=mask_colours(parameters.get("mask_color")))
    style = _style(parameters.get("style"))
    prompt = given.prompt[:MAX_PROMPT]
    return ModelRequest(
        edit="inpaint",
        parameters={
            "prompt": f"{prompt}, {style}" if style else prompt,
            "negative_prompt": prompt_of(fields, "negative_prompt", MAX_PROMPT),
            "seed": seed_of(parameters),
            "size": _size(parameters.get("size"), settings),
        },
        pictures={
            "image": SentPicture("input.base_image_url", given.base_image_url, rules),
            "mask": SentPicture("input.mask_image_url", given.mask_image_url, mask_rules),
        },
        count=whole_of(parameters, "n", 1, MAX_COUNT, 1),
        called="model wanx-x-painting",
    )


def _style(value: object) -> str:
    style = STYLES.get(value.strip()) if isinstance(value, str) else None
    if style is None and not is_absent(value):
        raise RefusedError(invalid("The style is invalid."))
    return style or ""


def _size(value: object, settings: Settings) -> list[int] | None:
    """[width, height] of the results; None is the picture's own."""
    if is_absent(value):
        value = None if settings.painting_size == "keep" else SIZES[0]
    if value is None:
        return None
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = [int(side) for side in found.groups()] if found else []
    known = f"{size[0]}*{size[1]}" in SIZES if size else False
    if not known and not (settings.limits == "relaxed" and size and max(size) <= _MAX_SIDE_PX):
        raise RefusedError(not_conforming(f"size must be one of {', '.join(SIZES)}"))
    return size


MODEL: Final = ServedModel(name="wanx-x-painting", read=_read, failures=IMAGE_FAILURES)
