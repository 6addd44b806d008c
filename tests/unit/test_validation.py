"""Every error of a model in plain words, and where it is."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from cleanplate.validation import first_fault


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    url: str = Field(min_length=2, max_length=4)
    strength: float = Field(0.5, ge=0, le=1)


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = "x"
    n: int = Field(1, ge=1, le=4)
    grow: int | None = Field(None, ge=0)
    wait: float = Field(1.0, gt=0, lt=2.5)
    on: bool = False
    kind: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    part: Part | None = None
    picture: Annotated[str, Field(min_length=1)] | Part = "x"
    boxes: list[tuple[int, int]] = Field(default_factory=list, max_length=2)
    table: dict[str, Any] = Field(default_factory=dict)
    size: tuple[Annotated[int, Field(ge=1, le=9)], int] | None = None
    odd: int = 1

    @field_validator("odd")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("must be odd")
        return value


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"name": 5}, "name: must be a string"),
        ({"n": "x"}, "n: must be a whole number from 1 to 4"),
        ({"n": 1.5}, "n: must be a whole number from 1 to 4"),
        ({"n": 0}, "n: must be a whole number from 1 to 4"),
        ({"n": 10**30}, "n: must be a whole number from 1 to 4"),
        ({"n": None}, "n: must be a whole number from 1 to 4"),
        ({"grow": -1}, "grow: must be a whole number, at least 0"),
        ({"grow": []}, "grow: must be a whole number, at least 0"),
        ({"wait": 2.5}, "wait: must be a number, greater than 0 and less than 2.5"),
        ({"wait": float("nan")}, "wait: must be a number, greater than 0 and less than 2.5"),
        ({"on": "perhaps"}, "on: must be true or false"),
        ({"kind": "c"}, "kind: must be one of a, b"),
        ({"kind": {}}, "kind: must be one of a, b"),
        ({"part": {}}, "part.url: is required"),
        ({"part": 3}, "part: must be an object"),
        ({"part": {"url": "x"}}, "part.url: must have at least 2 characters"),
        ({"part": {"url": "xxxxx"}}, "part.url: must have at most 4 characters"),
        ({"part": {"url": "xx", "strength": 2}}, "part.strength: must be a number from 0 to 1"),
        ({"picture": {"url": 3}}, "picture: must be a string"),
        ({"boxes": 3}, "boxes: must be an array"),
        ({"boxes": [3]}, "boxes.0: must be an array"),
        ({"boxes": [(1,)]}, "boxes.0.1: is required"),
        ({"boxes": [(1, "x")]}, "boxes.0.1: must be a whole number"),
        ({"boxes": [(1, 2)] * 3}, "boxes: must have at most 2 items"),
        ({"table": []}, "table: must be an object"),
        ({"odd": 2}, "odd: must be odd"),
        ({"whatever": 1}, "whatever: there is no such field"),
        ({"x" * 500: 1}, "x" * 80 + ": there is no such field"),
    ],
)
def test_words(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(values)
    fault = first_fault(caught.value, Whole)
    assert fault.text == text
    assert fault.missing == text.endswith("is required")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"colour": "green"}, "colour: must be one of red, blue"),
        ({"size": (0, 1)}, "size.0: must be at least 1"),
        ({"size": [1, 2, 3]}, "size: must have at most 2 items"),
        ({"n": "many"}, "n: must be a whole number from 1 to 4"),
        ({"on": 7}, "on: must be true or false"),
    ],
)
def test_words_where_types_are_lenient(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(values, strict=False)
    assert first_fault(caught.value, Whole).text == text


class Third(BaseModel):
    """What a plug-in might have."""

    low: int = 0
    high: int = 1
    shape: str = "round"

    @field_validator("shape")
    @classmethod
    def _shape(cls, value: str) -> str:
        if value == "odd":
            raise PydanticCustomError("shape", "must be round")
        if value == "bare":
            raise PydanticCustomError("value_error", "no")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> "Third":
        if self.low > self.high:
            raise ValueError("low must not be above high")
        return self


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"shape": "odd"}, "shape: must be round"),
        ({"shape": "bare"}, "shape: is not valid"),
        ({"low": 5}, "low must not be above high"),
    ],
)
def test_words_of_a_plug_in(values: dict[str, Any], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Third.model_validate(values)
    assert first_fault(caught.value, Third).text == text


@pytest.mark.parametrize("value", [5, [], None])
def test_what_is_no_object_at_all(value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(value)
    assert first_fault(caught.value, Whole).words == "must be an object"
