"""Names for the things that an edited picture cannot keep, as recipes have them, and what to warn of."""

from collections.abc import Mapping, Sequence
from typing import Any

GAIN_MAP = "Ultra HDR gain map"
MOTION_VIDEO = "motion photo video"
DEPTH_MAP = "depth map"
PORTRAIT_MATTE = "portrait matte"
THUMBNAIL = "thumbnail"
MANIFEST = "C2PA manifest"
FURTHER_PICTURES = "further pictures behind the first"
PICTURE_INDEX = "multi-picture index (MPF)"
FLASHPIX_PICTURES = "FlashPix pictures"
SUB_IFDS = "further pictures (SubIFDs)"
JPEG_COMMENT = "JPEG comment"
IPTC = "IPTC"
PHOTOSHOP_IPTC = "Photoshop resources (IPTC)"
PHOTOSHOP_RESOURCES = "Photoshop resources"
PHOTOSHOP_LAYERS = "Photoshop layers"

EXIF = "EXIF"
EXIF_THUMBNAIL = "EXIF thumbnail"
EXIF_PREVIEWS = "EXIF previews"
XMP_IN_EXIF = "XMP in EXIF"
IPTC_IN_EXIF = "IPTC in EXIF"
PHOTOSHOP_IN_EXIF = "Photoshop resources in EXIF"
MAKER_NOTES = "maker's notes"
DNG_NOTES = "maker's notes (DNG)"
RAW_FILE = "raw file in EXIF"

XMP = "XMP"
EXTENDED_XMP = "extended XMP"
XMP_THUMBNAIL = "XMP thumbnail"
XMP_PICTURE_LIST = "XMP list of the file's pictures"
XMP_ORIGINAL = "original picture in XMP"
XMP_SOUND = "sound in XMP"

PNG_TIME = "PNG time"
RESOLUTION = "resolution"

_WARNINGS: Mapping[str, str] = {
    GAIN_MAP: "the picture's HDR gain map was dropped: the result is shown in standard dynamic range",
    MOTION_VIDEO: "the motion photo's video was dropped: the result is a still picture",
    DEPTH_MAP: "the picture's depth map was dropped: it showed the picture as it was",
}


def name_broken(what: str) -> str:
    """What is dropped because it cannot be read."""
    return f"{what} (broken)"


def name_picture_in(what: str) -> str:
    """What is dropped because it holds a picture; of the maker's notes there are several."""
    return f"{what} (a picture in {'them' if what == MAKER_NOTES else 'it'})"


def exif_tag(tag: int) -> str:
    return f"EXIF tag {tag:#06x}"


def exif_directory(tag: int) -> str:
    return f"EXIF directory {tag:#06x}"


def xmp_property(name: str | None) -> str:
    return f"XMP {name}"


def png_text(keyword: str) -> str:
    return f"PNG text {keyword!r}"


def jpeg_segment(number: int) -> str:
    """An application segment, by its number 0..15."""
    return f"JPEG segment APP{number}"


def add_dropped_metadata(recipe: Mapping[str, Any], dropped: Sequence[str]) -> dict[str, Any]:
    """The recipe with `dropped_metadata`, and a sentence in `warnings` for each that a user would miss."""
    more = dict(recipe)
    if dropped:
        more["dropped_metadata"] = list(dropped)
    if sentences := [_WARNINGS[name] for name in dropped if name in _WARNINGS]:
        more["warnings"] = [*more.get("warnings", ()), *sentences]
    return more
