"""Whether the parts of a WEBP, HEIF or AVIF add up to the file. Their codes have no checksums, but lengths.

So bytes that were lost, doubled or put in are seen; bytes that were changed are not.
Sources: RFC 9649 (WEBP), section 2; ISO/IEC 14496-12 (boxes), 4.2.
"""

from cleanplate.codecs.damage import DamagedError

_HEADER_BYTES, _LONG_HEADER_BYTES = 8, 16
_FIRST_CHUNK = 12
_FEWEST_ZEROS = 16


def check_webp(data: bytes) -> None:
    """See to it that the chunks fill the file. Zeros behind its end are no damage.

    Raises:
        DamagedError: they end before or behind the end that the file names, or something follows it.
    """
    end = _HEADER_BYTES + int.from_bytes(data[4:8], "little")
    at = _FIRST_CHUNK
    while at + _HEADER_BYTES <= min(end, len(data)):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += _HEADER_BYTES + size + size % 2
    if not end - 1 <= at <= end + 1:  # some writers leave the last byte, a filler, out of their count
        raise DamagedError("the chunks do not fill the file")
    _check_rest(data, at)


def check_boxes(data: bytes) -> None:
    """See to it that the boxes of a HEIF or AVIF fill the file. Zeros behind the last are no damage.

    Raises:
        DamagedError: one ends behind the end of the file, or what follows the last is no box.
    """
    at = 0
    while at + _HEADER_BYTES <= len(data) and data[at : at + _HEADER_BYTES].strip(b"\0"):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0:  # to the end of the file
            return
        least = _HEADER_BYTES
        if size == 1:
            size, least = int.from_bytes(data[at + 8 : at + 16], "big"), _LONG_HEADER_BYTES
        named = data[at + 4 : at + 8].decode("latin-1").isprintable()
        if not named or size < least or at + size > len(data):
            raise DamagedError("what should be a box is none, or breaks off")
        at += size
    _check_rest(data, at)


def _check_rest(data: bytes, end: int) -> None:
    rest = data[end:]
    # a zero or two may be the end of what was pushed back
    if end > len(data) + 1 or rest.strip(b"\0") or 0 < len(rest) < _FEWEST_ZEROS:
        raise DamagedError("the file does not end where its parts do")
