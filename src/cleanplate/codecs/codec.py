"""A codec: all that is known of one file format, in one record."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from cleanplate.codecs.decoded_raster import DecodedRaster, SizeCheck
from cleanplate.codecs.stored_raster import StoredRaster
from cleanplate.pixels.types import Format, Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a file can hold besides 8 bits a channel of grey or RGB.

    Attributes:
        opacity: a channel of it.
        deep: 16 bits a channel.
        deep_grey_opacity: grey and opacity of 16 bits; else three equal channels stand for the grey.
        palettes: indices and their colours.
        palette_opacity: and how opaque each of these is.
        cmyk: four inks.
        profiles: spaces of samples that may have an ICC profile.
        text_chunks: the words of a PNG as they are; other formats have some of them in EXIF.
        most_exif_bytes: size of the EXIF block; None where there can be none.
        exif_tags: of the first directory of EXIF those that are kept; None is all.
        most_xmp_bytes: the same of the XMP.
        resolution: a field of its own for it; else it is in EXIF.
        largest_side_px: of width and height.
    """

    opacity: bool = False
    deep: bool = False
    deep_grey_opacity: bool = True
    palettes: bool = False
    palette_opacity: bool = False
    cmyk: bool = False
    profiles: frozenset[Space] = frozenset({"rgb", "grey", "cmyk", "index"})
    text_chunks: bool = False
    most_exif_bytes: int | None = sys.maxsize
    exif_tags: frozenset[int] | None = None
    most_xmp_bytes: int | None = sys.maxsize
    resolution: bool = True
    largest_side_px: int = sys.maxsize

    def has_room_for(self, exif: bytes | None) -> bool:
        """Whether this EXIF block, or a small one in its place, can be in the file."""
        return self.most_exif_bytes is not None and len(exif or b"") <= self.most_exif_bytes

    def has_room_for_xmp(self, xmp: bytes | None) -> bool:
        """The same of XMP."""
        return self.most_xmp_bytes is not None and len(xmp or b"") <= self.most_xmp_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One file format.

    Attributes:
        name: as recipes, rules and callers say it.
        media_type: for HTTP.
        suffixes: of file names, lower case; the first is the one that is given to a name without one.
        rare_suffixes: read and written as well, but nobody has to be told.
        matches: whether a file is of this format, by its signature.
        read: decodes a file. It calls the `SizeCheck` with the size in the header before it decodes. Raises
            `BadInput` with a reason, or anything at all for a broken file.
        write: the bytes of a file, from rows and a quality of 1..100; None for a format that is only read.
        capacity: what a written file can hold.
    """

    name: Format
    media_type: str
    suffixes: tuple[str, ...]
    rare_suffixes: tuple[str, ...] = ()
    matches: Callable[[bytes], bool]
    read: Callable[[bytes, SizeCheck], DecodedRaster]
    write: Callable[[StoredRaster, int], bytes] | None = None
    capacity: Capacity = field(default_factory=Capacity)
