"""Novita's bodies. Unknown keys are ignored; `field_values` says what stands for absent."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from cleanplate.api.field_values import Flag, RequestBody, read_request
from cleanplate.api.novita.novita_codes import invalid
from cleanplate.api.refusal import Refusal, RefusedError
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Source, looks_like_picture, parse_source
from cleanplate.tasks.simulation import stand_in
from cleanplate.tasks.task import TaskInput

FORMATS: Final[Mapping[str, Literal["jpeg", "png", "webp"]]] = {
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "png": "png",
    "webp": "webp",
}
_ERASE: Final = "erase"
_MODEL: Final = "image-eraser"
_CALLBACK_FIELD: Final = "extra.webhook.url"
_MAX_PROMPT: Final = 2000
_MAX_PIXELS: Final = 4096 * 4096
_MAX_BYTES: Final = 30 * 2**20
_SUCCEED: Final = "TASK_STATUS_SUCCEED"


class TestMode(RequestBody):
    """`extra.webhook.test_mode`: a made-up end instead of work."""

    enabled: Flag = False
    return_task_status: Literal["TASK_STATUS_SUCCEED", "TASK_STATUS_FAILED"] = "TASK_STATUS_SUCCEED"


class ExtraWebhook(RequestBody):
    """`extra.webhook`."""

    url: str = ""
    test_mode: TestMode = Field(default_factory=TestMode)


class Extra(RequestBody):
    """`extra`. The other keys of the vendor's (storage of one's own, enterprise plans) are ignored."""

    webhook: ExtraWebhook = Field(default_factory=ExtraWebhook)
    response_image_type: str = "png"


class EraserBody(RequestBody):
    """Body of `POST /v3/async/image-eraser`."""

    image: str
    mask: str = ""
    prompt: str = ""
    output_format: str = "jpeg"
    extra: Extra = Field(default_factory=Extra)


class CleanupBody(RequestBody):
    """Body of `POST /v3/cleanup`."""

    image_file: str
    mask_file: str
    extra: Extra = Field(default_factory=Extra)


def read_eraser(values: Mapping[str, Any]) -> TaskRequest:
    """Read a submit. Raises `RefusedError` or `BadParameter`."""
    body = read_request(EraserBody, values)
    output = output_format("output_format", body.output_format)
    hook = body.extra.webhook
    if not body.mask and not body.prompt:
        raise RefusedError(invalid("mask or prompt is required: there is nothing to erase"))
    inputs = picture_inputs(output, {"image": ("image", body.image), "mask": ("mask", body.mask)})
    parameters = {} if body.mask else {"find": body.prompt[:_MAX_PROMPT]}
    if hook.test_mode.enabled:
        return mock_request(_MODEL, body.extra, output)
    return TaskRequest(
        edit=_ERASE,
        model=_MODEL,
        inputs=inputs,
        parameters=parameters,
        output=output,
        **told(body.extra),
    )


def read_cleanup(values: Mapping[str, Any]) -> TaskRequest:
    """Read the body of the synchronous neighbour. Raises the same."""
    body = read_request(CleanupBody, values)
    output = output_format("extra.response_image_type", body.extra.response_image_type)
    pictures = {"image": ("image_file", body.image_file), "mask": ("mask_file", body.mask_file)}
    return TaskRequest(
        edit=_ERASE, model=_MODEL, inputs=picture_inputs(output, pictures), output=output, interactive=True
    )


def told(extra: Extra) -> dict[str, Any]:
    """The fields of a `TaskRequest` that say who is told how it ended."""
    return {"callback_url": extra.webhook.url or None, "callback_field": _CALLBACK_FIELD}


def mock_request(model: str, extra: Extra, output: Literal["jpeg", "png", "webp"]) -> TaskRequest:
    """A task that ends as it was told to: one pixel of a built-in picture, or nothing to erase at all."""
    status = extra.webhook.test_mode.return_task_status
    rules = _rules("image", output)
    parameters = {"boxes": [[0, 0, 1, 1]], "dilate_px": 0} if status == _SUCCEED else {}
    return TaskRequest(
        edit=_ERASE,
        model=model,
        inputs={"image": TaskInput(Inline(stand_in()), rules)},
        parameters=parameters,
        output=output,
        extra={"mock": status},
        **told(extra),
    )


def output_format(field: str, name: str) -> Literal["jpeg", "png", "webp"]:
    known = FORMATS.get(name.strip().lower())
    if known is None:
        raise RefusedError(invalid(f"{field}: must be one of jpeg, png, webp"))
    return known


def _rules(role: str, output: str) -> PictureRules:
    return PictureRules(
        formats=("jpeg", "png", "webp"),
        max_bytes=_MAX_BYTES,
        max_side_px=_MAX_PIXELS,
        max_pixels=_MAX_PIXELS,
        fit="scale" if role == "mask" else "exact",
        flatten=role == "image" and output == "jpeg",
    )


def picture_inputs(output: str, given: Mapping[str, tuple[str, str]]) -> dict[str, TaskInput]:
    """Role to (name of the field, its string), to sources; an absent one is left out."""
    return {
        role: TaskInput(_source(field, value), _rules(role, output))
        for role, (field, value) in given.items()
        if value
    }


def _source(field: str, value: str) -> Source:
    try:
        source = parse_source(value, max_bytes=_MAX_BYTES)
    except InputTooLarge as error:
        raise _refusal("IMAGE_FILE_EXCEEDS_MAX_SIZE", field, error.public) from None
    except BadParameter as error:
        raise _refusal("INVALID_IMAGE_FORMAT", field, error.public) from None
    if isinstance(source, Inline) and not looks_like_picture(source.data):
        raise _refusal("INVALID_IMAGE_FORMAT", field, "this is not a picture")
    return source


def _refusal(reason: str, field: str, text: str) -> RefusedError:
    return RefusedError(Refusal(400, reason, f"{field}: {text}"))
