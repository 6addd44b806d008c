"""IOPaint's bodies. What has no effect here is not looked at; `field_values` says what stands for absent."""

import secrets
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from cleanplate.api.field_values import Flag, RequestBody, Whole, without_absent
from cleanplate.api.iopaint.iopaint_codes import invalid, refused
from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.picture_rules import FORMATS, Means, PictureRules
from cleanplate.intake.sources import Inline, looks_like_picture, parse_source
from cleanplate.tasks.task import OutputFormat, TaskInput
from cleanplate.transport.request_body import parse_json
from cleanplate.validation import first_fault

_RANDOM: Final = -1
_MOST_RANDOM: Final = 99_999_999
_MAX_SIDE_PX: Final = 8192
_FAR_PX: Final = 2**15 - 1
_MAX_PIXELS: Final = 40_000_000
_MOST_CLICKS: Final = 100
_NO_PICTURE: Final = "it must be the base64 of a picture, or a data URL of one; addresses are not fetched"

B = TypeVar("B", bound=RequestBody)


class InpaintBody(RequestBody):
    """Those fields of `POST /api/v1/inpaint` that have an effect here.

    `dilate_px` and `feather_px` are not IOPaint's.
    """

    image: str
    mask: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    sd_seed: Whole = 42
    sd_steps: Whole = Field(50, ge=1, le=10_000)
    use_croper: Flag = False
    use_extender: Flag = False
    extender_x: Whole = 0
    extender_y: Whole = 0
    extender_width: Whole = 640
    extender_height: Whole = 640
    dilate_px: Whole = Field(0, ge=0, le=512)
    feather_px: Whole = Field(0, ge=0, le=64)

    def frame(self) -> tuple[int, int, int, int]:
        """The extender's: left, top, width, height. Raises `RefusedError`: they are read where it is used."""
        for name in ("extender_x", "extender_y"):
            _check_within(name, getattr(self, name), -_FAR_PX, _FAR_PX)
        for name in ("extender_width", "extender_height"):
            _check_within(name, getattr(self, name), 1, _FAR_PX)
        return self.extender_x, self.extender_y, self.extender_width, self.extender_height

    def drawn_seed(self) -> int:
        """The seed, which is drawn where that is wanted."""
        return secrets.randbelow(_MOST_RANDOM) + 1 if self.sd_seed == _RANDOM else self.sd_seed


class PluginBody(RequestBody):
    """Body of `run_plugin_gen_mask` and of `run_plugin_gen_image`."""

    name: str
    image: str
    clicks: list[list[Whole]] = Field([], max_length=_MOST_CLICKS)
    scale: Whole = 2


class AdjustBody(RequestBody):
    """Body of `adjust_mask`."""

    mask: str
    operate: Literal["expand", "shrink", "reverse"]
    kernel_size: Whole = Field(5, ge=0, le=512)


class ModelBody(RequestBody):
    """Body of `POST /api/v1/model`."""

    name: str


class PluginModelBody(RequestBody):
    """Body of `switch_plugin_model`."""

    plugin_name: str
    model_name: str


def _check_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise invalid(name, f"must be a whole number from {least} to {most}")


def read_fields(kind: type[B], data: bytes) -> B:
    """A body as `kind`. Raises `RefusedError`, which names the first wrong field."""
    try:
        return kind.model_validate(without_absent(parse_json(data)))
    except ValidationError as error:
        fault = first_fault(error, kind)
        raise invalid(fault.field, fault.words) from None
    except BadParameter as error:
        raise invalid("", error.public) from None


def picture(field: str, text: str, max_bytes: int, means: Means = "auto") -> TaskInput:
    """A picture of a body. Raises `RefusedError`."""
    rules = PictureRules(
        formats=FORMATS,
        max_bytes=max_bytes,
        max_side_px=_MAX_SIDE_PX,
        max_pixels=_MAX_PIXELS,
        means=means,
    )
    try:
        source = parse_source(text, max_bytes=max_bytes)
    except InputTooLarge as error:
        raise refused(f"{field}: {error.public}", 413) from None
    except BadParameter:
        source = None
    if not isinstance(source, Inline) or not looks_like_picture(source.data):
        raise refused(f"{field}: {_NO_PICTURE}")
    return TaskInput(source, rules)


def format_of(given: TaskInput) -> OutputFormat:
    """The format of a result: the picture's own, where it can be that."""
    data = given.source.data if isinstance(given.source, Inline) else b""
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else "same"


def clicked(clicks: list[list[int]]) -> Mapping[str, Any]:
    """Parameters of `select` for (x, y, 1 on the thing or 0 beside it) each. Raises `RefusedError`."""
    spots: dict[int, list[list[int]]] = {1: [], 0: []}
    for click in clicks:
        if len(click) < 3 or click[2] not in spots:  # noqa: PLR2004 - x, y and which
            raise invalid("clicks", "each must be [x, y, 1] on the thing, or [x, y, 0] beside it")
        spots[click[2]].append([max(click[0], 0), max(click[1], 0)])
    if not spots[1]:
        raise refused("clicks: at least one must lie on the thing: [x, y, 1]")
    # The likeliest, however much of the picture it is: who clicks sees it before anything is done there
    return {"points": spots[1], "not_points": spots[0], "candidate": 1}
