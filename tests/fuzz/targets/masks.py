"""Files of every format as masks of a picture: refused in words, or flags of its size."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
from tests.fuzz.picture_files import files_of
from tests.fuzz.reshaping import damaged, png_chunks
from tests.fuzz.target import Target
from tests.unit.codecs import mutants

from cleanplate.codecs.codec_table import CODECS
from cleanplate.errors import BadInput, out_of_memory
from cleanplate.intake.mask_decoding import decode_mask
from cleanplate.intake.picture_rules import FORMATS, PictureRules
from cleanplate.pixels.types import Pixels

_RULES: Final = PictureRules(
    formats=FORMATS, max_bytes=2**20, max_side_px=4096, max_pixels=2**20, fit="scale", say_means="{}"
)


@cache
def _picture() -> Pixels:
    return Pixels(mutants.SCENE)


def run(data: bytes) -> str:
    """Decode one mask."""
    picture = _picture()
    try:
        mask = decode_mask(data, _RULES, picture)
    except BadInput as error:
        if error.__cause__ is not None and out_of_memory(error.__cause__):
            raise MemoryError(error.log) from error
        return "refused"
    assert mask.flags.shape == (picture.height, picture.width)
    assert mask.flags.dtype == np.bool_
    return "read"


def _seeds() -> Mapping[str, bytes]:
    return {name: data for known in CODECS for name, data in files_of(known).items()}


TARGETS: Final = (Target("masks", run, _seeds, (damaged, png_chunks)),)
