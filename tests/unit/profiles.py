"""Made-up ICC profiles of the real kinds: curves and a matrix, one curve of grey, tables of inks.

Format: ICC.1:2001-04 (version 2), sections 6.3 to 6.5.
"""

import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageCms

_D50 = (0.9642, 1.0, 0.8249)
_SRGB = np.array([[0.43607, 0.38506, 0.14308], [0.22250, 0.71688, 0.06062], [0.01393, 0.09710, 0.71417]])
_INKS, _LAB = 9, 17
"""Steps of a side of the tables."""
_BLACKEST = 0.08
_GREY_REPLACED = 0.6

Curve = bytes


def gamma(value: float) -> Curve:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def table(values: NDArray[np.float64]) -> Curve:
    return b"curv" + bytes(4) + struct.pack(">I", len(values)) + _u16(values * 65535)


def parametric(kind: int, *numbers: float) -> Curve:
    return b"para" + bytes(4) + struct.pack(">HH", kind, 0) + _s15(numbers)


_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@cache
def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@cache
def adobe() -> bytes:
    """Like Adobe RGB (1998)."""
    return matrix(
        (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), gamma(2.2)
    )


@cache
def p3() -> bytes:
    """Like Display P3, of phones."""
    return matrix(
        (0.51512, 0.24120, -0.00105),
        (0.29198, 0.69225, 0.04189),
        (0.15710, 0.06657, 0.78407),
        parametric(3, *_SRGB_CURVE),
    )


@cache
def prophoto() -> bytes:
    """Like ProPhoto: most of it is outside sRGB."""
    return matrix((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491), gamma(1.8))


@cache
def grey() -> bytes:
    """Grey of gamma 1.8."""
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": gamma(1.8)})


@cache
def cmyk() -> bytes:
    """Inks that multiply, on white paper; the blackest is no full black, much of all grey is black ink."""
    tables = {b"A2B0": _tables(4, 3, _INKS, _lab_of_inks()), b"B2A0": _tables(3, 4, _LAB, _inks_of_lab())}
    return _profile(b"prtr", b"CMYK", b"Lab ", tables)


def matrix(red: tuple[float, ...], green: tuple[float, ...], blue: tuple[float, ...], curve: Curve) -> bytes:
    colorants = {
        name: b"XYZ " + bytes(4) + _s15(xyz)
        for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), (red, green, blue), strict=True)
    }
    return _profile(b"mntr", b"RGB ", b"XYZ ", colorants | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def _profile(kind: bytes, space: bytes, between: bytes, tags: dict[bytes, bytes]) -> bytes:
    named = b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\0" + bytes(78)
    tags = {b"desc": named, b"wtpt": b"XYZ " + bytes(4) + _s15(_D50), **tags}
    index, body, start = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        index += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), bytes(4), 0x02400000, kind, space, between)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _s15(_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def _s15(numbers: tuple[float, ...]) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _u16(values: NDArray[np.float64]) -> bytes:
    return np.rint(np.clip(values, 0, 65535)).astype(">u2").tobytes()


def _tables(inputs: int, outputs: int, steps: int, grid: NDArray[np.float64]) -> bytes:
    """A `mft2` tag; curves that do nothing on both sides."""
    straight = _u16(np.array([0.0, 65535.0]))
    head = b"mft2" + bytes(4) + bytes([inputs, outputs, steps, 0])
    head += _s15((1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)) + struct.pack(">HH", 2, 2)
    return head + straight * inputs + _u16(grid) + straight * outputs


def _grid(channels: int, steps: int) -> NDArray[np.float64]:
    axes = np.meshgrid(*[np.linspace(0, 1, steps)] * channels, indexing="ij")
    return np.stack(axes, axis=-1).reshape(-1, channels)


def _lab_of_inks() -> NDArray[np.float64]:
    inks = _grid(4, _INKS)
    shown = _BLACKEST + (1 - _BLACKEST) * (1 - inks[:, :3]) * (1 - inks[:, 3:])
    light = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    xyz = light @ _SRGB.T / _D50
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * 24389 / 27 + 16) / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    return np.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=1)


def _inks_of_lab() -> NDArray[np.float64]:
    values = _grid(3, _LAB) * 65535
    lightness, a, b = values[:, 0] / 652.8, values[:, 1] / 256 - 128, values[:, 2] / 256 - 128
    middle = (lightness + 16) / 116
    f = np.stack([middle + a / 500, middle, middle - b / 200], axis=1)
    xyz = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * _D50
    light = np.clip(xyz @ np.linalg.inv(_SRGB).T, 0, 1)
    shown = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    paper = np.clip((shown - _BLACKEST) / (1 - _BLACKEST), 0, 1)
    black = _GREY_REPLACED * (1 - paper.max(axis=1, keepdims=True))
    return np.concatenate([1 - paper / (1 - black), black], axis=1) * 65535
