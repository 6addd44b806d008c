"""PicWish's forms. Unknown fields are ignored: they belong to the vendor's other endpoints."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from cleanplate.api.field_values import as_flag, as_number, as_whole
from cleanplate.api.form_fields import FormFields, FormRules
from cleanplate.api.task_request import TaskRequest
from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.intake.sources import Inline, Remote, Source, check_url
from cleanplate.tasks.task import TaskInput
from cleanplate.transport.request_body import load_json

FORM: Final = FormRules(is_file=lambda name: name == "file" or name.endswith("_file"))
_PHOTO: Final = PictureRules(
    # The vendor's list has names that are no formats; what can be decoded is taken.
    formats=("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif"),
    max_bytes=20 * 2**20,
    max_side_px=4096,
    max_pixels=4096 * 4096,
)
_MASK: Final = replace(_PHOTO, fit="aspect")
BINARY: Final = 3
"""The `return_type` of the file itself."""
_MOST_RECTANGLES: Final = 50
_FAR_PX: Final = 2**16
_Box = tuple[int, int, int, int]


def read_removal(form: FormFields) -> TaskRequest:
    """Read a form. A file wins over a URL, a mask over rectangles.

    `extra` has `waits`: the reply is the result, and `return_type`: 1 is a URL, 2 the file in base64.

    Raises:
        BadParameter: a field is missing or malformed.
        InputTooLarge: a file is.
    """
    image = _required(form, "image_url", "image_file")
    mask = _picture(form, "mask_url", "mask_file")
    text = form.texts.get("rectangles")
    if mask is None and text is None:
        raise BadParameter("The parameter mask_url, mask_file or rectangles is required")
    return _task(
        form,
        edit="erase",
        model="inpaint",
        inputs={
            "image": TaskInput(image, _PHOTO),
            **({} if mask is None else {"mask": TaskInput(mask, _MASK)}),
        },
        parameters={} if mask is not None or text is None else {"boxes": _boxes(text)},
        return_type=_one_of(form, "return_type", ("1", "2"), as_whole),
    )


def read_watermark(form: FormFields) -> TaskRequest:
    """Read a form of `external/watermark-remove`: `file` or `url`; clients send the other names, too.

    Raises:
        BadParameter, InputTooLarge: as `read_removal`.
    """
    named = "image" if "image_file" in form.files or "image_url" in form.texts else ""
    names = (f"{named}_url", f"{named}_file") if named else ("url", "file")
    inputs = {"image": TaskInput(_required(form, *names), _PHOTO)}
    parameters = {"prompt": "the watermark"}
    return _task(form, edit="remove_text", model="watermark-remove", inputs=inputs, parameters=parameters)


def read_scale(form: FormFields) -> TaskRequest:
    """Read a form of `scale`. Without a `scale_factor` the picture's size says it.

    Raises:
        BadParameter, InputTooLarge: as `read_removal`.
    """
    image = _required(form, "image_url", "image_file")
    if form.texts.get("type", "clean").strip() != "clean":
        raise BadParameter("The parameter type must be clean: this server has no model of its own for faces")
    factor = _one_of(form, "scale_factor", ("0", "1", "2", "4"), as_whole)
    return_type = _one_of(form, "return_type", ("1", "2", "3"), as_whole)
    wanted = _task(
        form,
        edit="upscale",
        model="scale",
        inputs={"image": TaskInput(image, _PHOTO)},
        parameters={"factor": factor or None},
        return_type=return_type,
    )
    if return_type == BINARY and not wanted.interactive:
        raise BadParameter("The parameter return_type 3 is for sync 1 only")
    return wanted


def _task(form: FormFields, return_type: int = 1, **fields: Any) -> TaskRequest:
    """What all forms say alike, and these fields."""
    callback_url = form.texts.get("callback_url")
    waits = _one_of(form, "sync", ("0", "1"), as_flag) == 1
    return TaskRequest(
        **fields,
        output="same",
        extra={"waits": waits, "return_type": return_type},
        interactive=waits,
        callback_url=None if callback_url is None else _url("callback_url", callback_url),
    )


def _required(form: FormFields, url_name: str, file_name: str) -> Source:
    source = _picture(form, url_name, file_name)
    if source is None:
        raise BadParameter(f"The parameter {url_name} or {file_name} is required")
    return source


def _picture(form: FormFields, url_name: str, file_name: str) -> Source | None:
    data = form.files.get(file_name)
    if data is not None:
        if not data:
            raise BadParameter(f"The parameter {file_name} is an empty file")
        if len(data) > _PHOTO.max_bytes:
            raise InputTooLarge(f"{file_name}: the file is too large")
        return Inline(data)
    url = form.texts.get(url_name)
    return None if url is None else Remote(_url(url_name, url))


def _url(name: str, value: str) -> str:
    try:
        return check_url(value)
    except BadParameter as error:
        raise BadParameter(f"The parameter {name} is invalid: {error.public}") from None


def _one_of(form: FormFields, name: str, choices: tuple[str, ...], read: Callable[[str], int | None]) -> int:
    """Which of some numbers a field says; the first where it is absent."""
    value = read(form.texts.get(name, choices[0]))
    if value is None or str(int(value)) not in choices:
        raise BadParameter(f"The parameter {name} must be {' or '.join(choices)}")
    return value


def _boxes(text: str) -> tuple[_Box, ...]:
    """The rectangles, rounded outward and cut at 0; the other two edges are known once it is decoded."""
    try:
        given = load_json(text.encode())
    except (BadParameter, ValueError):
        given = None
    if not isinstance(given, list) or not 1 <= len(given) <= _MOST_RECTANGLES:
        raise BadParameter(
            f"The parameter rectangles must be a JSON array of 1 to {_MOST_RECTANGLES} rectangles"
        )
    boxes = tuple(box for box in map(_box, given) if box[2] > box[0] and box[3] > box[1])
    if not boxes:
        raise BadParameter("The parameter rectangles: all of them are outside the image")
    return boxes


def _box(given: Any) -> _Box:
    if not isinstance(given, dict):
        raise BadParameter("The parameter rectangles: each must have x, y, width and height")
    x, y, width, height = (_number(given.get(name)) for name in ("x", "y", "width", "height"))
    if width <= 0 or height <= 0:
        raise BadParameter("The parameter rectangles: width and height must be greater than 0")
    return (
        _pixel(math.floor(x)),
        _pixel(math.floor(y)),
        _pixel(math.ceil(x + width)),
        _pixel(math.ceil(y + height)),
    )


def _pixel(value: int) -> int:
    return max(0, min(value, _FAR_PX))


def _number(value: Any) -> float:
    found = as_number(value)
    if found is None or abs(found) > _FAR_PX:
        raise BadParameter("The parameter rectangles: x, y, width and height must be numbers of pixels")
    return found
