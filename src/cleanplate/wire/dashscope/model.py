"""What a model of the vendor is to the dialect: how its body is read, and how its results are told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cleanplate.intake.rules import PictureRules
from cleanplate.settings import Settings
from cleanplate.wire.dashscope.codes import Blame


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture field as it came: its path in the body (for messages), its string, its rules."""

    field: str
    value: str
    rules: PictureRules


@dataclass(frozen=True, slots=True)
class Order:
    """What a body asks for: an edit of the catalogue, its parameters, and pictures by role."""

    edit: str
    parameters: Mapping[str, Any]
    pictures: Mapping[str, Picture]


@dataclass(frozen=True, slots=True)
class Model:
    """One model.

    Attributes:
        name: as the body's `model` says it.
        read: (`input`, `parameters`, settings) -> order; raises `RefusedError`.
        output: result URLs -> what `output` gains when the task has succeeded.
        failures: code of `errors.py` -> how this model's page names it.
    """

    name: str
    read: Callable[[Mapping[str, Any], Mapping[str, Any], Settings], Order]
    output: Callable[[Sequence[str]], Mapping[str, Any]]
    failures: Mapping[str, Blame]
