"""Whether a BMP is whole. It has no checksums, but it says where its rows lie and how long it is."""

from cleanplate.codecs.bmp.bmp_reader import BmpHeader
from cleanplate.codecs.damaged_error import DamagedError

_END_OF_LINE, _END, _MOVE = 0, 1, 2
_MOST_TRAILING = 4
_RLE4 = 2


def check_bmp(data: bytes, header: BmpHeader) -> None:
    """See to it that every row is there, and that none was moved by bytes that came in between.

    Raises:
        DamagedError: rows are missing, or the file is longer than it says and so than its rows.
    """
    start = header.offset
    if start and start != 14 + int.from_bytes(data[14:18], "little") and start < header.tables_end:
        raise DamagedError("the pixels begin within the tables before them")
    if header.runs:
        _check_runs(data, header)
        return
    end = start + header.stride * header.height
    if len(data) < end:
        raise DamagedError("rows are missing")
    trailing = data[header.size_bytes :] if header.size_bytes >= end else b""
    if len(trailing) > _MOST_TRAILING or trailing.strip(b"\r\n\0"):
        raise DamagedError(f"{len(trailing)} bytes more than the file says it has")


def _check_runs(data: bytes, header: BmpHeader) -> None:
    """Follow the runs of a compressed picture from the first row to the last."""
    if len(data) < header.size_bytes:
        raise DamagedError("the file is shorter than it says")
    x, y, at, moved = 0, 0, header.offset, False
    spare = 1 if header.compression == _RLE4 else 0  # two pixels in a byte: the last may be none
    while at + 1 < len(data):
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            x += count
        elif value == _END_OF_LINE:
            if x < header.width and not moved:
                raise DamagedError("a row ends too soon")
            x, y = 0, y + 1
        elif value == _END:
            break
        elif value == _MOVE:
            x, y, at, moved = x + data[at], y + data[at + 1], at + 2, True
        else:
            x += value
            size = (value + 1) // 2 if header.compression == _RLE4 else value
            at += size + size % 2
        if x > header.width + spare or y > header.height or (y == header.height and x):
            raise DamagedError("a run leaves the picture")
    last = y == header.height or (y == header.height - 1 and x >= header.width)
    if not last or at > len(data):
        raise DamagedError("runs are missing")
