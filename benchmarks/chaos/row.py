"""One row of the table: what was done to the server, what was measured, and what it may be."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its bar.

    Attributes:
        attack: what was done, in a few words.
        figure: what was measured.
        bar: the most, or the least, that it may be.
        unit: of both.
        least: whether the bar is a least.
    """

    attack: str
    figure: float
    bar: float
    unit: str
    least: bool = False

    @property
    def met(self) -> bool:
        return self.figure >= self.bar if self.least else self.figure <= self.bar

    def cells(self) -> dict[str, Any]:
        sign = "≥" if self.least else "≤"
        return {
            "attack": self.attack,
            "measured": f"{_said(self.figure)} {self.unit}",
            "bar": f"{sign} {_said(self.bar)} {self.unit}",
            "met": "yes" if self.met else "NO",
        }


def _said(figure: float) -> str:
    """Counts in full, what is measured in four digits."""
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.4g}"
