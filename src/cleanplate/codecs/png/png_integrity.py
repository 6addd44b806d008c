"""Whether a PNG is whole: its checksums, both kinds, and the number of its rows.

Source: PNG (third edition), 5.3, 7.3, 8.1, 10.1.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from cleanplate.codecs.damaged_error import DamagedError
from cleanplate.pixels.types import Chunk

_CHECKED: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"acTL", b"IEND"})
_CHANNELS: Final[Mapping[int, int]] = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""First column and row of each pass, then its steps."""
_PIECE_BYTES = 1 << 16
_ROWS_BYTES = 1 << 20


def check_png(data: bytes) -> None:
    """See to it that every byte of every row is there, and is the one that was written.

    What lies after the compressed rows is no part of the picture, and a missing end chunk is no damage to it.

    Raises:
        DamagedError: a checksum is wrong, or there are too few rows, or too many.
    """
    chunks = list(_picture_chunks(data))
    header = chunks[0][1] if chunks and chunks[0][0] == b"IHDR" else b""
    if len(header) != 13:  # noqa: PLR2004 - PNG, 11.2.1
        raise DamagedError("no header")
    length = _inflated_length(content for name, content in chunks if name == b"IDAT")
    if length != _expected_length(header):
        raise DamagedError(f"{length} bytes of rows, not {_expected_length(header)}")


def _picture_chunks(data: bytes) -> Iterator[Chunk]:
    """What the pixels are made of: up to the end of the first run of IDAT chunks."""
    position, found = 8, False
    while position + 12 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        name = data[position + 4 : position + 8]
        if found and name != b"IDAT":
            return
        found = name == b"IDAT"
        end = position + 8 + size
        if name in _CHECKED:
            content = data[position + 8 : end]
            if zlib.crc32(content, zlib.crc32(name)) != int.from_bytes(data[end : end + 4], "big"):
                raise DamagedError(f"wrong checksum of {name!r}")
            yield name, content
        position = end + 4


def _inflated_length(chunks: Iterable[bytes]) -> int:
    """Length of the rows; never more than a piece of them is in memory."""
    stream, length = zlib.decompressobj(), 0
    try:
        for piece in _pieces(chunks):
            length += _length_of(stream, piece)
            if stream.eof:
                return length
    except zlib.error as error:
        raise DamagedError(str(error)) from error
    raise DamagedError("the compressed rows break off")


def _pieces(chunks: Iterable[bytes]) -> Iterator[memoryview]:
    for chunk in chunks:
        view = memoryview(chunk)
        for start in range(0, len(view), _PIECE_BYTES):
            yield view[start : start + _PIECE_BYTES]


def _length_of(stream: "zlib._Decompress", piece: memoryview) -> int:
    """How many bytes come out of the stream for this piece."""
    made = len(stream.decompress(piece, _ROWS_BYTES))
    total = made
    while not stream.eof and (stream.unconsumed_tail or made == _ROWS_BYTES):
        made = len(stream.decompress(stream.unconsumed_tail, _ROWS_BYTES))
        total += made
    return total


def _expected_length(header: bytes) -> int:
    """Length of the rows that the header announces, each with the byte of its filter."""
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    bits = header[8] * _CHANNELS.get(header[9], 0)
    if not header[12]:
        return height * (1 + -(-width * bits // 8))
    passes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in _ADAM7]
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in passes if columns > 0 and rows > 0)
