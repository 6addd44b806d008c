"""The boxes of a HEIF or AVIF: whose file it is, and whether they add up to it.

Their codes have no checksums, but lengths: bytes that were lost, doubled or put in are seen; bytes that were
changed are not. Source: ISO/IEC 14496-12, 4.2 and 4.3.
"""

from cleanplate.codecs.damaged_error import DamagedError, check_rest

_HEADER_BYTES, _LONG_HEADER_BYTES = 8, 16
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_LARGEST_BRANDS_BOX = 256


def is_avif(data: bytes) -> bool:
    """Whether any brand in the first box is AVIF's."""
    if data[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(data[:4], "big"), _LARGEST_BRANDS_BOX)
    brands = {data[at : at + 4] for at in (8, *range(16, size, 4))}
    return bool(brands & _AVIF_BRANDS)


def is_heif(data: bytes) -> bool:
    """Whether the main brand in the first box is HEIF's, and none is AVIF's."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS and not is_avif(data)


def check_boxes(data: bytes) -> None:
    """See to it that the boxes fill the file. Zeros behind the last are no damage.

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
    check_rest(data, at)
