"""OpenAI's bodies, multipart and JSON. Unknown fields are ignored; `field_values` says what is absent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from pydantic import Field, ValidationError
from starlette.requests import Request

from cleanplate.api.field_values import Flag, RequestBody, Whole, is_absent, without_absent
from cleanplate.api.form_fields import FormFields, FormRules, is_json, read_form
from cleanplate.api.openai.openai_codes import (
    BAD_FILE,
    MISSING,
    TOO_LARGE_FILE,
    UNSUPPORTED,
    WRONG_TYPE,
    WRONG_VALUE,
    refused,
)
from cleanplate.errors import BadParameter, InputTooLarge
from cleanplate.intake.sources import Inline, Source, looks_like_picture, parse_source
from cleanplate.transport.request_body import parse_json
from cleanplate.validation import first_fault

MOST_IMAGES: Final = 16
MOST_RESULTS: Final = 10
LONGEST_PROMPT: Final = 32_000
MAX_BYTES: Final = 50 * 2**20
FORMATS: Final[Mapping[str, Literal["png", "jpeg", "webp"]]] = {
    "png": "png",
    "jpeg": "jpeg",
    "jpg": "jpeg",
    "webp": "webp",
}
_LONGEST_SIDE: Final = 4096
_SIZE = re.compile(r"\s*([0-9]{1,5})\s*[xX*\u00d7]\s*([0-9]{1,5})\s*")
_IMAGE_NAME = re.compile(r"images?(\[\d{0,4}\])?")
_MASK_NAME = re.compile(r"mask(\[\d{0,4}\])?")
_MARKUP: Final = "markup"
_ONE_MASK: Final = "mask: send one; it is for the first image"
_ADDRESS_STARTS: Final = (b"http://", b"https://", b"data:")
_TYPES: Final = ("must be a string", "must be an array", "must be an object", "must be true or false")
_PICTURE_FORMS: Final = 'must be {"image_url": "https://... or data:..."}, or such a string'
_NO_FILES: Final = "files are not kept on this server: send the image itself, or its image_url"

_Quality: TypeAlias = Literal["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"]
_Given: TypeAlias = bytes | str
"""A file's bytes, or what stands for a picture in a text."""


class ImageFields(RequestBody):
    """Fields of `POST /v1/images/edits` but for its pictures. What has no effect here is not among them.

    `mask_means`, `image_alpha`, `seed`, `dilate_px` and `feather_px` are not the vendor's.
    """

    prompt: str = Field("", max_length=LONGEST_PROMPT)
    model: str = Field("", max_length=200)
    n: Whole = Field(1, ge=1, le=MOST_RESULTS)
    size: str = "auto"
    output_format: str = "png"
    output_compression: Whole = Field(100, ge=0, le=100)
    response_format: Literal["url", "b64_json"] | None = None
    background: Literal["transparent", "opaque", "auto"] = "auto"
    quality: _Quality = "auto"
    stream: Flag = False
    partial_images: Whole = Field(0, ge=0, le=3)
    mask_means: Literal["clear", "transparent", "opaque", "white", "nonzero"] = "clear"
    image_alpha: Literal["mask", "keep"] | None = None
    seed: Whole = Field(0, ge=0, le=2**32 - 1)
    dilate_px: Whole = Field(0, ge=0, le=512)
    feather_px: Whole = Field(0, ge=0, le=64)


@dataclass(frozen=True, slots=True)
class ImageEditRequest:
    """A request to edit, read but for the pictures themselves.

    Attributes:
        images: the first is edited.
        size: (width, height); None is the first image's.
        format: of the results.
        compressed: whether their quality was asked for.
    """

    fields: ImageFields
    images: tuple[Source, ...]
    mask: Source | None
    size: tuple[int, int] | None
    format: Literal["png", "jpeg", "webp"]
    compressed: bool

    def without_pictures(self) -> "ImageEditRequest":
        """The same for who answers later: the pictures are the task's, and need not lie here meanwhile."""
        nothing = Inline(b"")
        mask = None if self.mask is None else nothing
        return replace(self, images=tuple(nothing for _ in self.images), mask=mask)

    @property
    def in_base64(self) -> bool:
        """How results are answered: the vendor's GPT models know base64 alone, DALL-E 2 begins with links."""
        known = self.fields.model.lower()
        asked = self.fields.response_format or ("url" if known.startswith("dall-e") else "b64_json")
        return asked == "b64_json" or known.startswith(("gpt-", "chatgpt-"))


def _is_file(name: str) -> bool:
    return any((_is_image(name), _is_mask(name), name == _MARKUP))


def _is_image(name: str) -> bool:
    return _IMAGE_NAME.fullmatch(name) is not None


def _is_mask(name: str) -> bool:
    return _MASK_NAME.fullmatch(name) is not None


_FORM: Final = FormRules(_is_file, most_files=MOST_IMAGES + 2)  # mask and markup


def read_edit(request: Request, body: bytes) -> ImageEditRequest:
    """Read a body; what the query names counts where the body is silent. Raises `RefusedError`."""
    values, images, mask = _json(body) if is_json(request.headers, body) else _form(request, body)
    values = {**request.query_params, **values}
    fields = _fields(values)
    known = FORMATS.get(fields.output_format.strip().lower())
    if known is None:
        raise refused(WRONG_VALUE, "output_format: must be one of png, jpeg, webp", "output_format")
    compressed = "output_compression" in fields.model_fields_set and fields.output_compression < 100  # noqa: PLR2004 - percent
    if compressed and known == "png":
        text = "output_compression: less than 100 is for jpeg and webp; a png is not lossy"
        raise refused(WRONG_VALUE, text, "output_compression")
    if fields.background == "transparent" and known == "jpeg":
        raise refused(WRONG_VALUE, "background: a jpeg cannot be transparent, use png or webp", "background")
    return ImageEditRequest(fields, _sources(images), _mask(mask), _size(fields.size), known, compressed)


def _fields(values: Mapping[str, Any]) -> ImageFields:
    try:
        return ImageFields.model_validate(without_absent(values))
    except ValidationError as error:
        fault = first_fault(error, ImageFields)
        code = WRONG_TYPE if fault.words in _TYPES else WRONG_VALUE
        raise refused(code, fault.text, fault.field) from None


# --- the two kinds of bodies -------------------------------------------------------------------------------


def _form(request: Request, body: bytes) -> tuple[Mapping[str, Any], list[_Given], _Given | None]:
    try:
        form: FormFields = read_form(request.headers, _FORM, body)
    except BadParameter as error:
        raise refused("", error.public) from None
    parts: list[tuple[str, _Given]] = [*form.parts, *form.texts.items()]
    images = [given for name, given in parts if _is_image(name)]
    masks = {name: given for name, given in parts if _is_mask(name)}
    _check_markup(form.files.get(_MARKUP) or form.texts.get(_MARKUP))
    if len(masks) > 1:
        raise refused(WRONG_VALUE, _ONE_MASK, "mask")
    texts = {name: text for name, text in form.texts.items() if not _is_file(name)}
    return texts, images, next(iter(masks.values()), None)


def _json(body: bytes) -> tuple[Mapping[str, Any], list[_Given], _Given | None]:
    try:
        values = without_absent(parse_json(body))
    except BadParameter as error:
        raise refused("", f"We could not parse the JSON body of your request: {error.public}") from None
    given: list[_Given] = [
        _picture(one, f"{name}[{number}]")
        for name in ("images", "image")
        for number, one in enumerate(_listed(values.get(name)))
    ]
    _check_markup(values.get("markup"))
    mask = values.get("mask")
    return values, given, None if mask is None else _picture(mask, "mask")


def _listed(value: Any) -> Iterator[Any]:
    found = value if isinstance(value, list) else [value]
    return (one for one in found if not is_absent(one))


def _picture(value: Any, where: str) -> str:
    """The address of a picture, or its base64."""
    if isinstance(value, dict):
        if "file_id" in value:
            raise refused(UNSUPPORTED, f"{where}.file_id: {_NO_FILES}", f"{where}.file_id")
        value = value.get("image_url")
        value = value.get("url") if isinstance(value, dict) else value
    if not isinstance(value, str) or is_absent(value):
        raise refused(WRONG_TYPE, f"{where}: {_PICTURE_FORMS}", where)
    return value


def _check_markup(given: object) -> None:
    if given is not None:
        raise refused(UNSUPPORTED, "markup: this server has no model for it; send a mask", "markup")


# --- pictures ----------------------------------------------------------------------------------------------


def _sources(images: list[_Given]) -> tuple[Source, ...]:
    if not images:
        raise refused(MISSING, "Missing required parameter: 'image'.", "image")
    if len(images) > MOST_IMAGES:
        raise refused(WRONG_VALUE, f"image: at most {MOST_IMAGES} are taken", "image")
    return tuple(_source(given, "image", number) for number, given in enumerate(images, 1))


def _mask(given: _Given | None) -> Source | None:
    return None if given is None else _source(given, "mask")


def _source(given: _Given, where: str, number: int = 0) -> Source:
    called = f"image {number}" if number else where
    try:
        text = _address(given)
        source = Inline(bytes(given)) if isinstance(given, bytes) and text is None else _parsed(text or "")
    except InputTooLarge as error:
        raise refused(TOO_LARGE_FILE, f"{where}: {error.public}", where) from None
    except BadParameter as error:
        raise refused("invalid_image_url", f"{where}: {error.public}", where) from None
    if isinstance(source, Inline):
        _check_file(source.data, called, where)
    return source


def _address(given: _Given) -> str | None:
    """What stands for a picture, in a text or in a part that could be a file; None for the file itself."""
    if isinstance(given, str):
        return given
    if given[: len(_ADDRESS_STARTS[1])].lower().startswith(_ADDRESS_STARTS):
        return given.decode("utf-8", "replace")
    return None


def _parsed(text: str) -> Source:
    return parse_source(text, max_bytes=MAX_BYTES)


def _check_file(data: bytes, called: str, where: str) -> None:
    if len(data) > MAX_BYTES:
        raise refused(TOO_LARGE_FILE, f"{where}: a file has at most {MAX_BYTES // 2**20} MB", where)
    if not looks_like_picture(data):
        text = f"Invalid image file or mode for {called}, check your image file: it is no picture."
        raise refused(BAD_FILE, text, where)


def _size(text: str) -> tuple[int, int] | None:
    if text.strip().lower() == "auto":
        return None
    found = _SIZE.fullmatch(text)
    width, height = map(int, found.groups()) if found else (0, 0)
    if not (1 <= width <= _LONGEST_SIDE and 1 <= height <= _LONGEST_SIDE):
        wanted = f"must be auto, or WIDTHxHEIGHT of 1 to {_LONGEST_SIDE} pixels each"
        raise refused(WRONG_VALUE, f"size: {wanted}", "size")
    return width, height
