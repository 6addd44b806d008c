"""EXIF without pictures: thumbnails, previews, and maker's notes that hold some.

Format: Exif 2.32 and TIFF 6.0. Done by hand: a library would move the maker's notes, whose offsets only the
maker can mend. What stays keeps its place; what no tag points at any more is blanked.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from cleanplate.metadata import dropped_metadata as names
from cleanplate.metadata.embedded_pictures import holds_picture
from cleanplate.metadata.exif_tags import EXIF_HEADER

_ORDERS: Mapping[bytes, str] = {b"II*\0": "<", b"MM\0*": ">"}
_DIRECTORIES = frozenset({0x8769, 0x8825, 0xA005})
"""EXIF, GPS, interoperability."""
_MAKER_NOTE = 0x927C
_OF_PICTURES: Mapping[int, str] = {
    0x0111: names.EXIF_THUMBNAIL,  # strips
    0x0117: names.EXIF_THUMBNAIL,
    0x0144: names.EXIF_THUMBNAIL,  # tiles
    0x0145: names.EXIF_THUMBNAIL,
    0x014A: names.EXIF_PREVIEWS,  # SubIFDs
    0x0201: names.EXIF_THUMBNAIL,  # a JPEG
    0x0202: names.EXIF_THUMBNAIL,
    0x02BC: names.XMP_IN_EXIF,
    0x501B: names.EXIF_THUMBNAIL,  # of GDI+
    0x83BB: names.IPTC_IN_EXIF,
    0x8649: names.PHOTOSHOP_IN_EXIF,
    0x935C: names.PHOTOSHOP_LAYERS,
    0xC634: names.DNG_NOTES,
    0xC68C: names.RAW_FILE,
    0xCD41: names.MANIFEST,
}
_TYPE_BYTES: Mapping[int, int] = {
    **dict.fromkeys((1, 2, 6, 7, 129), 1),
    **dict.fromkeys((3, 8), 2),
    **dict.fromkeys((4, 9, 11, 13), 4),
    **dict.fromkeys((5, 10, 12), 8),
}
_INLINE_BYTES = 4
_MOST_DIRECTORIES = 16


def clean_exif(block: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    """The block as it can stay, and names for what is gone from it.

    Args:
        block: it starts with `EXIF_HEADER`.

    Returns:
        None for a block that is too broken to be cleaned, or holds a picture that no tag owns. A block
        without pictures comes back byte for byte.
    """
    structure = _ExifStructure(block.removeprefix(EXIF_HEADER))
    try:
        clean = structure.clean()
    except (struct.error, _Broken):
        return None, (names.name_broken(names.EXIF),)
    if holds_picture(clean[4:]):
        return None, (names.name_picture_in(names.EXIF),)
    return EXIF_HEADER + clean, tuple(dict.fromkeys(structure.dropped))


class _Broken(Exception):
    """Nothing can be said of what is in it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Twelve bytes of a directory, and where its value lies."""

    tag: int
    raw: bytes
    start: int
    end: int


class _ExifStructure:
    def __init__(self, body: bytes) -> None:
        self._order = _ORDERS.get(body[:4], "")
        self._before = body
        self._body = bytearray(body)
        self._used = bytearray(len(body))
        self._tables = bytearray(len(body))
        self._seen: set[int] = set()
        self.dropped: list[str] = []

    def clean(self) -> bytes:
        if not self._order:
            raise _Broken
        self._use(0, 8)
        self._claim(0, 8)
        self._directory(self._number("I", 4))
        return self._used_only()

    def _used_only(self) -> bytes:
        """Zeros for what no tag owns, and nothing of that at the end."""
        kept = bytes(value if used else 0 for value, used in zip(self._body, self._used, strict=True))
        return kept if kept == self._before else kept[: self._used.rfind(1) + 1]

    def _directory(self, start: int) -> None:
        """Take a directory's bad entries out and mark what stays. Raises `struct.error` or `_Broken`."""
        if start in self._seen or len(self._seen) == _MOST_DIRECTORIES:
            raise _Broken
        self._seen.add(start)
        count = self._number("H", start)
        self._claim(start, start + 2 + 12 * count)
        entries = [self._entry(start + 2 + 12 * number) for number in range(count)]
        table_end = start + 2 + 12 * count
        first = len(self._seen) == 1  # the others have no next one, whatever stands there
        if first and table_end + 4 <= len(self._body) and self._number("I", table_end):
            self.dropped.append(names.EXIF_THUMBNAIL)
        kept = [entry.raw for entry in entries if entry is not None and self._may_stay(entry)]
        table = struct.pack(self._order + "H", len(kept)) + b"".join(kept) + bytes(4)
        end = min(start + len(table), len(self._body))
        self._body[start:end] = table[: end - start]
        self._use(start, end)

    def _entry(self, at: int) -> _Entry | None:
        """None where its value cannot be found."""
        raw = bytes(self._body[at : at + 12])
        tag, kind, count = struct.unpack(self._order + "HHI", raw[:8])
        size = _TYPE_BYTES.get(kind, 0) * count
        start = at + 8 if size <= _INLINE_BYTES else self._number("I", at + 8)
        if kind not in _TYPE_BYTES or start + size > len(self._body):
            self.dropped.append(names.name_broken(names.exif_tag(tag)))
            return None
        return _Entry(tag, raw, start, start + size)

    def _may_stay(self, entry: _Entry) -> bool:
        if entry.tag in _OF_PICTURES:
            self.dropped.append(_OF_PICTURES[entry.tag])
            return False
        if entry.tag in _DIRECTORIES:
            return self._directory_may_stay(entry)
        value = bytes(self._body[entry.start : entry.end])
        if len(value) > _INLINE_BYTES and holds_picture(value):
            name = names.MAKER_NOTES if entry.tag == _MAKER_NOTE else names.exif_tag(entry.tag)
            self.dropped.append(names.name_picture_in(name))
            return False
        if len(value) > _INLINE_BYTES:
            self._use(entry.start, entry.end)
        return True

    def _directory_may_stay(self, entry: _Entry) -> bool:
        try:
            self._directory(self._address(entry))
        except (struct.error, _Broken):
            self.dropped.append(names.name_broken(names.exif_directory(entry.tag)))
            return False
        return True

    def _address(self, entry: _Entry) -> int:
        """The place that an entry tells. Raises `_Broken` where it tells anything but one."""
        if entry.end - entry.start != _INLINE_BYTES:
            raise _Broken
        return int(struct.unpack(self._order + "I", entry.raw[8:])[0])

    def _claim(self, start: int, end: int) -> None:
        """Take a place for a table alone: one that lay over another would be written into it."""
        if any(self._tables[start:end]):
            raise _Broken
        self._tables[start:end] = b"\1" * (min(end, len(self._tables)) - start)

    def _use(self, start: int, end: int) -> None:
        self._used[start:end] = b"\1" * (end - start)

    def _number(self, kind: str, offset: int) -> int:
        return int(struct.unpack_from(self._order + kind, self._body, offset)[0])
