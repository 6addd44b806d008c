"""Whether CCITT codes of a strip make whole rows.

Sources: ITU-T T.4 (07/2003) and T.6 (11/1988); TIFF 6.0, sections 10 and 11.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import NotAPicture

RUNS, GROUP_3, GROUP_4, RUNS_OF_WORDS = 2, 3, 4, 32771
_TWO_DIMENSIONAL = 1


@dataclass(frozen=True, slots=True)
class FaxCoding:
    """How strips are coded: the tag Compression, and T4Options where it is 3."""

    compression: int
    options: int = 0

    @property
    def two_dimensional(self) -> int:
        """Which rows are coded by the row above: 0 none, 1 those that say so, 2 all."""
        if self.compression == GROUP_4:
            return 2
        return int(self.compression == GROUP_3 and bool(self.options & _TWO_DIMENSIONAL))


def holds_whole_rows(packed: bytes, width: int, rows: tuple[int, int], coding: FaxCoding) -> bool:
    """Whether the codes are just so many rows.

    Args:
        packed: the strip; the first bit of a byte is its highest.
        width: in pixels.
        rows: how many are wanted, and how many a strip with all rows has: the last may be filled up.
        coding: how they are coded.

    Raises:
        NotAPicture: a part of the data is not compressed, or rows begin at even bytes.
    """
    if coding.compression == RUNS_OF_WORDS:  # libtiff gets them wrong, and says nothing
        raise NotAPicture("TIFF with compression 32771 is not supported")
    stream = np.frombuffer(packed, np.uint8)
    return any(_ends_after_rows(stream, (high, width), coding) for high in dict.fromkeys(rows))


def _ends_after_rows(stream: NDArray[np.uint8], shape: tuple[int, int], coding: FaxCoding) -> bool:
    from cleanplate.codecs.tiff.fax_codes import run_codes
    from cleanplate.codecs.tiff.fax_kernels import UNSUPPORTED, after_eol, rows_end

    align, group_3 = 8 if coding.compression == RUNS else 1, coding.compression == GROUP_3
    two = coding.two_dimensional
    bare = group_3 and two == 0 and int(after_eol(stream, 0)) < 0  # some writers leave all EOLs out
    eols = group_3 and not bare
    end = rows_end(stream, shape, run_codes(), align=align, eols=eols, two_dimensional=two)
    if end == UNSUPPORTED:
        raise NotAPicture("TIFF with uncompressed data among CCITT codes is not supported")
    return end >= 0 and (_zeros(stream, end) or (not bare and _end_code(stream, end, coding)))


def _end_code(stream: NDArray[np.uint8], end: int, coding: FaxCoding) -> bool:
    """Whether what follows the rows is the end of data, not a row more."""
    from cleanplate.codecs.tiff.fax_kernels import after_eol

    eol = int(after_eol(stream, end))
    if coding.compression != GROUP_3 or eol < 0:
        return eol >= 0  # after EOFB anything may follow
    eol += coding.two_dimensional
    return _zeros(stream, eol) or int(after_eol(stream, eol)) >= 0


def _zeros(stream: NDArray[np.uint8], start: int) -> bool:
    """Whether only zeros follow the byte in which this bit is."""
    return not np.any(stream[-(-start // 8) :])
