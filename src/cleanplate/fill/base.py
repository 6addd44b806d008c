"""What an inpainter is: its facts, and one function from a crop with a hole to a crop without."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.card import Card

Holes: TypeAlias = Literal["any", "wide"]
"""What an inpainter is good for; what is wide, `fill.choosing` says."""


PreviewCrop: TypeAlias = Callable[[float, Callable[[], Rgb8]], None]
"""Told how far from coarse to fine a fill is, 0..1, and what draws its crop: call that now or never. Only the
hole of that is looked at."""


def _silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


def unseen(done: float, draw: Callable[[], Rgb8]) -> None:
    """A `PreviewCrop` of the same."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What a hole roughly looks like: a soft picture of it, by a network or by a smooth fill.

    Attributes:
        rgb: (H, W, 3) uint8 at full size; read in the hole, and beside it to see how its tone differs.
        side_px: a picture whose longer side is at most this shows all that the prior knows.
    """

    rgb: Rgb8
    side_px: int

    @property
    def scale(self) -> float:
        """Full-size pixels to one of the prior; at most 1 when it is sharp."""
        return float(max(self.rgb.shape[:2]) / self.side_px)


@dataclass(frozen=True, slots=True)
class FillJob:
    """One crop to fill.

    Attributes:
        rgb: (H, W, 3) uint8; what lies under the hole is never looked at.
        hole: (H, W), True = make this pixel.
        excluded: (H, W), True = never use this pixel as a source; it is not changed either. Never in `hole`.
        options: how; an inpainter may have no use for parts of it.
        progress: called with the share that is done, 0..1; what it raises ends the fill.
        prior: what the hole roughly looks like; PatchMatch takes its structure from there, networks know
            better themselves.
        preview: told each time that the fill has something to show; it need not have.
        runtime: what a network that fills runs by.
    """

    rgb: Rgb8
    hole: Hole
    excluded: Hole
    options: FillOptions = field(default_factory=FillOptions)
    progress: Callable[[float], None] = field(default=_silent)
    prior: Prior | None = None
    preview: PreviewCrop = field(default=unseen)
    runtime: Runtime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class InpainterFacts:
    """What is known of an inpainter.

    Attributes:
        name: as `--engine` says it; that of the card where there is one.
        summary: one line for lists.
        rank: of all that can fill a hole here, the highest does; below 0 only when it is named.
        holes: what it is good for; others it gets only when it is named.
        least_px: no side of a crop should be below that where the picture has more to show.
        seeded: another seed gives another fill.
        card: of its network; None where it is none. One with a card is listed, pulled and verified by
            `cleanplate models`.
    """

    name: str
    summary: str = ""
    rank: int = 0
    holes: Holes = "any"
    least_px: int = 0
    seeded: bool = True
    card: Card | None = None


@runtime_checkable
class Inpainter(Protocol):
    """One way to fill a hole."""

    @property
    def facts(self) -> InpainterFacts:
        """What is known of it."""
        ...

    def missing(self, runtime: Runtime) -> str:
        """Why it cannot run here and what to type, or "" when it can."""
        ...

    def predict_ms(self, hole_px: int, fast: bool) -> float:
        """About how long a crop with so many pixels to make takes, on two cores of a laptop."""
        ...

    def fill(self, job: FillJob) -> Rgb8:
        """Returns (H, W, 3) uint8, equal to `job.rgb` outside the hole.

        Raises:
            EngineFailed: it failed.
            BadInput: it cannot fill this crop.
        """
        ...
