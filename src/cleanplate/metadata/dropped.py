"""What recipes call the things that an edited picture cannot keep, and what to warn of."""

from collections.abc import Mapping, Sequence
from typing import Any

GAIN_MAP = "Ultra HDR gain map"
MOTION_VIDEO = "motion photo video"
DEPTH_MAP = "depth map"
MANIFEST = "C2PA manifest"

_WARNINGS: Mapping[str, str] = {
    GAIN_MAP: "the picture's HDR gain map was dropped: the result is shown in standard dynamic range",
    MOTION_VIDEO: "the motion photo's video was dropped: the result is a still picture",
    DEPTH_MAP: "the picture's depth map was dropped: it showed the picture as it was",
}


def with_dropped(recipe: Mapping[str, Any], dropped: Sequence[str]) -> dict[str, Any]:
    """The recipe with `dropped_metadata`, and a sentence in `warnings` for each that a user would miss."""
    more = dict(recipe)
    if dropped:
        more["dropped_metadata"] = list(dropped)
    if sentences := [_WARNINGS[name] for name in dropped if name in _WARNINGS]:
        more["warnings"] = [*more.get("warnings", ()), *sentences]
    return more
