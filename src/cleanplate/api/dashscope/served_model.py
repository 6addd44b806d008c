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
        variants: parameters that the results differ in, one object for each; none where they are alike.
        max_bytes: how large the file of a result may be; None is as large as it is.
    """

    edit: str
    parameters: Mapping[str, Any]
    pictures: Mapping[str, SentPicture]
    count: int = 1
    called: str = ""
    max_bytes: int | None = None
    variants: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One model.

    Attributes:
        name: as the body's `model` says it.
        read: (`input`, `parameters`, settings) -> request; raises `RefusedError`.
        failures: code of `errors.py` -> how this model's page names it.
        several: whether `output` holds a list of results with metrics, or a field for each result of
            `names`, which has metrics only while it runs.
        names: of those fields.
        task: the two last parts of its path at the vendor's, for lists.
        at_once: its submit waits, and answers with the results themselves.
    """

    name: str
    read: Callable[[Mapping[str, Any], Mapping[str, Any], Settings], ModelRequest]
    failures: Mapping[str, FailureText]
    several: bool = True
    task: str = "image2image:image-synthesis"
    at_once: bool = False
    names: tuple[str, ...] = ("output_image_url",)
