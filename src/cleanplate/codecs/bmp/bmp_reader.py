"""What a BMP's header says, and the pixels of those that have opacity or fields of odd widths.

Sources: BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER of Windows GDI.
"""

import struct
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.errors import NotAPicture

_Bytes: TypeAlias = NDArray[np.uint8]
_CORE, _INFO, _WITH_COLOURS, _WITH_OPACITY = 12, 40, 52, 56
_RGB, _RLE8, _RLE4, _FIELDS, _FIELDS_AND_OPACITY = 0, 1, 2, 3, 6
_PLAIN_MASKS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
_OPAQUE = 255
_INCHES_IN_METRE = 39.3701


@dataclass(frozen=True, slots=True)
class BmpHeader:
    """The header of a BMP.

    Attributes:
        size_bytes: of the file, as it says itself.
        offset: where the pixels begin.
        top_down: whether the first row is the top one.
        bits: of a pixel.
        compression: 0 none, 1 and 2 runs of 8 and 4 bits, 3 and 6 fields that `masks` describes.
        masks: of red, green, blue and opacity; 0 is none.
        tables_end: where header, masks and palette end.
        dpi: dots per inch, across and down; 0 is unknown.
    """

    size_bytes: int
    offset: int
    width: int
    height: int
    top_down: bool
    bits: int
    compression: int
    masks: tuple[int, int, int, int]
    tables_end: int
    dpi: tuple[float, float] = (0, 0)

    @property
    def stride(self) -> int:
        """Bytes from row to row."""
        return (self.width * self.bits + 31) // 32 * 4

    @property
    def runs(self) -> bool:
        """Whether rows are compressed."""
        return self.compression in (_RLE8, _RLE4)

    @property
    def may_be_clear(self) -> bool:
        """Whether each pixel may have opacity."""
        return (self.bits == 32 and self.compression == _RGB) or self.masks[3] > 0  # noqa: PLR2004


def read_header(data: bytes) -> BmpHeader:
    """The header of a file.

    Raises:
        struct.error: it ends too soon.
        NotAPicture: a way of compression that is not supported.
    """
    size_bytes, offset, header = struct.unpack_from("<2xI4xII", data)
    if header == _CORE:
        width, height, bits = struct.unpack_from("<HH2xH", data, 18)
        palette = 3 << bits if bits <= 8 else 0  # noqa: PLR2004
        return BmpHeader(size_bytes, offset, width, height, False, bits, 0, (0, 0, 0, 0), 26 + palette)
    width, height, bits, compression, *dots, colours = struct.unpack_from("<ii2xHI4xiiI", data, 18)
    if compression not in (_RGB, _RLE8, _RLE4, _FIELDS, _FIELDS_AND_OPACITY):
        raise NotAPicture(f"BMP with compression {compression} is not supported")
    masks, end = _masks(data, header, compression)
    palette = 4 * colours if bits <= 8 and colours <= 1 << bits else 0  # noqa: PLR2004
    return BmpHeader(
        size_bytes,
        offset,
        width,
        abs(height),
        height < 0,
        bits,
        compression,
        masks,
        end + palette,
        (dots[0] / _INCHES_IN_METRE, dots[1] / _INCHES_IN_METRE),
    )


def _masks(data: bytes, header: int, compression: int) -> tuple[tuple[int, int, int, int], int]:
    end = 14 + header
    if compression not in (_FIELDS, _FIELDS_AND_OPACITY):
        return (0, 0, 0, 0), end
    opacity = compression == _FIELDS_AND_OPACITY or header >= _WITH_OPACITY
    masks = struct.unpack_from("<4I" if opacity else "<3I", data, 14 + _INFO)
    return (*masks[:3], masks[3] if opacity else 0), max(end, 14 + _INFO + 4 * len(masks))


def read_field_samples(data: bytes, header: BmpHeader) -> tuple[_Bytes, _Bytes | None]:
    """(H, W, 3) RGB and (H, W) opacity, or None when all is opaque, of 16 or 32 bits a pixel.

    Of 32 bits without masks the fourth byte is opacity when any is not 0: Windows calls it unused, and
    programs that want transparency put it there.

    Raises:
        NotAPicture: a channel whose bits do not lie together.
        ValueError: there are too few rows.
    """
    kind = np.dtype("<u4" if header.bits == 32 else "<u2")  # noqa: PLR2004
    across = header.stride // kind.itemsize
    rows = np.frombuffer(data, kind, across * header.height, header.offset).reshape(-1, across)
    rows = rows[:, : header.width] if header.top_down else rows[::-1, : header.width]
    told = any(header.masks)
    red, green, blue, clear = header.masks if told else _PLAIN_MASKS
    rgb = np.stack([_field(rows, mask) for mask in (red, green, blue)], axis=2)
    if not clear:
        return rgb, None
    opacity = _field(rows, clear)
    unused = not told and (not opacity.any() or (opacity == _OPAQUE).all())
    return rgb, None if unused else opacity


def _field(rows: NDArray[np.uint16] | NDArray[np.uint32], mask: int) -> _Bytes:
    """One channel, stretched to 0..255."""
    if mask == 0:
        return np.zeros(rows.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    if most & (most + 1):
        raise NotAPicture("BMP with fields of scattered bits is not supported")
    values = (rows.astype(np.uint32) & np.uint32(mask)) >> np.uint32(shift)
    if most != _OPAQUE:
        values = (values.astype(np.uint64) * _OPAQUE // np.uint64(most)).astype(np.uint32)
    return cast(_Bytes, values.astype(np.uint8))
