"""What an edit is: a name, frozen parameters, and a pure function from a request to pixels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticKnownError

from cleanplate.errors import BadParameter
from cleanplate.pixels.types import Mask, Pixels
from cleanplate.runtime.runtime import Runtime
from cleanplate.validation import first_fault, reference_fault

if TYPE_CHECKING:  # every network's module would be imported for it
    from cleanplate.fill.networks import NetworkRole


class Parameters(BaseModel):
    """Base of every edit's parameters: frozen, and unknown names are refused.

    Attributes:
        seed: same seed, same input, same result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, le=2**32 - 1)

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """true is no 1 where a number belongs, as it is for Python."""
        annotation = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and annotation in (int, float, int | None, float | None):
            raise PydanticKnownError("float_type" if annotation in (float, float | None) else "int_type")
        return value


Preview: TypeAlias = Callable[[float, Callable[[], Pixels]], None]
"""Told how far from coarse to fine a result is, 0..1, and what draws it as it is: call that now or never.
What that gives is as large as the result, and the same beside what is made."""


def _silent(stage: str, done: float) -> None:
    """The progress callback of somebody who does not watch."""


def _unseen(done: float, draw: Callable[[], Pixels]) -> None:
    """A `Preview` of the same."""


@dataclass(frozen=True, slots=True)
class EditRequest:
    """One call of an edit.

    Attributes:
        pixels: the picture.
        mask: where to paint, same size; None when the edit needs none.
        keep: pixels that are neither changed nor used as a source, same size; wins over `mask`.
        reference: a second picture, for edits that take one; None for all others.
        parameters: an instance of the edit's own `Parameters` class.
        budget_ms: how long the caller would like it to take at most; None is as long as it takes.
        progress: called with the name of the stage and the share done, 0..1; it raises when the
            task is cancelled.
        preview: told each time that there is something to show of the result; edits that have nothing to show
            before they are done never call it.
        runtime: what models and inpainters run by.
    """

    pixels: Pixels
    parameters: Parameters
    mask: Mask | None = None
    keep: Mask | None = None
    reference: Pixels | None = None
    budget_ms: int | None = None
    progress: Callable[[str, float], None] = field(default=_silent)
    preview: Preview = field(default=_unseen)
    runtime: Runtime = field(kw_only=True)

    def part(self, stage: str, start: float = 0.0, end: float = 1.0) -> Callable[[float], None]:
        """The progress of one step, 0..1, as the part of the whole from `start` to `end`."""
        return lambda done: self.progress(stage, start + (end - start) * done)


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit returns.

    Attributes:
        pixels: the result.
        recipe: JSON: how it was made. Names that all edits share: `engine`, `model` ({name, sha256}), `seed`,
            `crops` ([left, top, right, bottom] each), `changed_outside_mask` (values, measured), and
            `warnings` (sentences for whoever asked), absent when there is none.
    """

    pixels: Pixels
    recipe: Mapping[str, Any]


def with_warnings(recipe: Mapping[str, Any], *warnings: str) -> dict[str, Any]:
    """The recipe with these sentences among its `warnings`; empty ones are left out."""
    all_warnings = [*recipe.get("warnings", ()), *filter(None, warnings)]
    return {**recipe, "warnings": all_warnings} if all_warnings else dict(recipe)


def _always(runtime: Runtime) -> str:
    """The `missing` of an edit that needs nothing."""
    return ""


def _of_the_picture(parameters: Parameters, width: int, height: int) -> float:
    """The `makes_pixels` of an edit whose result is as large as the picture."""
    return float(width * height)


def _nothing(parameters: Parameters, runtime: Runtime) -> str:
    """The `lacking` of an edit that does all or nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of the catalogue.

    Attributes:
        name: as clients and the command line say it.
        summary: one line for lists.
        parameters: the class that validates this edit's parameters.
        run: the pure function; raises `BadInput` or `EngineFailed`.
        missing: (runtime) -> why it can do nothing at all here and what to type, or "" when it can.
        limited: the same of a part of it, where the rest works: "with a prompt: ...".
        lacking: (parameters, runtime) -> why it cannot do what these ask for, though it can do
            other things, or "".
        engine: name of the inpainter that fills holes in it; "auto" is the best here, "" where none are.
        masked: it looks at the mask and at `keep`.
        reference: it takes a second picture, and cannot do without it.
        layer: its result is laid over another picture: a file has to hold its opacity, and lose nothing.
        bytes_per_pixel: of memory that it needs at the very least, reading and writing files included, for
            each of the pixels that it makes. Rather too low: who has less memory is refused.
        makes_pixels: (parameters, width, height of the picture) -> how many those are.
        roles: what it asks networks for, always or for some parameters; `cleanplate doctor` says which.
        needs: (parameters) -> those of `roles` that it asks for with these, the one that decides where it can
            be done first; by default all.
    """

    name: str
    summary: str
    parameters: type[Parameters]
    run: Callable[[EditRequest], Edited]
    missing: Callable[[Runtime], str] = field(default=_always)
    limited: Callable[[Runtime], str] = field(default=_always)
    lacking: Callable[[Parameters, Runtime], str] = field(default=_nothing)
    engine: str = ""
    roles: "tuple[NetworkRole, ...]" = ()
    needs: "Callable[[Parameters], tuple[NetworkRole, ...]] | None" = None
    masked: bool = True
    reference: bool = False
    layer: bool = False
    bytes_per_pixel: float = 4.0
    makes_pixels: Callable[[Parameters, int, int], float] = field(default=_of_the_picture)

    def perform(self, request: EditRequest) -> Edited:
        """`run`, which warns of a mask that it does not look at.

        Raises:
            BadParameter: a reference is missing, or given to an edit that takes none; and what `run` raises.
        """
        given = request.reference is not None
        if fault := reference_fault(self.name, takes=self.reference, given=given):
            raise BadParameter(fault)
        done = self.run(request)
        masks = [name for name in ("mask", "keep") if getattr(request, name) is not None]
        if self.masked or not masks:
            return done
        warning = f"{self.name} works on the whole picture: {' and '.join(masks)} had no effect"
        return Edited(done.pixels, with_warnings(done.recipe, warning))

    def parse(self, values: Mapping[str, Any]) -> Parameters:
        """Build the parameters from JSON. Raises `BadParameter`, which names the first that is wrong."""
        try:
            return self.parameters.model_validate(dict(values))
        except ValidationError as error:
            raise BadParameter(first_fault(error, self.parameters).text) from None
