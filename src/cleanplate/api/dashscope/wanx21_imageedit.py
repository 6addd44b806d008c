"""`wanx2.1-imageedit`: ten functions, each an edit of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cleanplate.api.dashscope.dashscope_bodies import number_of, prompt_of, read_fields, seed_of, whole_of
from cleanplate.api.dashscope.dashscope_codes import IMAGE_FAILURES, NO_FUNCTION, not_conforming
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import Flag, RequestBody
from cleanplate.api.refusal import RefusedError
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

MAX_PROMPT: Final = 800
MAX_COUNT: Final = 4
PHOTO: Final = PictureRules(
    formats=("jpeg", "png", "bmp", "tiff", "webp"),
    max_bytes=10 * 2**20,
    min_side_px=512,
    max_side_px=4096,
    max_pixels=4096 * 4096,
    flatten=True,
)

OwnParameters = Callable[[Mapping[str, Any]], dict[str, Any]]
"""`parameters` -> those of the edit that this function alone has."""


class EditInput(RequestBody):
    """`input`. The mask belongs to one function; the others ignore it."""

    function: str
    base_image_url: str


class MaskInput(RequestBody):
    """What `description_edit_with_mask` needs beside that."""

    mask_image_url: str


class EditFlags(RequestBody):
    """Those of `parameters` that are true or false."""

    watermark: Flag = False
    is_sketch: Flag = False


@dataclass(frozen=True, slots=True)
class Function:
    """One value of `input.function`: its edit, and how that one's parameters come out of the body's."""

    edit: str
    own: OwnParameters
    masked: bool = False


def _no_parameters(_parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _any_writing(_parameters: Mapping[str, Any]) -> dict[str, Any]:
    # The vendor takes whatever the prompt says; what we cannot read means all writing and marks.
    return {"strict": False}


def _strength(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"strength": number_of(parameters, "strength", 0, 1, 0.5)}


def _scales(parameters: Mapping[str, Any]) -> dict[str, Any]:
    sides = ("top", "bottom", "left", "right")
    return {side: number_of(parameters, f"{side}_scale", 1, 2, 1) for side in sides}


def _factor(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"factor": whole_of(parameters, "upscale_factor", 1, 4, 1)}


def _sketch(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"is_sketch": read_fields(EditFlags, parameters, "parameters.").is_sketch}


_MISSPELT: Final = "remove_watermaker"
"""A constant of the vendor's Java SDK."""
_REMOVE_TEXT: Final = Function("remove_text", _any_writing)
FUNCTIONS: Final[Mapping[str, Function]] = {
    "stylization_all": Function("stylize", _strength),
    "stylization_local": Function("stylize_local", _no_parameters),
    "description_edit": Function("instruct", _strength),
    "description_edit_with_mask": Function("inpaint", _no_parameters, masked=True),
    "remove_watermark": _REMOVE_TEXT,
    _MISSPELT: _REMOVE_TEXT,
    "expand": Function("expand", _scales),
    "super_resolution": Function("upscale", _factor),
    "colorization": Function("colorize", _no_parameters),
    "doodle": Function("doodle", _sketch),
    "control_cartoon_feature": Function("character", _no_parameters),
}


def _read(fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(EditInput, fields, "input.")
    function = FUNCTIONS.get(given.function)
    if function is None:
        served = ", ".join(name for name in FUNCTIONS if name != _MISSPELT)
        raise RefusedError(not_conforming(NO_FUNCTION.format(served=served)))
    prompt = prompt_of(fields, "prompt", MAX_PROMPT)
    count = whole_of(parameters, "n", 1, MAX_COUNT, 1)
    edit_parameters = {
        "prompt": prompt,
        "seed": seed_of(parameters),
        "label": read_fields(EditFlags, _only_field(parameters, "watermark"), "parameters.").watermark,
        **function.own(parameters),
    }
    called = f"function {given.function}"
    if function.masked and not prompt.strip():
        # Without words it is a deletion: filled from the surroundings, no model needed.
        edit_parameters["dilate_px"] = None
        called = ""
    pictures = _pictures(fields, given, function, settings)
    return ModelRequest(function.edit, edit_parameters, pictures, count, called)


def _only_field(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: parameters.get(name)}


def _pictures(
    fields: Mapping[str, Any], given: EditInput, function: Function, settings: Settings
) -> dict[str, SentPicture]:
    rules = replace(PHOTO, min_side_px=1) if settings.limits == "relaxed" else PHOTO
    pictures = {"image": SentPicture("input.base_image_url", given.base_image_url, rules)}
    if function.masked:
        mask = read_fields(MaskInput, fields, "input.")
        pictures["mask"] = SentPicture("input.mask_image_url", mask.mask_image_url, rules)
    return pictures


MODEL: Final = ServedModel(name="wanx2.1-imageedit", read=_read, failures=IMAGE_FAILURES)
