"""Clicks and a box that say what is meant, as parameters of edits have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from cleanplate.edits.parts.drawn_boxes import Edges

MOST_SPOTS: Final = 100
MOST_OUTLINES: Final = 3
"""Of what the same clicks may mean."""

Spot: TypeAlias = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Spots: TypeAlias = Annotated[tuple[Spot, ...], Field(max_length=MOST_SPOTS)]
"""(x, y) each, a pixel of the upright picture."""


@dataclass(frozen=True, slots=True)
class Clicks:
    """What somebody pointed at.

    Attributes:
        points: on the thing.
        not_points: beside it.
        box: round it, as edges; None where none was drawn.
        candidate: which of the outlines that fit, from 1 on; 0 is the likeliest, where that is not in doubt.
    """

    points: Sequence[tuple[int, int]] = ()
    not_points: Sequence[tuple[int, int]] = ()
    box: Edges | None = None
    candidate: int = 0

    @property
    def is_one(self) -> bool:
        """True for one click and nothing else."""
        return len(self.points) == 1 and not self.not_points and self.box is None
