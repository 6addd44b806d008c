"""Stability's forms: one class each, and the edit that it stands for. Unknown fields are ignored."""

import secrets
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Literal

from pydantic import Field
from starlette.datastructures import Headers

from cleanplate.api.field_values import RequestBody, Whole, read_request
from cleanplate.api.form_fields import FormFields, FormRules, read_form
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BadParameter, InputTooLarge, NotAPicture
from cleanplate.intake.header_size import may_be_transparent, size_in_header
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, looks_like_picture
from cleanplate.tasks.task import TaskInput

SEED: Final = "seed"
MAX_BYTES: Final = 10 * 2**20
_FORM: Final = FormRules(lambda name: name in ("image", "mask"))
_FORMATS: Final = ("jpeg", "png", "webp")
_RULES: Final = PictureRules(
    formats=_FORMATS, max_bytes=MAX_BYTES, min_side_px=64, max_side_px=2**15, max_pixels=9_437_184
)
_SMALL: Final = replace(_RULES, min_side_px=32, max_side_px=1536, max_pixels=2**20)
_MAX_SEED: Final = 2**32 - 2
_LONGEST_PROMPT: Final = 10_000
_MOST_PIXELS_UP: Final = 4 * 2**20
"""Of what `upscale/conservative` makes: 4 megapixels."""
_MOST_FACTOR: Final = 4
_NO_MASK: Final = "mask: none was sent, and no pixel of the image is transparent"
_NO_SIDE: Final = "at least one of left, right, up and down must be more than 0"


class StableImageBody(RequestBody):
    """What every form has beside its picture. 0 is a random seed, where the edit is `seeded`."""

    seeded: ClassVar[bool] = True
    output_format: Literal["jpeg", "png", "webp"] = "png"
    seed: Whole = Field(0, ge=0, le=_MAX_SEED)

    def drawn_seed(self) -> int:
        """The seed that is used, and told; 0 where nothing is drawn."""
        return (self.seed or 1 + secrets.randbelow(_MAX_SEED)) if self.seeded else 0

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        """Name and parameters of the edit, but for its seed. Raises `BadParameter`.

        Args:
            image: the file.
            masked: a mask was sent.
        """
        raise NotImplementedError


class StableEraseBody(StableImageBody):
    """`edit/erase`."""

    grow_mask: Whole = Field(5, ge=0, le=20)

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        return "erase", _masked(image, masked, self.grow_mask)


class StableInpaintBody(StableEraseBody):
    """`edit/inpaint`."""

    prompt: str = Field(max_length=_LONGEST_PROMPT)
    negative_prompt: str = Field("", max_length=_LONGEST_PROMPT)

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        words = {"prompt": self.prompt, "negative_prompt": self.negative_prompt}
        return "inpaint", {**words, **_masked(image, masked, self.grow_mask)}


class StableOutpaintBody(StableImageBody):
    """`edit/outpaint`. `creativity` has no effect: what is new goes on from the picture."""

    left: Whole = Field(0, ge=0, le=2000)
    right: Whole = Field(0, ge=0, le=2000)
    up: Whole = Field(0, ge=0, le=2000)
    down: Whole = Field(0, ge=0, le=2000)
    prompt: str = Field("", max_length=_LONGEST_PROMPT)

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        added = [self.left, self.up, self.right, self.down]
        if not any(added):
            raise BadParameter(_NO_SIDE)
        return "expand", {"add_px": added, "prompt": self.prompt}


class StableReplaceBody(StableImageBody):
    """`edit/search-and-replace`, by an instruction."""

    prompt: str = Field(max_length=_LONGEST_PROMPT)
    search_prompt: str = Field(max_length=_LONGEST_PROMPT)

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        return "instruct", {"prompt": f"Replace {self.search_prompt} with {self.prompt}"}


class StableRemoveBackgroundBody(StableImageBody):
    """`edit/remove-background`. A JPEG could not hold the result."""

    seeded: ClassVar[bool] = False
    output_format: Literal["png", "webp"] = "png"

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        return "cut_out", {}


class StableFastUpscaleBody(StableImageBody):
    """`upscale/fast`: four times as wide and as high."""

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        return "upscale", {"factor": _MOST_FACTOR}


class StableConservativeBody(StableImageBody):
    """`upscale/conservative`: up to 4 megapixels. `creativity` has no effect."""

    prompt: str = Field(max_length=_LONGEST_PROMPT)
    negative_prompt: str = Field("", max_length=_LONGEST_PROMPT)

    def edit(self, image: bytes, *, masked: bool) -> tuple[str, dict[str, Any]]:
        width, height = size_in_header(image) or (1, 1)
        fitting = [
            factor for factor in range(1, _MOST_FACTOR + 1) if width * height * factor**2 <= _MOST_PIXELS_UP
        ]
        return "upscale", {"factor": max(fitting, default=1), "prompt": self.prompt}


@dataclass(frozen=True, slots=True)
class StableOperation:
    """One path.

    Attributes:
        path: below the prefix.
        body: its form.
        rules: what its image may be.
    """

    path: str
    body: type[StableImageBody]
    rules: PictureRules = _RULES


OPERATIONS: Final = (
    StableOperation("edit/erase", StableEraseBody),
    StableOperation("edit/inpaint", StableInpaintBody),
    StableOperation("edit/outpaint", StableOutpaintBody),
    StableOperation("edit/search-and-replace", StableReplaceBody),
    StableOperation(
        "edit/remove-background", StableRemoveBackgroundBody, replace(_RULES, max_pixels=4 * 2**20)
    ),
    StableOperation("upscale/fast", StableFastUpscaleBody, _SMALL),
    StableOperation("upscale/conservative", StableConservativeBody),
)


def read_stable_form(headers: Headers, operation: StableOperation, body: bytes) -> TaskRequest:
    """Read a form; `extra` has the `seed` that is used.

    Raises:
        BadParameter: a field is missing or wrong; the text starts with its name.
        InputTooLarge, NotAPicture: a file is.
    """
    form = read_form(headers, _FORM, body)
    image = _file(form, "image")
    if image is None:
        raise BadParameter("image: is required, as a file of the form")
    fields = read_request(operation.body, form.texts)
    mask = _file(form, "mask") if isinstance(fields, StableEraseBody) else None
    edit, parameters = fields.edit(image, masked=mask is not None)
    seed = fields.drawn_seed()
    flatten = fields.output_format == "jpeg" and not parameters.get("alpha_mask")
    inputs = {"image": TaskInput(Inline(image), replace(operation.rules, flatten=flatten))}
    if mask is not None:
        inputs["mask"] = TaskInput(Inline(mask), replace(_RULES, min_side_px=1, fit="scale"))
    return TaskRequest(
        edit=edit,
        model=f"stable-image/{operation.path}",
        inputs=inputs,
        parameters={**parameters, SEED: seed} if fields.seeded else parameters,
        output=fields.output_format,
        interactive=True,
        extra={SEED: seed},
    )


def _masked(image: bytes, masked: bool, grow_px: int) -> dict[str, Any]:
    """Without a mask the image's own transparency is it; raises `BadParameter` where it surely has none."""
    if not masked and not may_be_transparent(image):
        raise BadParameter(_NO_MASK)
    return {"dilate_px": grow_px, "alpha_mask": not masked}


def _file(form: FormFields, name: str) -> bytes | None:
    data = form.files.get(name)
    if data is None and name in form.texts:  # of a body that is no multipart
        raise BadParameter(f"{name}: must be a file of the form")
    if data is not None and len(data) > MAX_BYTES:
        raise InputTooLarge(f"{name}: payload too large: max {MAX_BYTES // 2**20} MiB")
    if data is not None and not looks_like_picture(data):
        raise NotAPicture(f"{name}: this is not a picture, use {', '.join(_FORMATS).upper()}")
    return data
