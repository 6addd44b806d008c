"""What a fill engine is: one name, one function from a crop with a hole to a crop without."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cleanplate.fill.options import FillOptions
from cleanplate.pixels.types import Hole, Rgb8
from cleanplate.runtime.runtime import Runtime

Holes: TypeAlias = Literal["any", "wide"]
"""What an engine or a network is good for; what is wide, `edits.parts.choosing` says."""


def _silent(done: float) -> None:
    """The progress callback of somebody who does not watch."""


@dataclass(frozen=True, slots=True)
class FillJob:
    """One crop to fill.

    Attributes:
        rgb: (H, W, 3) uint8; what lies under the hole is never looked at.
        hole: (H, W), True = make this pixel.
        excluded: (H, W), True = never use this pixel as a source; it is not changed either. Never in `hole`.
        options: how; an engine may have no use for parts of it.
        progress: called with the share that is done, 0..1; what it raises ends the fill.
        runtime: what a network that fills runs by.
    """

    rgb: Rgb8
    hole: Hole
    excluded: Hole
    options: FillOptions = field(default_factory=FillOptions)
    progress: Callable[[float], None] = field(default=_silent)
    runtime: Runtime = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to fill a hole.

    Attributes:
        name: as `--engine` says it.
        summary: one line for lists.
        missing: (runtime) -> why it cannot run here, or "" when it can.
        fill: returns (H, W, 3) uint8, equal to `job.rgb` outside the hole. Raises `EngineFailed`.
        predict_ms: (hole pixels, fast) -> about how long that takes on two cores of a laptop.
        least_px: no side of a crop should be below that where the picture has more to show.
        seeded: another seed gives another fill.
        rank: of all engines and models that can fill a hole here, the highest does; below 0 only when named.
        holes: what it is good for; others it gets only when it is named.
    """

    name: str
    summary: str
    missing: Callable[[Runtime], str]
    fill: Callable[[FillJob], Rgb8]
    predict_ms: Callable[[int, bool], float]
    least_px: int = 0
    seeded: bool = True
    rank: int = 0
    holes: Holes = "any"
