"""`image-out-painting`: turn a picture, then grow it to a ratio, by scales or by pixels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from cleanplate.api.dashscope.dashscope_bodies import number_of, read_fields, whole_of
from cleanplate.api.dashscope.dashscope_codes import ERASE_FAILURES, invalid, not_conforming
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import Flag, RequestBody, is_absent
from cleanplate.api.refusal import RefusedError
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

RATIOS: Final[Mapping[str, tuple[int, int]]] = {
    "1:1": (1, 1),
    "3:4": (3, 4),
    "4:3": (4, 3),
    "9:16": (9, 16),
    "16:9": (16, 9),
}
_SIDES: Final = ("left", "top", "right", "bottom")
_MOST_SCALE: Final = 3
_MOST_OFFSET: Final = 3 * 4096
_MAX_BYTES: Final = 5_000_000
"""What the vendor's page says of `limit_image_size` for all pictures that it takes."""
_NOTHING: Final = (
    "there is nothing to expand: set output_ratio, x_scale or y_scale above 1, an offset above 0, or angle"
)
_PHOTO: Final = PictureRules(
    formats=("jpeg", "png", "bmp", "webp", "heif"),
    max_bytes=10 * 2**20,
    min_side_px=512,
    max_side_px=4096,
    max_pixels=4096 * 4096,
    flatten=True,
)


class OutPaintingInput(RequestBody):
    """`input`."""

    image_url: str


class OutPaintingFlags(RequestBody):
    """Those of `parameters` that are true or false. What is made is always the best that this server can.

    `add_watermark` without a value is left to the server's setting.
    """

    best_quality: Flag = False
    limit_image_size: Flag = True
    add_watermark: Flag | None = None


def _read(fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(OutPaintingInput, fields, "input.")
    asked = read_fields(OutPaintingFlags, parameters, "parameters.")
    angle = whole_of(parameters, "angle", 0, 359, 0)
    grown = _growth(parameters)
    if not grown and not angle:
        raise RefusedError(invalid(_NOTHING))
    rules = replace(_PHOTO, min_side_px=1) if settings.limits == "relaxed" else _PHOTO
    return ModelRequest(
        edit="expand",
        parameters={
            "angle": angle,
            "label": settings.default_label if asked.add_watermark is None else asked.add_watermark,
            **grown,
        },
        pictures={"image": SentPicture("input.image_url", given.image_url, rules)},
        max_bytes=_MAX_BYTES if asked.limit_image_size else None,
    )


def _growth(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of `expand` for the first of the vendor's three ways that is asked for; {} for none."""
    ratio = parameters.get("output_ratio")
    x_scale, y_scale = (number_of(parameters, f"{axis}_scale", 1, _MOST_SCALE, 1) for axis in "xy")
    offsets = [whole_of(parameters, f"{side}_offset", 0, _MOST_OFFSET, 0) for side in _SIDES]
    if not is_absent(ratio):
        known = RATIOS.get(ratio.strip()) if isinstance(ratio, str) else None
        if known is None:
            raise RefusedError(not_conforming(f"output_ratio must be one of {', '.join(RATIOS)}"))
        return {"ratio": known}
    if max(x_scale, y_scale) > 1:
        # The picture lies in the middle: each side grows by half.
        across, down = (1 + (scale - 1) / 2 for scale in (x_scale, y_scale))
        return {"left": across, "right": across, "top": down, "bottom": down}
    return {"add_px": offsets} if any(offsets) else {}


MODEL: Final = ServedModel(
    name="image-out-painting",
    read=_read,
    failures=ERASE_FAILURES,
    several=False,
    task="image2image:out-painting",
)
