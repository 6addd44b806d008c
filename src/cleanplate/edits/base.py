"""What an edit is: a name, frozen parameters, and a pure function from a request to pixels."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from cleanplate.imaging.types import Mask, Pixels


class Parameters(BaseModel):
    """Base of every edit's parameters: frozen, and unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _silent(stage: str, done: float) -> None:
    """The progress callback of somebody who does not watch."""


@dataclass(frozen=True, slots=True)
class EditRequest:
    """One call of an edit.

    Attributes:
        pixels: the picture.
        mask: where to paint, same size; None when the edit needs none.
        keep: pixels that are neither changed nor used as a source, same size; wins over `mask`.
        parameters: an instance of the edit's own `Parameters` class.
        progress: called with the name of the stage and the share done, 0..1.
    """

    pixels: Pixels
    parameters: Parameters
    mask: Mask | None = None
    keep: Mask | None = None
    progress: Callable[[str, float], None] = field(default=_silent)


@dataclass(frozen=True, slots=True)
class Edit:
    """One entry of the catalogue.

    Attributes:
        name: as clients and the command line say it.
        summary: one line for lists.
        parameters: the class that validates this edit's parameters.
        run: the pure function; raises `BadInput` or `EngineFailed`.
    """

    name: str
    summary: str
    parameters: type[Parameters]
    run: Callable[[EditRequest], Pixels]

    def parse(self, values: dict[str, Any]) -> Parameters:
        """Build the parameters from stored JSON. Raises `pydantic.ValidationError`."""
        return self.parameters.model_validate(values)
