"""What one dialect accepts as one picture. Named in `api`, applied in `intake`."""

from dataclasses import dataclass
from typing import Final, Literal

Repaint = Literal["white", "nonzero"]
Means = Literal["auto", "white", "nonzero", "grey", "opaque", "transparent", "clear"]
"""What a caller may say of a mask; see `intake.mask_meaning`."""
Fit = Literal["exact", "scale", "aspect"]
FORMATS: Final = ("jpeg", "png", "bmp", "webp", "tiff", "heif", "avif", "gif")
"""All that `pixels.types.Format` names; that module would bring numpy here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRules:
    """Limits and meaning of one picture field. Everything is JSON: the rules are stored with the task.

    Attributes:
        formats: accepted formats, of `FORMATS`; `ValueError` for any other.
        max_bytes: size of the encoded file.
        min_side_px, max_side_px: both ends included, for width and height alike.
        max_pixels: width x height, checked in the header before anything is decoded.
        repaint: for masks: what is paint where a mask leaves it open, as the dialect documents it: "white",
            the brighter half, or "nonzero", all that is not black. See `intake.mask_meaning`.
        means: for masks: what the caller said that is paint; "auto" when nothing was said.
        say_means: for masks: how a caller can say it, `{}` being the meaning; "" where there is no way.
        colours: for masks: (red, green, blue) 0..255 each; if not empty, pixels of exactly these are
            "repaint", and nothing else has a say. In a lossy file each value may be off by 8.
        fit: for masks of another size than the picture: "exact" refuses them, "scale" resizes any of them
            (nearest), "aspect" those of the same shape.
        flatten: composite transparency on white and drop it (the results of the HTTP APIs are opaque).
    """

    formats: tuple[str, ...]
    max_bytes: int
    min_side_px: int = 1
    max_side_px: int
    max_pixels: int
    repaint: Repaint = "white"
    means: Means = "auto"
    say_means: str = ""
    colours: tuple[tuple[int, int, int], ...] = ()
    fit: Fit = "exact"
    flatten: bool = False

    def __post_init__(self) -> None:
        if unknown := [name for name in self.formats if name not in FORMATS]:
            known = ", ".join(FORMATS)
            raise ValueError(f"PictureRules.formats: {unknown[0]!r} must be one of {known}")
