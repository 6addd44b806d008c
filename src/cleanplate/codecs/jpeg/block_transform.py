"""Samples to coefficients of 8 x 8 blocks and back, and colours to the planes of a JPEG file.

Source: ITU-T T.81, annex A.3; JFIF 1.02 for the weights of YCbCr (ITU-R BT.601, full range).
"""

from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.codecs.jpeg.jpeg_header import Colour

Floats: TypeAlias = NDArray[np.float32]

LEVEL_SHIFT = np.float32(128)
_MOST_COEFFICIENT = 1023
_YCC = np.array(
    [[0.299, 0.587, 0.114, 0], [-0.168736, -0.331264, 0.5, 128], [0.5, -0.418688, -0.081312, 128]], np.float32
)


def _zigzag() -> list[tuple[int, int]]:
    """(row, column) of coefficient 0..63."""
    places = [(row, column) for row in range(8) for column in range(8)]
    return sorted(places, key=lambda at: (sum(at), at[0] if sum(at) % 2 else at[1]))


ZIGZAG = tuple(_zigzag())
"""The place of each coefficient in its block: (row, column)."""


def _basis() -> Floats:
    """(64, 64): row k holds the 64 samples of coefficient k, zigzag; orthonormal."""
    cosines = np.cos(np.outer(np.arange(8), 2 * np.arange(8) + 1) * np.pi / 16) / 2
    cosines[0] /= np.sqrt(2)
    waves = [np.outer(cosines[row], cosines[column]).ravel() for row, column in ZIGZAG]
    return np.array(waves, np.float32)


BASIS = _basis()


def component_planes(samples: NDArray[np.uint8], colour: Colour) -> Floats:
    """What the file's components should hold.

    Args:
        samples: (..., channels) as Pillow decodes them: 1 grey, 3 RGB, or 4 CMYK with 255 = full ink.
        colour: what the components are.

    Returns:
        (..., components), 0..255, rounded as libjpeg does: what it decoded comes back as it was.
    """
    values = samples.astype(np.float32)
    if colour in ("grey", "rgb"):
        return values
    if colour == "ycc":
        return _ycc(values)
    if colour == "ycck":  # libjpeg takes the inverted inks for red, green, blue, and Pillow turns them back
        return np.concatenate([_ycc(values[..., :3]), 255 - values[..., 3:]], axis=-1)
    return 255 - values


def _ycc(rgb: Floats) -> Floats:
    flat = cv2.transform(rgb.reshape(-1, 1, 3), _YCC)
    return cast(Floats, np.rint(flat.reshape(rgb.shape)))


def split_blocks(plane: Floats, down: int, across: int) -> Floats:
    """(n, 8 * down, 8 * across) samples as blocks (n, down, across, 64)."""
    blocks = plane.reshape(-1, down, 8, across, 8).transpose(0, 1, 3, 2, 4)
    return np.ascontiguousarray(blocks).reshape(-1, down, across, 64)


def join_blocks(blocks: Floats) -> Floats:
    """The inverse of `split_blocks`."""
    count, down, across = blocks.shape[:3]
    return (
        blocks.reshape(count, down, across, 8, 8)
        .transpose(0, 1, 3, 2, 4)
        .reshape(count, 8 * down, 8 * across)
    )


def quantise(samples: Floats, steps: Floats) -> NDArray[np.int16]:
    """The coefficients that come closest. samples (n, 64) round 0, steps (64,) in zigzag order -> (n, 64)."""
    rounded: Floats = np.rint(samples @ BASIS.T / steps)
    return np.clip(rounded, -_MOST_COEFFICIENT, _MOST_COEFFICIENT).astype(np.int16)
