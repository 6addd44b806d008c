"""Assemble: the markers of a new JPEG file round one coded scan.

Source: ITU-T T.81, annex B; JFIF 1.02; Exif 2.32, 4.5.5; XMP part 3, 1.1.3; ICC.1:2010, annex B.4.
"""

import struct
from collections.abc import Iterator, Mapping

from cleanplate.codecs.jpeg.coefficients import CodedScan
from cleanplate.codecs.jpeg.jpeg_header import Colour, Frame
from cleanplate.metadata.metadata_blocks import Metadata

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_APP0, _APP1, _APP2, _APP14, _DQT, _DHT, _SOS = 0xE0, 0xE1, 0xE2, 0xEE, 0xDB, 0xC4, 0xDA
_BASELINE, _EXTENDED = 0xC0, 0xC1
_SEGMENT_BYTES = 0xFFFF - 2
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_ICC_PART_BYTES = _SEGMENT_BYTES - len(_ICC) - 2
_MOST_ICC_PARTS = 255
_DOTS_PER_INCH, _RATIO = 1, 0
_MOST_DPI = 0xFFFF
_ADOBE: Mapping[Colour, int] = {"rgb": 0, "cmyk": 0, "ycck": 2}


def assemble_jpeg(frame: Frame, coded: CodedScan, metadata: Metadata) -> bytes:
    """The bytes of a sequential file. A metadata block that does not fit where it belongs is left out.

    A file of stored RGB can't have a JFIF marker, so its resolution is only in its EXIF block.
    """
    tables = list(dict.fromkeys(frame.quantisation))
    parts = [_SOI, *_metadata_segments(frame.colour, metadata)]
    parts.extend(_quantisation(number, steps) for number, steps in enumerate(tables))
    parts.append(_frame(frame, [tables.index(steps) for steps in frame.quantisation]))
    for number, pair in enumerate(coded.tables):
        for kind, table in enumerate(pair):
            parts.append(_segment(_DHT, bytes([kind << 4 | number]) + table.counts + table.symbols))
    return b"".join([*parts, _scan(len(frame.components)), coded.data, _EOI])


def _metadata_segments(colour: Colour, metadata: Metadata) -> Iterator[bytes]:
    if colour in ("grey", "ycc") or (colour != "rgb" and metadata.dpi):
        yield _segment(_APP0, b"JFIF\0" + struct.pack(">HBHHBB", 0x0101, *_density(metadata), 0, 0))
    if colour in _ADOBE:
        yield _segment(_APP14, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, _ADOBE[colour]))
    if metadata.exif and len(metadata.exif) <= _SEGMENT_BYTES:
        yield _segment(_APP1, metadata.exif)
    if metadata.xmp and len(_XMP) + len(metadata.xmp) <= _SEGMENT_BYTES:
        yield _segment(_APP1, _XMP + metadata.xmp)
    yield from _profile(metadata.icc or b"")


def _density(metadata: Metadata) -> tuple[int, int, int]:
    if metadata.dpi is None:
        return _RATIO, 1, 1
    x, y = (min(max(round(value), 1), _MOST_DPI) for value in metadata.dpi)
    return _DOTS_PER_INCH, x, y


def _profile(icc: bytes) -> Iterator[bytes]:
    parts = [icc[start : start + _ICC_PART_BYTES] for start in range(0, len(icc), _ICC_PART_BYTES)]
    if len(parts) <= _MOST_ICC_PARTS:
        for number, part in enumerate(parts, 1):
            yield _segment(_APP2, _ICC + bytes([number, len(parts)]) + part)


def _quantisation(number: int, steps: tuple[int, ...]) -> bytes:
    wide = max(steps) > 0xFF  # noqa: PLR2004 - a byte
    return _segment(_DQT, bytes([wide << 4 | number]) + struct.pack(">64H" if wide else "64B", *steps))


def _frame(frame: Frame, tables: list[int]) -> bytes:
    kind = _EXTENDED if max(map(max, frame.quantisation)) > 0xFF else _BASELINE  # noqa: PLR2004 - a byte
    body = struct.pack(">BHHB", 8, frame.height, frame.width, len(frame.components))
    for number, (part, table) in enumerate(zip(frame.components, tables, strict=True), 1):
        body += bytes([number, part.across << 4 | part.down, table])
    return _segment(kind, body)


def _scan(components: int) -> bytes:
    chosen = b"".join(bytes([number, 0x11 if number > 1 else 0]) for number in range(1, components + 1))
    return _segment(_SOS, bytes([components]) + chosen + bytes([0, 63, 0]))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
