"""Files of every format through the real intake: refused in words, or pixels of a size within limits."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np
from tests.fuzz.picture_files import files_of
from tests.fuzz.reshaping import RESHAPES
from tests.fuzz.target import Target

from cleanplate.codecs.codec_table import CODECS
from cleanplate.errors import BadInput, out_of_memory
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.intake.picture_rules import FORMATS, PictureRules
from cleanplate.pixels.types import Format, Pixels

RULES: Final = PictureRules(formats=FORMATS, max_bytes=2**20, max_side_px=4096, max_pixels=2**20)


def read(data: bytes) -> Pixels | None:
    """The pixels, looked at; None for a file that is refused, for any reason but memory."""
    try:
        pixels = decode_picture(data, RULES)
    except BadInput as error:
        if error.__cause__ is not None and out_of_memory(error.__cause__):
            raise MemoryError(error.log) from error
        return None
    check(pixels)
    return pixels


def check(pixels: Pixels) -> None:
    """What is promised of pixels."""
    height, width = pixels.rgb.shape[:2]
    assert pixels.rgb.shape == (height, width, 3)
    assert pixels.rgb.dtype == np.uint8
    assert 0 < height <= RULES.max_side_px
    assert 0 < width <= RULES.max_side_px
    assert pixels.alpha is None or pixels.alpha.shape == (height, width)
    assert pixels.native is None or pixels.native.samples.shape[:2] == (height, width)


def run(data: bytes) -> str:
    """Decode one file."""
    return "refused" if read(data) is None else "read"


def _seeds(known: Format) -> Mapping[str, bytes]:
    return files_of(known)


TARGETS: Final = tuple(
    Target(f"picture-{known}", run, partial(_seeds, known), RESHAPES.get(known, ())) for known in CODECS
)
"""One for each format that is read."""
