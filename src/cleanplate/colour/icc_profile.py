"""ICC profiles: from a file's own colours to sRGB, and back.

LittleCMS does it in 8 bits. On the way back to 16 bits `matrix_profile` does it, where the profile allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cleanplate.colour.matrix_profile import MatrixProfile, read_matrix_profile
from cleanplate.pixels.types import Rgb8, Samples

Kind: TypeAlias = Literal["rgb", "grey", "cmyk"]

_MODES: Final[Mapping[Kind, str]] = {"rgb": "RGB", "grey": "L", "cmyk": "CMYK"}
_SPACES: Final[Mapping[Kind, str]] = {"rgb": "RGB", "grey": "GRAY", "cmyk": "CMYK"}
_SAME = 2
"""Largest difference in 8 bits of two profiles that mean the same."""


@dataclass(frozen=True, slots=True)
class ColourProfile:
    """What a profile does, ready for use.

    Attributes:
        kind: of the file's samples.
        is_srgb: whether samples are sRGB as they stand.
    """

    kind: Kind
    is_srgb: bool
    _to_srgb: ImageCms.ImageCmsTransform
    _from_srgb: ImageCms.ImageCmsTransform
    _matrix: MatrixProfile | None

    def to_srgb(self, samples: NDArray[np.uint8]) -> Rgb8:
        """(N[, C]) of the file's own to (N, 3)."""
        made = _transform(samples, _MODES[self.kind], self._to_srgb)
        # a grey of the file is a grey for us, though the transform may be off by one between channels
        return np.repeat(made[:, 1:2], 3, axis=1) if self.kind == "grey" else made

    def from_srgb(self, rgb: Rgb8, *, deep: bool = False) -> Samples:
        """(N, 3) to (N[, C]): uint8, or uint16 when `deep`, by steps of 257 where the profile has tables."""
        if not deep:
            return _transform(rgb, "RGB", self._from_srgb)
        if self._matrix is None:
            return _transform(rgb, "RGB", self._from_srgb).astype(np.uint16) * 257
        values = self._matrix.values(rgb)
        return values[:, 0] if self.kind == "grey" else values


@lru_cache(maxsize=16)
def read_profile(icc: bytes, kind: Kind) -> ColourProfile | None:
    """Read a profile. None when it is broken, of other samples than `kind`, or only works one way."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(icc))
        if source.profile.xcolor_space.strip() != _SPACES[kind]:
            return None
        srgb, mode = ImageCms.createProfile("sRGB"), _MODES[kind]
        there = ImageCms.buildTransform(source, srgb, mode, "RGB")
        back = ImageCms.buildTransform(srgb, source, "RGB", mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return ColourProfile(
        kind, _is_srgb(kind, there), there, back, read_matrix_profile(icc, {"rgb": 3, "grey": 1}.get(kind, 0))
    )


def _is_srgb(kind: Kind, there: ImageCms.ImageCmsTransform) -> bool:
    if kind == "cmyk":
        return False
    axis = np.arange(0, 256, 17, dtype=np.uint8)
    cube = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    probe = np.arange(256, dtype=np.uint8) if kind == "grey" else cube
    made = _transform(probe, _MODES[kind], there)
    wanted = np.repeat(probe[:, None], 3, axis=1) if kind == "grey" else probe
    return int(np.abs(made.astype(np.int16) - wanted).max()) <= _SAME


def _transform(
    values: NDArray[np.uint8], mode: str, transform: ImageCms.ImageCmsTransform
) -> NDArray[np.uint8]:
    """`values` as one row of a picture of `mode`, transformed."""
    image = Image.frombytes(mode, (len(values), 1), np.ascontiguousarray(values).tobytes())
    made: NDArray[np.uint8] = np.asarray(ImageCms.applyTransform(image, transform))
    return made.reshape(made.shape[1:])
