"""Models that change one picture as a sentence says: `qwen-image-edit` and its kin, `wan2.5-i2i-preview`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from cleanplate.api.dashscope.dashscope_bodies import prompt_of, read_fields, seed_of, whole_of
from cleanplate.api.dashscope.dashscope_codes import IMAGE_FAILURES, invalid, not_conforming
from cleanplate.api.dashscope.served_model import ModelRequest, SentPicture, ServedModel
from cleanplate.api.field_values import Flag, RequestBody, is_absent
from cleanplate.api.refusal import RefusedError
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings

QWEN: Final[Mapping[str, int]] = {
    "qwen-image-edit": 1,
    **dict.fromkeys(
        (
            *("qwen-image-edit-plus", "qwen-image-edit-plus-2025-10-30", "qwen-image-edit-plus-2025-12-15"),
            *("qwen-image-edit-max", "qwen-image-edit-max-2026-01-16"),
        ),
        6,
    ),
}
"""How many results each makes at most."""
_WAN: Final = "wan2.5-i2i-preview"
_SIZE = re.compile(r"([1-9][0-9]{0,3})[*xX]([1-9][0-9]{0,3})")
_MOST_SIDE: Final = 4096
_PHOTO: Final = PictureRules(
    formats=("jpeg", "png", "bmp", "tiff", "webp", "gif"),
    max_bytes=10 * 2**20,
    min_side_px=384,
    max_side_px=5000,
    max_pixels=5000 * 5000,
    flatten=True,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one model takes: how many results at most, which sizes (width, height), and how they are told."""

    most: int
    fits: Callable[[int, int], bool]
    sizes: str


def _fits_qwen(width: int, height: int) -> bool:
    return min(width, height) >= 512 and max(width, height) <= 2048  # noqa: PLR2004 - the vendor's


def _fits_wan(width: int, height: int) -> bool:
    return 768**2 <= width * height <= 1280**2 and max(width, height) <= 4 * min(width, height)


_QWEN_SIZES: Final = "size must be width*height, each in [512, 2048]"
_WAN_KIND: Final = _Kind(
    4, _fits_wan, "size must be width*height, of 768*768 to 1280*1280 pixels and of a ratio up to 1:4"
)


class OneMessage(RequestBody):
    """One of `input.messages`."""

    role: str = "user"
    content: list[dict[str, Any]]


class OneTurn(RequestBody):
    """`input` of the Qwen models."""

    messages: list[OneMessage]


class WanInput(RequestBody):
    """`input` of the Wan model."""

    prompt: str
    images: list[str]


class InstructFlags(RequestBody):
    """Those of `parameters` that are true or false. To `prompt_extend` no words are added here."""

    watermark: Flag = False


def _read_qwen(
    model: str, fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings
) -> ModelRequest:
    turn = read_fields(OneTurn, fields, "input.")
    if len(turn.messages) != 1 or turn.messages[0].role != "user":
        raise RefusedError(not_conforming("input.messages must be one message of the role user"))
    content = turn.messages[0].content
    texts = [part["text"] for part in content if not is_absent(part.get("text"))]
    images = [part["image"] for part in content if not is_absent(part.get("image"))]
    if len(texts) != 1 or not all(isinstance(value, str) for value in (*texts, *images)):
        raise RefusedError(not_conforming("input.messages.content must have one text and one image"))
    kind = _Kind(QWEN[model], _fits_qwen, _QWEN_SIZES)
    sent = ("input.messages.content.image", images)
    return _request(model, kind, sent, texts[0][:800], parameters, settings)


def _read_wan(fields: Mapping[str, Any], parameters: Mapping[str, Any], settings: Settings) -> ModelRequest:
    given = read_fields(WanInput, fields, "input.")
    sent, prompt = ("input.images", given.images), prompt_of(fields, "prompt", 2000)
    return _request(_WAN, _WAN_KIND, sent, prompt, parameters, settings)


def _request(
    model: str,
    kind: _Kind,
    sent: tuple[str, list[str]],
    prompt: str,
    parameters: Mapping[str, Any],
    settings: Settings,
) -> ModelRequest:
    field, images = sent
    if len(images) != 1:
        raise RefusedError(invalid(f"{field}: this server edits one image at a time, and got {len(images)}"))
    rules = replace(_PHOTO, min_side_px=1) if settings.limits == "relaxed" else _PHOTO
    watermark = read_fields(
        InstructFlags, {"watermark": parameters.get("watermark")}, "parameters."
    ).watermark
    return ModelRequest(
        edit="instruct",
        parameters={
            "prompt": prompt,
            "seed": seed_of(parameters),
            "label": watermark,
            "size": _size(parameters.get("size"), kind, settings),
        },
        pictures={"image": SentPicture(field, images[0], rules)},
        count=whole_of(parameters, "n", 1, kind.most, 1),
        called=f"model {model}",
    )


def _size(value: object, kind: _Kind, settings: Settings) -> list[int] | None:
    """[width, height] of the results; None is the picture's own."""
    if is_absent(value):
        return None
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = [int(side) for side in found.groups()] if found else []
    if not size or not (kind.fits(*size) or (settings.limits == "relaxed" and max(size) <= _MOST_SIDE)):
        raise RefusedError(not_conforming(kind.sizes))
    return size


MODELS: Final = (
    *(
        ServedModel(
            name=name,
            read=partial(_read_qwen, name),
            failures=IMAGE_FAILURES,
            task="multimodal-generation:generation",
            at_once=True,
        )
        for name in QWEN
    ),
    ServedModel(name=_WAN, read=_read_wan, failures=IMAGE_FAILURES),
)
