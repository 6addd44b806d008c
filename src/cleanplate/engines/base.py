"""What a fill engine is: one name, one function from a crop with a hole to a crop without."""

from collections.abc import Callable
from dataclasses import dataclass

from cleanplate.imaging.types import Hole, Rgb8


@dataclass(frozen=True, slots=True)
class FillJob:
    """One crop to fill.

    Attributes:
        rgb: (H, W, 3) uint8; what lies under the hole is never looked at.
        hole: (H, W), True = make this pixel.
        barred: (H, W), True = never use this pixel as a source; it is not changed either. Never in `hole`.
        seed: same seed, same crop, same result; 0..2**32-1.
    """

    rgb: Rgb8
    hole: Hole
    barred: Hole
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to fill a hole.

    Attributes:
        name: as `--engine` says it.
        summary: one line for lists.
        missing: why it cannot run here, or "" when it can.
        fill: returns (H, W, 3) uint8, equal to `job.rgb` outside the hole. Raises `EngineFailed`.
    """

    name: str
    summary: str
    missing: Callable[[], str]
    fill: Callable[[FillJob], Rgb8]
