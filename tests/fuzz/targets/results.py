"""Pictures that are read and written again, with whatever their files said of colours, turns and words."""

from collections.abc import Mapping
from typing import Final

from tests.fuzz.picture_files import files_of
from tests.fuzz.reshaping import jpeg_segments, png_chunks, riff_chunks, tiff_entries
from tests.fuzz.target import Target
from tests.fuzz.targets.pictures import RULES, read

from cleanplate.codecs.codec_table import CODECS, WRITABLE
from cleanplate.codecs.encoding import EncodeOptions, encode
from cleanplate.intake.picture_decoding import decode_picture
from cleanplate.pixels.types import Pixels


def run(data: bytes) -> str:
    """Write what is read as the server does, and as the command line does; read both."""
    pixels = read(data)
    if pixels is None:
        return "refused"
    known = pixels.origin.format
    own = known if known in WRITABLE else "png"
    _same_size(pixels, encode(pixels, EncodeOptions("jpeg" if own == "jpeg" else "png", True, False)))
    _same_size(pixels, encode(pixels, EncodeOptions(own)))
    return "written"


def _same_size(pixels: Pixels, data: bytes) -> None:
    again = decode_picture(data, RULES)
    assert again.rgb.shape == pixels.rgb.shape


def _seeds() -> Mapping[str, bytes]:
    return {name: data for known in CODECS for name, data in files_of(known).items()}


TARGETS: Final = (Target("results", run, _seeds, (jpeg_segments, png_chunks, riff_chunks, tiff_entries)),)
