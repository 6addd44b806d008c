"""Decoding: the bytes of a file become its samples, upright, with what the file was.

Pixels come first, all of them, and an error there is the end: no metadata is read before.
"""

from cleanplate.codecs.codec_table import CODECS
from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.suppressed_warnings import suppress_warnings
from cleanplate.errors import BadInput, InputTooLarge, NotAPicture, out_of_memory
from cleanplate.pixels.types import Format


def decode(data: bytes, known: Format, check: SizeCheck) -> DecodedRaster:
    """Decode a file whose format is known.

    Raises:
        BadInput: what `check` raised.
        InputTooLarge: there is too little memory.
        NotAPicture: broken, animated, of several pages, or of a kind that is not supported.
    """
    try:
        with suppress_warnings():
            return CODECS[known].read(data, check)
    except BadInput:
        raise
    except Exception as error:  # decoders raise anything for a broken file, up to struct.error
        log = f"{known}: {type(error).__name__}: {error}"
        if out_of_memory(error):
            raise InputTooLarge(
                f"this {known.upper()} takes more memory to read than there is", log=log
            ) from error
        raise NotAPicture(f"this {known.upper()} is broken or incomplete", log=log) from error
