"""How a fill is wanted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FillOptions:
    """How to fill, beside what.

    Attributes:
        seed: same seed, same picture, same result; 0..2**32-1.
        fast: about a quarter of the time, with less exact structure and no grain.
        tone: 0..1, how far the fill's brightness and colour are matched to what is round it.
        grain: 0..1, how far its noise is.
        radius_px: 1..4, of patches at most; small ones suit thin holes with little to copy between them.
        outpainting: the hole is a border round the picture, and what is in the picture goes on there.
    """

    seed: int = 0
    fast: bool = False
    tone: float = 1.0
    grain: float = 1.0
    radius_px: int = 4
    outpainting: bool = False
