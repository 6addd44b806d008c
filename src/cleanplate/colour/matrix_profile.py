"""Profiles that are nothing but curves and a matrix, in floating point: what 8 bits are too few for.

Sources: ICC.1:2022, sections 9 and 10; IEC 61966-2-1 for sRGB.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8

_Floats: TypeAlias = NDArray[np.float32]

_STEPS = 4096
_XYZ_OF_SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to XYZ under D50, the white of all profiles."""
_LINEAR_UNTIL = 0.04045
"""Below, sRGB's curve is a straight line."""
_PARAMETERS: Final[Mapping[int, int]] = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
"""Numbers in a parametric curve, by its kind."""
_CURVES: Final[Mapping[int, tuple[bytes, ...]]] = {1: (b"kTRC",), 3: (b"rTRC", b"gTRC", b"bTRC")}
_COLORANTS = (b"rXYZ", b"gXYZ", b"bXYZ")


@dataclass(frozen=True, slots=True)
class MatrixProfile:
    """From sRGB to a file's own values.

    Attributes:
        curves: (C, steps) linear light, 0..1, at evenly spaced values of each channel; rising.
        from_srgb: (3, C) linear sRGB to linear light of the file.
    """

    curves: _Floats
    from_srgb: _Floats

    def values(self, rgb: Rgb8) -> NDArray[np.uint16]:
        """(N, 3) sRGB to (N, C), 16 bits; what the file's colours cannot reach is clipped."""
        light = np.clip(_linear_srgb()[rgb] @ self.from_srgb, 0, 1)
        places = np.linspace(0, 65535, self.curves.shape[1])
        made = [np.interp(light[:, c], curve, places) for c, curve in enumerate(self.curves)]
        values: NDArray[np.float64] = np.rint(np.stack(made, axis=1))
        return values.astype(np.uint16)


def read_matrix_profile(icc: bytes, channels: int) -> MatrixProfile | None:
    """The curves and the matrix of a grey (1) or RGB (3) profile.

    None when it has tables, which win over curves, or anything that is not known here.
    """
    try:
        tags = _tags(icc)
        if channels not in _CURVES or b"A2B0" in tags:
            return None
        curves = np.stack([_curve(tags[name]) for name in _CURVES[channels]])
        if channels == 1:
            matrix = _XYZ_OF_SRGB[1:2]  # a grey is its luminance
        else:
            colorants = np.stack([_xyz(tags[name]) for name in _COLORANTS], axis=1)
            matrix = np.linalg.inv(colorants) @ _XYZ_OF_SRGB
    except (KeyError, ValueError, struct.error, np.linalg.LinAlgError):
        return None
    return MatrixProfile(curves, matrix.T.astype(np.float32))


def _linear_srgb() -> _Floats:
    """(256,) linear light of each 8-bit value."""
    encoded = np.arange(256) / 255
    light = np.where(encoded <= _LINEAR_UNTIL, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    tags = {}
    for number in range(min(count, 100)):
        name, start, size = struct.unpack_from(">4sII", icc, 132 + 12 * number)
        tags[name] = icc[start : start + size]
    return tags


def _xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> _Floats:
    """(`_STEPS`,) linear light; refused with `ValueError` unless it rises from 0 to 1."""
    places = np.linspace(0, 1, _STEPS)
    with np.errstate(all="ignore"):  # nonsense becomes infinite, and is refused
        values = _parametric(tag, places) if tag[:4] == b"para" else _table(tag, places)
    if not np.isfinite(values).all() or (np.diff(values) < 0).any() or values[-1] <= values[0]:
        raise ValueError("a curve that does not rise")
    return np.clip(values, 0, 1).astype(np.float32)


def _table(tag: bytes, places: NDArray[np.float64]) -> NDArray[np.float64]:
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return places
    if count == 1:
        return cast(NDArray[np.float64], places ** (struct.unpack_from(">H", tag, 12)[0] / 256))
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.interp(places, np.linspace(0, 1, count), table)


def _parametric(tag: bytes, places: NDArray[np.float64]) -> NDArray[np.float64]:
    """ICC.1:2022, 10.18, table 68: (a x + b) ** g + e from d on, c x + f below."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind not in _PARAMETERS:
        raise ValueError("an unknown kind of curve")
    numbers = [n / 65536 for n in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    gamma, a, b, c, d, e, f = (numbers + [0.0] * 7)[:7]
    if kind == 0:
        a = 1.0
    elif kind in (1, 2):  # one offset, for all values
        if a == 0:
            raise ValueError("a curve without slope")
        e = f = c
        c, d = 0.0, -b / a
    upper = np.maximum(a * places + b, 0) ** gamma + e
    values: NDArray[np.float64] = np.where(places >= d, upper, c * places + f)
    return values
