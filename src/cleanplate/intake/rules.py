"""What one dialect accepts as one picture. Named in `wire`, applied in `intake`."""

from dataclasses import dataclass
from typing import Literal

Repaint = Literal["white", "nonzero"]
Fit = Literal["exact", "scale", "aspect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """Limits and meaning of one picture field. Everything is JSON: the rules are stored with the task.

    Attributes:
        formats: accepted formats, as `imaging.types.Format` names them.
        max_bytes: size of the encoded file.
        min_side_px, max_side_px: both ends included, for width and height alike.
        max_pixels: width x height, checked in the header before anything is decoded.
        repaint: for masks: "white" means luminance >= 128; "nonzero" means > 0 in a lossless file
            and > 16 in a lossy one (JPEG noise round black is not paint).
        colours: for masks: (red, green, blue) 0..255 each; if not empty, pixels of exactly these are
            "repaint", and `repaint` has no say. In a lossy file each value may be off by 8.
        fit: for masks of another size than the picture: "exact" refuses them, "scale" resizes any of them
            (nearest), "aspect" those of the same shape.
        flatten: composite transparency on white and drop it (the wire's replies are opaque).
    """

    formats: tuple[str, ...]
    max_bytes: int
    min_side_px: int = 1
    max_side_px: int
    max_pixels: int
    repaint: Repaint = "white"
    colours: tuple[tuple[int, int, int], ...] = ()
    fit: Fit = "exact"
    flatten: bool = False
