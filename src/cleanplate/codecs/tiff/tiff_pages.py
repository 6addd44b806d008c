"""Which page of a TIFF is the picture. Others may be the same picture made smaller.

Source: TIFF 6.0 (1992), sections 2 and 8 (NewSubfileType, SubfileType); TIFF technical note 1 (SubIFDs).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cleanplate.errors import NotAPicture
from cleanplate.metadata import dropped_metadata as names

_NEW_KIND, _OLD_KIND, _SUB_PAGES = 0xFE, 0xFF, 0x14A
_REDUCED_BIT, _REDUCED_OLD = 1, 2
_SHORT = 3
_MOST_PAGES = 64
_SIDE_DATA: tuple[tuple[int, str], ...] = (
    (330, names.SUB_IFDS),
    (33723, names.IPTC),
    (34377, names.PHOTOSHOP_RESOURCES),
    (37724, names.PHOTOSHOP_LAYERS),
    (52545, names.MANIFEST),
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its number from 0, whether it is another one made smaller, its tags in their order."""

    number: int
    reduced: bool
    tags: tuple[int, ...]


def picture_page(data: bytes) -> Page:
    """The one page of full resolution.

    Raises:
        struct.error: a directory is cut off.
        NotAPicture: there are several, or only a preview of a raw photograph.
    """
    pages = list(_pages(data))
    full = [page for page in pages if not page.reduced] or pages
    if len(full) > 1:
        raise NotAPicture("this TIFF has several pages, send one still picture")
    if not full:
        raise NotAPicture("this TIFF has no page")
    if full[0].reduced and _SUB_PAGES in full[0].tags:
        raise NotAPicture("this TIFF shows a preview of a raw photograph (DNG), send the developed picture")
    return full[0]


def tiff_side_data(data: bytes) -> tuple[str, ...]:
    """Names for what is in the first page apart from picture, EXIF, XMP and profile; each once.

    Nothing is decoded, and a broken file only has fewer names.
    """
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    first = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[first : first + 2], order)
    at = range(first + 2, min(first + 2 + 12 * count, len(data)), 12)
    tags = {int.from_bytes(data[start : start + 2], order) for start in at}
    return tuple(dict.fromkeys(name for tag, name in _SIDE_DATA if tag in tags))


def _pages(data: bytes) -> Iterator[Page]:
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    seen = set[int]()
    while at and at not in seen:
        if len(seen) == _MOST_PAGES:
            raise NotAPicture(f"this TIFF has more than {_MOST_PAGES} pages, send one still picture")
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", data, at)
        tags = dict(_entry_numbers(data, order, at + 2, count))
        new, old = tags.get(_NEW_KIND, 0), tags.get(_OLD_KIND, 0)
        reduced = bool(new & _REDUCED_BIT) or (not new and old == _REDUCED_OLD)
        yield Page(len(seen) - 1, reduced, tuple(tags))
        (at,) = struct.unpack_from(order + "I", data, at + 2 + 12 * count)


def _entry_numbers(data: bytes, order: str, at: int, count: int) -> Iterator[tuple[int, int]]:
    """Tag and first value of each entry, where the value is a number that lies in the entry itself."""
    for entry in range(at, at + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        yield tag, struct.unpack_from(order + ("H" if kind == _SHORT else "I"), data, entry + 8)[0]
