"""Bodies of Novita's other editors: text removal and outpainting at once, inpainting and upscale as tasks.

What only says how a network works (steps, sampler, guidance, VAE, padding, noise) is read and not followed:
the networks here have their own. What would change what is made is followed, or refused.
"""

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from cleanplate.api.field_values import Flag, RequestBody, Whole, as_number, read_request
from cleanplate.api.novita.novita_bodies import (
    Extra,
    mock_request,
    output_format,
    picture_inputs,
    told,
)
from cleanplate.api.novita.novita_codes import invalid
from cleanplate.api.refusal import RefusedError
from cleanplate.api.task_request import TaskRequest

_MAX_SEED: Final = 2**32 - 1
_UPSCALERS = Literal["RealESRGAN_x4plus_anime_6B", "RealESRNet_x4plus", "4x-UltraSharp"]


def _number_or_sent(value: object) -> object:
    found = as_number(value)
    return value if found is None else found


_Number = Annotated[float, BeforeValidator(_number_or_sent)]


class PictureBody(RequestBody):
    """Body of `POST /v3/remove-text` and `remove-background`, whose JPEGs have white ground."""

    image_file: str
    extra: Extra = Field(default_factory=Extra)


class OutpaintingBody(RequestBody):
    """Body of `POST /v3/outpainting`.

    `center_x` and `center_y`: how far right of and below the result's middle the picture's middle lies.
    """

    image_file: str
    prompt: str
    width: Whole = Field(ge=1, le=4096)
    height: Whole = Field(ge=1, le=4096)
    center_x: Whole = Field(0, ge=-4096, le=4096)
    center_y: Whole = Field(0, ge=-4096, le=4096)
    extra: Extra = Field(default_factory=Extra)


class InpaintingRequest(RequestBody):
    """`request` of `POST /v3/async/inpainting`."""

    model_name: str
    image_base64: str
    mask_image_base64: str
    prompt: str
    negative_prompt: str = ""
    image_num: Whole = Field(1, ge=1, le=8)
    seed: Whole = Field(-1, ge=-1, le=_MAX_SEED)
    mask_blur: Whole = Field(1, ge=0, le=64)
    strength: _Number = Field(1, ge=0, le=1)
    inpainting_mask_invert: Flag = False
    loras: list[Any] = Field(default_factory=list)
    embeddings: list[Any] = Field(default_factory=list)


class UpscaleRequest(RequestBody):
    """`request` of `POST /v3/async/upscale`."""

    model_name: _UPSCALERS
    image_base64: str
    scale_factor: _Number = Field(gt=1, le=4)


class InpaintingBody(RequestBody):
    """The whole body."""

    request: InpaintingRequest
    extra: Extra = Field(default_factory=Extra)


class UpscaleBody(RequestBody):
    """The whole body."""

    request: UpscaleRequest
    extra: Extra = Field(default_factory=Extra)


def read_picture(model: str, edit: str, values: Mapping[str, Any]) -> TaskRequest:
    """The body of an edit that is told nothing. Raises `RefusedError` or `BadParameter`, as all of these."""
    body = read_request(PictureBody, values)
    return _at_once(model, edit, body.image_file, body.extra, {})


def read_outpainting(values: Mapping[str, Any]) -> TaskRequest:
    body = read_request(OutpaintingBody, values)
    parameters = {
        "prompt": body.prompt[:1024],
        "size": [body.width, body.height],
        "shift": [body.center_x, body.center_y],
    }
    return _at_once("outpainting", "expand", body.image_file, body.extra, parameters)


def read_inpainting(values: Mapping[str, Any]) -> TaskRequest:
    body = read_request(InpaintingBody, values)
    asked = body.request
    _refuse_where(bool(asked.loras), "loras", "this server has none of them; leave it out")
    _refuse_where(bool(asked.embeddings), "embeddings", "this server has none of them; leave it out")
    _refuse_where(asked.strength < 1, "strength", "must be 1: what the mask covers is made wholly anew")
    _refuse_where(asked.inpainting_mask_invert, "inpainting_mask_invert", "must be 0: white is repainted")
    return _later(
        "inpainting",
        "inpaint",
        {
            "image": ("request.image_base64", asked.image_base64),
            "mask": ("request.mask_image_base64", asked.mask_image_base64),
        },
        body.extra,
        {
            "prompt": asked.prompt[:1024],
            "negative_prompt": asked.negative_prompt[:1024],
            "seed": secrets.randbelow(_MAX_SEED + 1) if asked.seed < 0 else asked.seed,
            "feather_px": asked.mask_blur,
        },
        asked.image_num,
    )


def read_upscale(values: Mapping[str, Any]) -> TaskRequest:
    body = read_request(UpscaleBody, values)
    factor = body.request.scale_factor
    _refuse_where(factor != int(factor), "scale_factor", "must be 2, 3 or 4: a whole number")
    picture = ("request.image_base64", body.request.image_base64)
    return _later("upscale", "upscale", {"image": picture}, body.extra, {"factor": int(factor)})


def _at_once(model: str, edit: str, image: str, extra: Extra, parameters: Mapping[str, Any]) -> TaskRequest:
    output = output_format("extra.response_image_type", extra.response_image_type)
    inputs = picture_inputs(output, {"image": ("image_file", image)})
    return TaskRequest(
        edit=edit, model=model, inputs=inputs, parameters=parameters, output=output, interactive=True
    )


def _later(
    model: str,
    edit: str,
    pictures: Mapping[str, tuple[str, str]],
    extra: Extra,
    parameters: Mapping[str, Any],
    count: int = 1,
) -> TaskRequest:
    output = output_format("extra.response_image_type", extra.response_image_type)
    inputs = picture_inputs(output, pictures)
    if extra.webhook.test_mode.enabled:
        return mock_request(model, extra, output)
    return TaskRequest(
        edit=edit,
        model=model,
        inputs=inputs,
        parameters=parameters,
        count=count,
        output=output,
        **told(extra),
    )


def _refuse_where(wrong: bool, field: str, why: str) -> None:
    if wrong:
        raise RefusedError(invalid(f"request.{field}: {why}"))
