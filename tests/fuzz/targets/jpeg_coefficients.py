"""JPEG files whose coefficients are read and written with a change: another file, or `NotSpliceable`."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from tests.fuzz.picture_files import files_of
from tests.fuzz.reshaping import damaged, jpeg_segments
from tests.fuzz.target import Target

from cleanplate.codecs.jpeg.jpeg_header import NotSpliceable, read_header
from cleanplate.codecs.jpeg.jpeg_splice import decode_stored_colours, splice_jpeg
from cleanplate.metadata.metadata_blocks import Metadata

_MOST_PIXELS: Final = 2**20


def run(data: bytes) -> str:
    """Change a window of the picture."""
    try:
        frame = read_header(data).frame
        if frame.width * frame.height > _MOST_PIXELS:
            return "too large"
        samples = decode_stored_colours(data).copy()
        samples[2:9, 3:12] ^= 0x55
        made = splice_jpeg(data, samples, metadata=Metadata())
    except NotSpliceable:
        return "refused"
    again = decode_stored_colours(made)
    assert again.shape == samples.shape
    assert np.abs(again.astype(np.int16) - samples).mean() < 64
    return "spliced"


def _seeds() -> Mapping[str, bytes]:
    return files_of("jpeg")


TARGETS: Final = (Target("jpeg-coefficients", run, _seeds, (damaged, jpeg_segments)),)
