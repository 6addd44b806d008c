"""A model of the vendor: how its body is read, and how its results are told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cleanplate.api.dashscope.dashscope_codes import FailureText
from cleanplate.intake.picture_rules import PictureRules
from cleanplate.settings import Settings


@dataclass(frozen=True, slots=True)
class SentPicture:
    """One picture field as it came: its path in the body (for messages), its string, its rules."""

    field: str
    value: str
    rules: PictureRules


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a body asks for.

    Attributes:
        edit: name in the catalogue of edits.
        parameters: of that edit.
        pictures: by role.
        count: how many results.
        called: how the body names the thing, e.g. "function colorization", for the refusal when this server
            has no model for it; "" for what needs none.
    """

    edit: str
    parameters: Mapping[str, Any]
    pictures: Mapping[str, SentPicture]
    count: int = 1
    called: str = ""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model.

    Attributes:
        name: as the body's `model` says it.
        read: (`input`, `parameters`, settings) -> request; raises `RefusedError`.
        failures: code of `errors.py` -> how this model's page names it.
        several: whether `output` holds a list of results with metrics, or one `output_image_url`,
            which has metrics only while it runs.
    """

    name: str
    read: Callable[[Mapping[str, Any], Mapping[str, Any], Settings], ModelRequest]
    failures: Mapping[str, FailureText]
    several: bool = True
