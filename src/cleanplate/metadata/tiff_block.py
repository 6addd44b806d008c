"""An EXIF block that is changed in place.

By hand: a library would move the maker's notes, whose offsets only the maker can mend.
"""

import struct
from collections.abc import Iterator

from cleanplate.metadata.exif_tags import EXIF_HEADER

_ENTRY_BYTES = 12
_VALUE = 8
"""Where in an entry its value or address is; behind tag, type and count."""


class TiffBlock:
    """The TIFF structure behind `EXIF_HEADER`. Any read or write outside of it raises `struct.error`."""

    def __init__(self, block: bytearray) -> None:
        self._bytes = memoryview(block)[len(EXIF_HEADER) :]
        self._order = "<" if bytes(self._bytes[:2]) == b"II" else ">"

    def entries(self, directory: int | None = None) -> Iterator[tuple[int, int]]:
        """Tag and place of each entry of the directory at that offset, by default the first."""
        start = self.read("I", 4) if directory is None else directory
        for number in range(self.read("H", start)):
            at = start + 2 + _ENTRY_BYTES * number
            yield self.read("H", at), at

    def address(self, entry: int) -> int:
        """Where the directory lies that this entry leads to."""
        return self.read("I", entry + _VALUE)

    def value(self, entry: int) -> int | None:
        """The one whole number of an entry; None for anything else."""
        kind, count = self.read("H", entry + 2), self.read("I", entry + 4)
        letter = {3: "H", 4: "I"}.get(kind)
        return self.read(letter, entry + _VALUE) if letter and count == 1 else None

    def set_short(self, entry: int, value: int) -> None:
        """Write 16 bits where the value stands, whatever the entry says of its type."""
        struct.pack_into(self._order + "H", self._bytes, entry + _VALUE, value)

    def set_long(self, entry: int, value: int) -> None:
        """Make the entry one number of 32 bits."""
        struct.pack_into(self._order + "HII", self._bytes, entry + 2, 4, 1, value)

    def read(self, kind: str, offset: int) -> int:
        """A number of one of `struct`'s kinds."""
        return int(struct.unpack_from(self._order + kind, self._bytes, offset)[0])
