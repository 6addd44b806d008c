"""The markers of a JPEG file: what its frame is, and where its scans lie. Nothing is decoded here.

Source: ITU-T T.81 (1992), annex B; JFIF 1.02; Adobe Technical Note 5116 for the Adobe marker.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cleanplate.codecs.jpeg.standard_huffman_tables import STANDARD

Colour: TypeAlias = Literal["grey", "ycc", "rgb", "cmyk", "ycck"]
"""What the components are. The last two are stored inverted, as Adobe does."""

_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_END_OF_SCAN = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SOF, _SOS, _EOI = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}, 0xDA, 0xD9
_HUFFMAN_SOF = frozenset({0xC0, 0xC1, 0xC2})
_PROGRESSIVE = 0xC2
_DHT, _DQT, _DRI, _APP0, _APP14 = 0xC4, 0xDB, 0xDD, 0xE0, 0xEE
_ADOBE_COLOURS: Final[Mapping[tuple[int, int], Colour]] = {(3, 0): "rgb", (4, 0): "cmyk", (4, 2): "ycck"}
_MOST_SEGMENTS = 10_000
_MOST_SCANS = 200
_MOST_BLOCKS_IN_MCU = 10
_MOST_SAMPLING = 4
_LAST = 63


class NotSpliceable(Exception):
    """Not a JPEG whose blocks can be changed one by one: broken, arithmetic, lossless, 12 bits, and so on."""


@dataclass(frozen=True, slots=True)
class Component:
    """One plane of the picture.

    Attributes:
        across: horizontal sampling factor, 1..4.
        down: vertical sampling factor, 1..4.
        table: number of its quantisation table, 0..3.
    """

    across: int
    down: int
    table: int


@dataclass(frozen=True, slots=True)
class HuffmanTable:
    """One table as the file spells it: 16 counts, by length of the code, and the symbols in order."""

    counts: bytes
    symbols: bytes


@dataclass(frozen=True, slots=True)
class Scan:
    """One pass over some components.

    Attributes:
        components: indices into `Frame.components`.
        dc, ac: for each of them, its tables as they stood when the scan began; None when there is none.
        first, last: the band of coefficients, in zigzag order, both included.
        high, low: successive approximation: the bit position before, and after this scan.
        interval: MCUs between restart markers; 0: no markers.
        start, end: where its entropy-coded bytes lie in the file.
    """

    components: tuple[int, ...]
    dc: tuple[HuffmanTable | None, ...]
    ac: tuple[HuffmanTable | None, ...]
    first: int
    last: int
    high: int
    low: int
    interval: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What all scans share. `quantisation` has 64 steps in zigzag order for each component."""

    width: int
    height: int
    progressive: bool
    components: tuple[Component, ...]
    quantisation: tuple[tuple[int, ...], ...]
    colour: Colour

    @property
    def across(self) -> int:
        """The largest horizontal sampling factor: an MCU is 8 times as wide."""
        return max(part.across for part in self.components)

    @property
    def down(self) -> int:
        """The largest vertical sampling factor: an MCU is 8 times as high."""
        return max(part.down for part in self.components)

    @property
    def mcus(self) -> tuple[int, int]:
        """(rows, columns) of MCUs that cover the picture."""
        return -(-self.height // (8 * self.down)), -(-self.width // (8 * self.across))


@dataclass(frozen=True, slots=True)
class Header:
    """A whole file, up to the first end-of-image marker. `ended`: it has that marker."""

    frame: Frame
    scans: tuple[Scan, ...]
    ended: bool = True


def read_header(source: bytes) -> Header:
    """Walk the markers of a file.

    Raises:
        NotSpliceable: broken, or of a kind that is not handled: arithmetic coding, lossless, hierarchical,
            other than 8 bits, 2 or more than 4 components, more than 200 scans.
    """
    reader = _Reader(source)
    try:
        reader.walk()
        return reader.header()
    except (struct.error, IndexError, KeyError, ValueError) as error:
        raise NotSpliceable("the markers are broken") from error


class _Reader:
    """The tables as they stand while the markers are walked."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._quantisation: dict[int, tuple[int, ...]] = {}
        self._huffman = {
            slot: HuffmanTable(*table) for slot, table in STANDARD.items()
        }  # frames of Motion JPEG have none of their own
        self._implied = True
        self._ended = False
        self._interval = 0
        self._jfif = False
        self._adobe: int | None = None
        self._size = (0, 0)
        self._progressive = False
        self._components: tuple[Component, ...] = ()
        self._names: bytes = b""
        self._latched: dict[int, tuple[int, ...]] = {}
        self._scans: list[Scan] = []

    def walk(self) -> None:
        position = 2 if self._source.startswith(b"\xff\xd8") else len(self._source)
        for _ in range(_MOST_SEGMENTS):
            match = _MARKER.match(self._source, position)
            if match is None and self._scans and not self._source[position:].strip(b"\xff"):
                return  # the end marker is missing, nothing else
            if match is None:
                break
            marker, position = match[1][0], match.end()
            if marker == _EOI:
                self._ended = True
                return
            if marker not in _STANDALONE:
                position = self._segment(marker, position)
        raise NotSpliceable("the markers are broken, or far too many")

    def _segment(self, marker: int, position: int) -> int:
        """Take one segment in; returns where the next marker is."""
        (length,) = struct.unpack_from(">H", self._source, position)
        body = self._source[position + 2 : position + length]
        if len(body) != length - 2:
            raise NotSpliceable("a segment is cut off")
        position += length
        if marker == _SOS:
            return self._scan(body, position)
        if marker in _SOF:
            self._frame(marker, body)
        elif marker == _DQT:
            self._take_quantisation(body)
        elif marker == _DHT:
            self._take_huffman(body)
        elif marker == _DRI:
            (self._interval,) = struct.unpack(">H", body)
        else:
            self._application(marker, body)
        return position

    def _application(self, marker: int, body: bytes) -> None:
        if marker == _APP0 and body.startswith(b"JFIF\0"):
            self._jfif = True
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:  # noqa: PLR2004
            self._adobe = body[11]

    def _take_quantisation(self, body: bytes) -> None:
        while body:
            wide, number = body[0] >> 4, body[0] & 15
            size = 128 if wide else 64
            self._quantisation[number] = struct.unpack(">64H" if wide else "64B", body[1 : 1 + size])
            body = body[1 + size :]

    def _take_huffman(self, body: bytes) -> None:
        if self._implied:  # the standard tables stand for all or for none: a lost one is not theirs
            self._huffman, self._implied = {}, False
        position = 0
        while position < len(body):
            counts = body[position + 1 : position + 17]
            end = position + 17 + sum(counts)
            if end > len(body):
                raise NotSpliceable("a Huffman table is cut off")
            self._huffman[body[position]] = HuffmanTable(counts, body[position + 17 : end])
            position = end

    def _frame(self, marker: int, body: bytes) -> None:
        bits, height, width, count = struct.unpack_from(">BHHB", body)
        if marker not in _HUFFMAN_SOF or bits != 8 or self._components:  # noqa: PLR2004
            raise NotSpliceable("arithmetic, lossless, hierarchical or not of 8 bits")
        if not (width and height) or count not in (1, 3, 4) or len(body) != 6 + 3 * count:
            raise NotSpliceable("no size, or an odd number of components")
        self._size, self._progressive = (width, height), marker == _PROGRESSIVE
        self._names = body[6::3]
        pairs = zip(body[7::3], body[8::3], strict=True)
        self._components = tuple(Component(factors >> 4, factors & 15, table) for factors, table in pairs)
        if count == 1:  # its blocks are stored in rows, whatever the factors say
            self._components = (Component(1, 1, body[8]),)
        self._check_sampling()

    def _check_sampling(self) -> None:
        factors = [factor for part in self._components for factor in (part.across, part.down)]
        blocks = sum(part.across * part.down for part in self._components)
        if not all(1 <= factor <= _MOST_SAMPLING for factor in factors) or blocks > _MOST_BLOCKS_IN_MCU:
            raise NotSpliceable("sampling factors out of range")
        across = max(part.across for part in self._components)
        down = max(part.down for part in self._components)
        if any(across % part.across or down % part.down for part in self._components):
            raise NotSpliceable("sampling factors that are no whole parts of each other")

    def _scan(self, body: bytes, start: int) -> int:
        count = body[0]
        if len(body) != 4 + 2 * count or not 1 <= count <= 4 or len(self._scans) == _MOST_SCANS:  # noqa: PLR2004
            raise NotSpliceable("a scan is broken, or one too many")
        chosen = tuple(self._names.index(name) for name in body[1 : 1 + 2 * count : 2])
        tables = body[2 : 2 + 2 * count : 2]
        first, last, high, low = body[-3], body[-2], body[-1] >> 4, body[-1] & 15
        if not self._progressive:
            first, last, high, low = 0, _LAST, 0, 0
        match = _END_OF_SCAN.search(self._source, start)
        end = match.start() if match else len(self._source)
        for index in chosen:
            self._latched.setdefault(index, self._quantisation[self._components[index].table])
        self._scans.append(
            Scan(
                components=chosen,
                dc=tuple(self._huffman.get(number >> 4) for number in tables),
                ac=tuple(self._huffman.get(0x10 | number & 15) for number in tables),
                first=first,
                last=last,
                high=high,
                low=low,
                interval=self._interval,
                start=start,
                end=end,
            )
        )
        return end

    def header(self) -> Header:
        count = len(self._components)
        if not count or len(set(self._names)) != count:
            raise NotSpliceable("no frame, or two components of one name")
        quantisation = tuple(self._latched[index] for index in range(count))
        if min(map(min, quantisation)) == 0:
            raise NotSpliceable("a quantisation step of 0")
        frame = Frame(*self._size, self._progressive, self._components, quantisation, self._colour())
        return Header(frame, tuple(self._scans), self._ended)

    def _colour(self) -> Colour:
        """What the components are, by libjpeg's rules (jdapimin.c, default_decompress_parms)."""
        count = len(self._components)
        if count == 1:
            return "grey"
        if count == 3 and self._jfif:  # noqa: PLR2004
            return "ycc"
        if self._adobe is not None:
            return _ADOBE_COLOURS.get((count, self._adobe), "ycc" if count == 3 else "ycck")  # noqa: PLR2004
        if count == 3:  # noqa: PLR2004
            return "rgb" if self._names == b"RGB" else "ycc"
        return "cmyk"
