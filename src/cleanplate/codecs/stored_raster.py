"""Rows as they go into a file, and what goes with them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanplate.metadata.metadata_blocks import Metadata
from cleanplate.pixels.types import Palette, Samples

_BAND_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredRaster:
    """Rows in file order, with just the channels and the depth that the file will have.

    Attributes:
        samples: (H, W) grey or indices, (H, W, 2) grey + alpha, (H, W, 3) RGB, (H, W, 4) RGBA or CMYK.
        metadata: the blocks to write.
        cmyk: what four channels are.
        palette: what indices mean; None for everything else.
        lossless_source: the picture comes from a file that has lost nothing, or from none.
        jpeg: the file that the rows come from, when it is a JPEG that stores them in this order.
    """

    samples: Samples
    metadata: Metadata
    cmyk: bool = False
    palette: Palette | None = None
    lossless_source: bool = True
    jpeg: bytes | None = None

    @property
    def channels(self) -> int:
        return 1 if self.samples.ndim == 2 else int(self.samples.shape[2])  # noqa: PLR2004 - (H, W)

    @property
    def bits(self) -> int:
        """Of one channel of one pixel: 1, 2, 4, 8 or 16."""
        return self.samples.dtype.itemsize * 8 if self.palette is None else self.palette.bits

    @property
    def band_rows(self) -> int:
        """Rows of a band; the last band may have fewer."""
        row_bytes = self.samples.nbytes // int(self.samples.shape[0])
        return max(1, _BAND_BYTES // row_bytes)

    def bands(self) -> Iterator[Samples]:
        """All rows, about a megabyte at a time, indices of less than 8 bits packed: (rows, W, ...)."""
        for row in range(0, self.samples.shape[0], self.band_rows):
            yield _pack(self.samples[row : row + self.band_rows], self.bits)


def _pack(rows: Samples, bits: int) -> Samples:
    """Several indices to the byte, the leftmost in the highest bits, every row a whole number of bytes."""
    if bits >= 8:  # noqa: PLR2004 - bits of a byte
        return rows
    places = np.arange(bits - 1, -1, -1, dtype=np.uint8)
    flags: NDArray[np.uint8] = (rows[..., None] >> places & 1).astype(np.uint8)
    return np.packbits(flags.reshape(len(rows), -1), axis=1)
