"""The quantised coefficients of a JPEG file, read from its scans and written as one sequential scan."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.huffman_tables import code_table, lookup_table, optimal_table, step_table
from cleanplate.codecs.jpeg.jpeg_header import Component, Frame, Header, HuffmanTable, NotSpliceable, Scan

_RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
_STUFFED, _PLAIN = b"\xff\x00", b"\xff"
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Coefficients:
    """All blocks of a picture.

    Attributes:
        blocks: (blocks, 64) int16 in zigzag order, quantised; the planes one after the other.
        planes: for each component a view (rows, columns, 64), padded to whole MCUs.
    """

    blocks: NDArray[np.int16]
    planes: tuple[NDArray[np.int16], ...]


@dataclass(frozen=True, slots=True)
class CodedScan:
    """One sequential scan, byte-stuffed, with its tables: (DC, AC) for each pair."""

    data: bytes
    tables: tuple[tuple[HuffmanTable, HuffmanTable], ...]


def read_coefficients(header: Header, source: bytes) -> Coefficients:
    """Decode every scan. Memory: 128 bytes a block, and the file once more.

    Raises:
        NotSpliceable: the data is broken, ends too soon, or leaves coefficients unsaid.
    """
    coefficients = _zero_coefficients(header.frame)
    known = np.full((len(header.frame.components), 64), _UNKNOWN)
    for scan in header.scans:
        _record_scan(scan, known)
        _read_scan(header.frame, scan, source, coefficients)
    if known.any():  # decoders guess what is missing, and would guess anew from changed neighbours
        raise NotSpliceable("the scans leave coefficients unsaid")
    return coefficients


def check_scans(header: Header, source: bytes) -> None:
    """Go through every scan as a decoder does, and see whether there is a sound and whole picture in it.

    A decoder shows something in any case: grey where data is missing, and whatever follows from a code that
    does not exist. Fill bytes after a scan that is complete are sound, and so is a missing end marker.

    Raises:
        NotSpliceable: the data is broken, ends too soon, goes on after the last block, or (where the end
            marker is missing too) leaves coefficients unsaid.
    """
    frame = header.frame
    kept = _zero_coefficients(frame) if frame.progressive else None
    known = np.full((len(frame.components), 64), _UNKNOWN)
    for scan in header.scans:
        _record_scan(scan, known)
        for end in _read_scan(frame, scan, source, kept):
            if not _is_fill(end, may_be_zero=scan.end < len(source)):
                raise NotSpliceable("coded data is left over")
    unsaid = known[:, 0] == _UNKNOWN if header.ended and frame.progressive else known != 0
    if unsaid.any():
        raise NotSpliceable("the last scans are missing")


def _is_fill(end: bytes, *, may_be_zero: bool) -> bool:
    """Whether what follows the last byte of coded data (the first of `end`) is there to fill the file.

    Zeros that begin within the coded data are no fill: a lost block of a file is read as such.
    """
    rest = end[1:]
    return not rest.strip(b"\xff") or (may_be_zero and end[0] != 0 and not rest.strip(b"\0"))


def _zero_coefficients(frame: Frame) -> Coefficients:
    rows, columns = frame.mcus
    shapes = [(rows * part.down, columns * part.across) for part in frame.components]
    ends = np.cumsum([high * wide for high, wide in shapes])
    blocks = np.zeros((int(ends[-1]), 64), np.int16)
    parts = np.split(blocks, ends[:-1])
    return Coefficients(
        blocks, tuple(part.reshape(*shape, 64) for part, shape in zip(parts, shapes, strict=True))
    )


def _record_scan(scan: Scan, known: NDArray[np.int64]) -> None:
    """Keep account of which bits of which coefficients are known; a scan that doesn't fit is refused."""
    fits = 0 <= scan.first <= scan.last <= 63  # noqa: PLR2004 - the last coefficient
    fits &= scan.first > 0 or scan.last in (0, 63)
    fits &= scan.first == 0 or len(scan.components) == 1
    before = scan.high or _UNKNOWN
    fits &= before in (_UNKNOWN, scan.low + 1) and scan.low < 14  # noqa: PLR2004 - T.81, table B.3
    for component in scan.components:
        band = known[component, scan.first : scan.last + 1]
        fits &= bool((band == before).all())
        band[:] = scan.low
    if not fits or len(set(scan.components)) != len(scan.components):
        raise NotSpliceable("a scan doesn't follow from those before")


def _read_scan(frame: Frame, scan: Scan, source: bytes, kept: Coefficients | None) -> list[bytes]:
    """Decode one scan; returns of each part between restart markers the last byte used, and all after it.

    Args:
        kept: where coefficients go; None, for a sequential scan: nowhere.
    """
    from cleanplate.codecs.jpeg.scan_read_kernels import PADDING_BYTES, read_scan, validate_scan

    units, across, total = _units(frame, scan.components)
    coded = source[scan.start : scan.end]
    parts = [part.replace(_STUFFED, _PLAIN) for part in _RESTART.split(coded)]
    interval = scan.interval or total
    numbers = bytes(marker[-1] & 7 for marker in _RESTART.findall(coded))
    if len(parts) != -(-total // interval) or numbers != bytes(n & 7 for n in range(len(numbers))):
        raise NotSpliceable("restart markers are missing, or too many")
    ends = 8 * np.cumsum([len(part) for part in parts])
    spans = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    stream = np.frombuffer(b"".join([*parts, bytes(PADDING_BYTES)]), np.uint8)
    pairs = list(zip(scan.dc, scan.ac, strict=True))
    if kept is None:
        ahead = np.stack(
            [step_table(table, dc=not kind) for pair in pairs for kind, table in enumerate(pair)]
        )
        done = validate_scan(stream, spans, np.ascontiguousarray(units[:, 0]), ahead, (total, interval))
    else:
        script = int(frame.progressive), scan.first, scan.last, scan.high, scan.low, across, total, interval
        tables = np.stack([lookup_table(table) for pair in pairs for table in pair])
        done = read_scan(stream, spans, kept.blocks, units, tables, script, np.empty(6, np.int64))
    if not done:
        raise NotSpliceable("the coded data is broken, or ends too soon")
    left = (ends - spans[:, 0]) // 8 + 1
    return [part[len(part) - rest :] for part, rest in zip(parts, left.tolist(), strict=True)]


def _units(frame: Frame, chosen: Sequence[int]) -> tuple[NDArray[np.int64], int, int]:
    """The blocks of one MCU of a scan, as the kernels want them; MCUs across, and in all."""
    rows, columns = frame.mcus
    starts = np.cumsum([0, *(rows * columns * part.across * part.down for part in frame.components)])
    if len(chosen) == 1:  # T.81, A.2.2: only the blocks that the picture covers, in rows
        part = frame.components[chosen[0]]
        across = -(-frame.width * part.across // (8 * frame.across))
        down = -(-frame.height * part.down // (8 * frame.down))
        return np.array([[0, starts[chosen[0]], columns * part.across, 1, 1, 0, 0]]), across, across * down
    units = [
        unit
        for order, index in enumerate(chosen)
        for unit in _part_units(order, int(starts[index]), frame.components[index], columns)
    ]
    return np.array(units), columns, columns * rows


def _part_units(order: int, start: int, part: Component, columns: int) -> list[tuple[int, ...]]:
    stride = columns * part.across
    pair = min(order, 1)  # Y and K would share well, but K is rare
    return [
        (order, start, stride, part.across, part.down, row * stride + column, pair)
        for row in range(part.down)
        for column in range(part.across)
    ]


def write_coefficients(frame: Frame, coefficients: Coefficients) -> CodedScan:
    """Encode all blocks as one sequential scan, with tables made to measure.

    Raises:
        NotSpliceable: a coefficient is too large; only broken files have such.
    """
    from cleanplate.codecs.jpeg.scan_write_kernels import write_scan

    units, across, total = _units(frame, range(len(frame.components)))
    pairs = int(units[:, 6].max()) + 1
    counts = np.zeros((2 * pairs, 256), np.int64)
    spelled = np.zeros((2 * pairs, 256), np.int64)
    nothing = np.empty(0, np.uint8)
    room = np.empty(3, np.int64), np.empty(4, np.int64)
    if write_scan(coefficients.blocks, units, (across, total), (counts, spelled), room, nothing) < 0:
        raise NotSpliceable("a coefficient is out of range")
    tables = [optimal_table(row) for row in counts]
    spelled[:] = [code_table(table) for table in tables]
    bits = int((counts * ((spelled & 255) + (np.arange(256) & 15))).sum())
    out = np.empty(bits // 8 + 2, np.uint8)
    size = write_scan(coefficients.blocks, units, (across, total), (counts, spelled), room, out)
    data = out[:size].tobytes().replace(_PLAIN, _STUFFED)
    return CodedScan(data, tuple(zip(tables[::2], tables[1::2], strict=True)))
