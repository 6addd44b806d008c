"""The vendor's bodies. Unknown keys are ignored; `field_values` says what stands for absent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import Field

from cleanplate.api.field_values import RequestBody, Whole, read_request
from cleanplate.api.task_request import TaskRequest, task_input
from cleanplate.intake.picture_rules import PictureRules

MODEL: Final = "flux-erase-v1"
SECRET: Final = "webhook_secret"  # noqa: S105 - the name of a field
_SEEDS: Final = 2**32
_IMAGE: Final = PictureRules(
    formats=("jpeg", "png", "webp"), max_bytes=30 * 2**20, max_side_px=8192, max_pixels=40_000_000
)


class EraseToolBody(RequestBody):
    """Body of `POST /v1/flux-tools/erase-v1`.

    Moderation is the server's own: `safety_tolerance` has no effect.
    """

    image: str
    mask: str
    dilate_pixels: Whole = Field(10, ge=0, le=25)
    output_format: Literal["jpeg", "png", "webp"] = "png"
    safety_tolerance: Whole = Field(2, ge=0, le=5)
    seed: Whole = 0
    webhook_url: str | None = None
    webhook_secret: str | None = Field(None, max_length=1024)


def read_erase(values: Mapping[str, Any]) -> TaskRequest:
    """Read a submit. Raises `BadParameter`, `InputTooLarge`."""
    body = read_request(EraseToolBody, values)
    image = replace(_IMAGE, flatten=body.output_format == "jpeg")
    return TaskRequest(
        edit="erase",
        model=MODEL,
        inputs={
            "image": task_input("image", body.image, image),
            "mask": task_input("mask", body.mask, _IMAGE),
        },
        # The vendor's seeds have no bounds
        parameters={"dilate_px": body.dilate_pixels, "seed": body.seed % _SEEDS},
        output=body.output_format,
        callback_url=body.webhook_url,
        callback_field="webhook_url",
        extra={} if body.webhook_secret is None else {SECRET: body.webhook_secret},
    )
