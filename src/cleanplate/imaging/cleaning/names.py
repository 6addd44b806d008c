"""What recipes call the things that an edited picture cannot keep, and what to warn of."""

from collections.abc import Iterable, Mapping

GAIN_MAP = "Ultra HDR gain map"
MOTION_VIDEO = "motion photo video"
DEPTH_MAP = "depth map"
MANIFEST = "C2PA manifest"

_WARNINGS: Mapping[str, str] = {
    GAIN_MAP: "the picture's HDR gain map was dropped: the result is shown in standard dynamic range",
    MOTION_VIDEO: "the motion photo's video was dropped: the result is a still picture",
    DEPTH_MAP: "the picture's depth map was dropped: it showed the picture as it was",
}


def warnings_of(dropped: Iterable[str]) -> list[str]:
    """A sentence for each of `dropped` that a user would miss."""
    return [_WARNINGS[name] for name in dropped if name in _WARNINGS]
