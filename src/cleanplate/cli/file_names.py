"""Names of files: which belong to the system, what a result is called, and how a name is shown."""

import os
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleanplate.pixels.types import Format

MAX_NAME_BYTES = 255
"""Of one name, on nearly every disk."""
_SYSTEM_FILES = frozenset({"desktop.ini", "thumbs.db", "ehthumbs.db", "icon\r", "__macosx"})


def is_system_file(name: str) -> bool:
    """Whether it is nobody's picture: hidden files, AppleDouble (`._a.jpg`), and what file managers leave."""
    return name.startswith(".") or name.lower() in _SYSTEM_FILES


def printable(name: object) -> str:
    """A name as one line of text: control characters and bytes that are no text are escaped."""
    return "".join(_escape(letter) for letter in str(name))


def _escape(letter: str) -> str:
    if letter.isprintable():
        return letter
    byte = ord(letter) - 0xDC00  # how Python carries a byte that is no text
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else letter.encode("unicode_escape").decode()  # noqa: PLR2004


def result_names(sources: "Sequence[tuple[str, Format | None]]") -> list[str]:
    """What the results of the pictures of one folder are called there.

    A result has the name of its picture, with another suffix behind it where its format cannot be written. No
    two are the same, not even for disks that ignore case or the way in which letters are composed; the name
    depends on the names in the folder and on nothing else.

    Args:
        sources: name and format of each, None where the format is not known.
    """
    wanted = [result_name(name, known) for name, known in sources]
    wanted_keys = {_comparison_key(name) for name in wanted}
    first = sorted(range(len(wanted)), key=lambda number: wanted[number] != sources[number][0])
    names, taken = dict[int, str](), set[str]()
    for number in first:  # who keeps its name goes before who gets a new one
        name = wanted[number]
        if _comparison_key(name) in taken:
            name = _add_number(name, wanted_keys | taken)
        names[number] = name
        taken.add(_comparison_key(name))
    return [names[number] for number in range(len(wanted))]


def result_name(name: str, known: "Format | None" = None) -> str:
    """What the result of one picture is called; at most 255 bytes."""
    from cleanplate.codecs.codec_table import writable_name

    chosen = writable_name(name, known)
    if len(os.fsencode(chosen)) > MAX_NAME_BYTES:
        chosen = PurePath(name).stem + PurePath(chosen).suffix
    return _shorten(chosen, "")


def _add_number(name: str, taken: set[str]) -> str:
    number = 2
    while _comparison_key(found := _shorten(name, f" ({number})")) in taken:
        number += 1
    return found


def _shorten(name: str, mark: str) -> str:
    """The name with `mark` before its suffix, its stem cut where it would be too long."""
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    while stem and len(os.fsencode(stem + mark + suffix)) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + mark + suffix


def _comparison_key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
