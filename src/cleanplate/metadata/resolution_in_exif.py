"""The resolution as EXIF has it, for formats that have no field of their own for it.

Source: Exif 2.32, 4.6.4 A (XResolution, YResolution, ResolutionUnit).
"""

from dataclasses import replace

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from cleanplate.metadata.exif_tags import EXIF_HEADER
from cleanplate.metadata.metadata_blocks import Metadata

_X, _Y, _UNIT = 0x11A, 0x11B, 0x128
_INCH, _CENTIMETRE = 2, 3
_CENTIMETRES = 2.54
_NEAR_DPI = 0.5


def resolution_to_exif(metadata: Metadata) -> Metadata:
    """The same, with its resolution in EXIF. Only for a file without an EXIF block of its own, as
    `text_to_exif`."""
    if metadata.dpi is None:
        return metadata
    tags = Image.Exif()
    tags.load(metadata.exif or b"")
    tags[_X], tags[_Y], tags[_UNIT] = IFDRational(metadata.dpi[0]), IFDRational(metadata.dpi[1]), _INCH
    return replace(metadata, exif=EXIF_HEADER + tags.tobytes().removeprefix(EXIF_HEADER))


def says_resolution(exif: bytes, dpi: tuple[float, float]) -> bool:
    """Whether an EXIF block has this resolution, to half a dot."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        inches = _CENTIMETRES if tags.get(_UNIT, _INCH) == _CENTIMETRE else 1.0
        found = (float(tags[_X]) * inches, float(tags[_Y]) * inches)
    except Exception:  # Pillow's reader raises anything for broken blocks
        return False
    return all(abs(one - other) <= _NEAR_DPI for one, other in zip(found, dpi, strict=True))
